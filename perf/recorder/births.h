/*
 * The live blocks of a program: by address, when each was made and how large it is.
 *
 * A hash table in memory from the kernel, because it stands between a program and its malloc.  Addresses hash to a
 * place by multiplication; what collides goes to the next free place, and a removal moves the ones behind it up, so
 * that there are no gaps to skip.  The table doubles when three quarters are used.
 *
 * Not thread-safe: the caller holds its lock.
 */
#ifndef PERF_RECORDER_BIRTHS_H
#define PERF_RECORDER_BIRTHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct birth {
    uintptr_t address; /* of the block; 0: the place is free */
    uint64_t number;   /* blocks made before it */
    uint64_t size;     /* bytes asked for */
};

struct births {
    struct birth *places; /* NULL before the first block */
    unsigned bits;        /* log2 of how many places there are */
    size_t count;         /* live blocks */
};

/* False if the kernel has no memory for a larger table; the block is then not in it.  `birth.address` is not 0. */
bool births_add(struct births *births, struct birth birth);

/* Takes the block at `address` out.  False if it is not there. */
bool births_take(struct births *births, uintptr_t address, struct birth *birth);

/* How many places there are to look at, free ones as well. */
static inline size_t births_places(const struct births *births)
{
    return births->places != NULL ? (size_t)1 << births->bits : 0;
}

#endif
