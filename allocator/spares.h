/*
 * Spare spans (phase 9): a few large spans that a thread freed, kept in its heap by their length.  A request for as
 * many slices takes one, without the lock of the spans and without a search.
 *
 *   of[2]  | highest | … | lowest |     first slices of spans of two slices, and so on to SPARES_LENGTH_MAX
 *
 * The one at the lowest address is taken first, as without spares: what is in use stays dense, and what a program
 * touches of its blocks falls on memory that was touched before.
 *
 * Together they hold a share of what the thread has in blocks of these lengths, and twice the most that it had at once
 * lately, which is little for a program with a vector at a time.  When there is no room, the length that
 * has the most gives its highest one back, if it has two more than the one to be kept: a program of random lengths,
 * oldest freed first, then finds one of each; else the highest of the same length goes.  So that lengths which the
 * program has left do not use that room for ever, all of them go back when there was no room so many times; and before
 * the thread's next blocks of other sizes touch clean memory (span.c).
 *
 * While it is kept, a span counts as used and its slice word says that nobody owns it, so that a second free of it is
 * found.  Owner only.
 */
#ifndef HAKMEM_SPARES_H
#define HAKMEM_SPARES_H

#include "span.h"
#include <stdbool.h>

#define SPARES_LENGTH_MAX  4 /* slices: 256 KiB */
#define SPARES_PER_LENGTH  64
#define SPARES_SHARE       8   /* of what is live, beside that */
#define SPARES_RECENT_MAX  48  /* slices, 3 MiB, for what was live at once lately */
#define SPARES_WINDOW      64  /* puts: lately is this window and the one before */
#define SPARES_SLICES_MAX  256 /* 16 MiB */
#define SPARES_REFUSED_MAX 64

struct spares {
    uint16_t slices;  /* of all */
    uint16_t refused; /* times without room, since they last went back */
    uint16_t recent;  /* slices to keep for what was live at once in this window and the one before */
    uint16_t puts;    /* in this window */
    int64_t live;     /* slices of these lengths that the thread took, less those that it gave back */
    int64_t most;     /* the most that was live at once in this window */
    uint32_t count[SPARES_LENGTH_MAX + 1];
    uint32_t of[SPARES_LENGTH_MAX + 1][SPARES_PER_LENGTH];
};

/* More is live than before in this window. */
void spares_raise(struct spares *spares) HAKMEM_COLD;

/* A block got so many slices (+1), or has them no more (-1). */
static inline void spares_count(struct spares *spares, size_t slices, int change)
{
    if (slices > SPARES_LENGTH_MAX)
        return;
    spares->live += change * (int64_t)slices;
    if (HAKMEM_UNLIKELY(spares->live > spares->most))
        spares_raise(spares);
}

/* Takes a span of so many slices: its first slice, or SPAN_NONE.  Its memory is not zero. */
static inline size_t spares_take(struct spares *spares, size_t slices)
{
    if (slices > SPARES_LENGTH_MAX || spares->count[slices] == 0)
        return SPAN_NONE;
    spares->slices -= (uint16_t)slices;
    return spares->of[slices][--spares->count[slices]];
}

/* There is room for it. */
static inline void spares_insert(struct spares *spares, size_t first, size_t slices)
{
    uint32_t *of = spares->of[slices];
    size_t at = spares->count[slices]++;
    for (; at > 0 && of[at - 1] < first; at--)
        of[at] = of[at - 1];
    of[at] = (uint32_t)first;
    spares->slices += (uint16_t)slices;
}

/* Slices that they may hold now.  Others may free what the thread took, or it what others took: then `live` means
 * nothing, and may be below 0. */
static inline size_t spares_wanted(const struct spares *spares)
{
    size_t share = spares->live > 0 ? (size_t)spares->live / SPARES_SHARE : 0;
    size_t wanted = spares->recent + share;
    return wanted < SPARES_SLICES_MAX ? wanted : SPARES_SLICES_MAX;
}

/* A window of puts is over. */
void spares_turn(struct spares *spares) HAKMEM_COLD;
/* Keeps a span for which there is no room, perhaps in place of others. */
bool spares_put_crowded(struct spares *spares, size_t first, size_t slices);

/* Keeps a span; false if there is no room, or not for one at so high an address. */
static inline bool spares_put(struct spares *spares, size_t first, size_t slices)
{
    if (slices > SPARES_LENGTH_MAX)
        return false;
    if (HAKMEM_UNLIKELY(++spares->puts == SPARES_WINDOW))
        spares_turn(spares);
    if (spares->slices + slices > spares_wanted(spares) || spares->count[slices] == SPARES_PER_LENGTH)
        return spares_put_crowded(spares, first, slices);
    spares_insert(spares, first, slices);
    return true;
}

/* Gives all of them back. */
void spares_flush(struct spares *spares);

#endif
