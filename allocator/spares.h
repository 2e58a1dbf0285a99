/*
 * Spare spans (phase 9): a few large spans that a thread freed, kept in its heap by their length, last in first out.  A
 * request for as many slices takes one, without the lock of the spans and without a search.
 *
 *   of[2]  | first slice | first slice | … |     spans of two slices, and so on to SPARES_LENGTH_MAX
 *
 * Together they hold at most SPARES_SLICES_MAX slices.  When there is no room, the length that has the most gives one
 * back, if it has two more than the one to be kept: a program of random lengths, oldest freed first, then finds one of
 * each.  So that lengths which the program has left do not use that room for ever, all of them go back when a span was
 * refused so many times.
 *
 * While it is kept, a span counts as used and its slice word says that nobody owns it, so that a second free of it is
 * found.  Owner only.
 */
#ifndef HAKMEM_SPARES_H
#define HAKMEM_SPARES_H

#include "hakmem_config.h"
#include <stdbool.h>

#define SPARES_LENGTH_MAX  4 /* slices: 256 KiB */
#define SPARES_PER_LENGTH  4
#define SPARES_SLICES_MAX  14 /* 896 KiB */
#define SPARES_REFUSED_MAX 64

struct spares {
    uint32_t slices;  /* of all */
    uint32_t refused; /* since they last went back */
    uint32_t count[SPARES_LENGTH_MAX + 1];
    uint32_t of[SPARES_LENGTH_MAX + 1][SPARES_PER_LENGTH];
};

/* Takes a span of so many slices: its first slice, or SPAN_NONE.  Its memory is not zero. */
size_t spares_take(struct spares *spares, size_t slices);
/* Keeps a span, perhaps in place of others; false if there is no room. */
bool spares_put(struct spares *spares, size_t first, size_t slices);
/* Gives all of them back. */
void spares_flush(struct spares *spares);

#endif
