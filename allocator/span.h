/*
 * Spans: runs of slices, taken and given back.  Slow paths only.
 */
#ifndef HAKMEM_SPAN_H
#define HAKMEM_SPAN_H

#include "hakmem_config.h"
#include <stdbool.h>

/* What the process holds, in bytes; a snapshot. */
struct span_stats {
    size_t used_bytes;  /* in pages now */
    size_t dirty_bytes; /* free, but still backed by memory */
    size_t peak_bytes;  /* to the highest slice ever used, or held as room */
};

#define SPAN_NONE ((size_t)-1)

/* Takes `count` adjacent slices: the first index, or SPAN_NONE.  Lowest address first.  *zero: all of it reads zero. */
size_t span_take(size_t count, bool *zero);
/* Takes the slices behind a span as well, if they are free. */
bool span_grow(size_t first, size_t count, size_t new_count);
/* Gives slices back.  Their memory stays until the purge policy of the variant, or span_purge, lets it go. */
void span_give(size_t first, size_t count);
/* Returns free memory beyond `keep_bytes` to the system; the number of bytes returned. */
size_t span_purge(size_t keep_bytes);

struct span_stats span_stats(void);
/* One past the highest slice ever used.  The caller holds the lock, or is the only thread. */
size_t span_frontier(void);
/* Verifies the bitmaps against the counters: NULL, or what is broken. */
const char *span_check(void);

/* Held around fork(), so that the child finds the spans whole. */
void span_lock(void);
void span_unlock(void);

#endif
