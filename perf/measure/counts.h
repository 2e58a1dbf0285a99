/*
 * Event counts of an allocator that counts: the counting builds of hakmem export them by name.
 */
#ifndef LAB_COUNTS_H
#define LAB_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#define LAB_COUNTS_MAX 64 /* events; further ones are not read */

struct lab_count {
    const char *name; /* the allocator's, static storage */
    uint64_t value;   /* events so far, or over the region */
};

struct lab_counts {
    size_t count; /* 0: this process's allocator does not count */
    struct lab_count of[LAB_COUNTS_MAX];
};

/* Reads all counts.  Neither allocates nor takes a lock: fit for both ends of the measured region. */
void lab_counts_read(struct lab_counts *counts);

/* What happened between two readings, into `counts`. */
void lab_counts_since(const struct lab_counts *start, const struct lab_counts *end, struct lab_counts *counts);

#endif
