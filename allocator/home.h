/*
 * Homes: who takes spans from where.
 *
 * The region is divided into zones of 4 MiB, a word of each bitmap.  A zone belongs to a home, or to nobody:
 *
 *   |  zone 0, home 1  |  zone 1, home 1  |  zone 2, home 4  |  zone 3, nobody's  |  zone 4, home 1  | … end of
 * nobody's
 *
 *   used    1101 0011 1000 …      first fit, lowest address first: what is live stays dense at the left,
 *   dirty   0010 1100 0000 …      and memory that was touched already is taken before memory that was not
 *
 * A thread takes spans from its home's zones.  If they have no room, the home claims the first zones that are nobody's;
 * a zone without a used slice is given back.  Up to phase 9 all threads have one home.  With home_zones (phase 10)
 * there are sixteen, each with a lock of its own: threads do not wait for each other, and do not get memory that was in
 * use by another thread a moment ago and whose lines are still in that one's cache.
 *
 * A search need not start at the left: fit_from is where the first runs of some lengths may start, so that in steady
 * state it looks at one zone or two.  It looks at a zone as a whole: a few shifts of its word leave the bits where a
 * run of n starts.
 *
 * Invariants: no slice is both used and dirty, but those held as room (roomy.h); no run of n free slices of a home
 * starts below its fit_from, which never falls with the length; the counters equal the bits; a home's zones lie below
 * its `end`; all that was ever used lies below nobody's.
 */
#ifndef HAKMEM_HOME_H
#define HAKMEM_HOME_H

#include "hakmem_config.h"
#include "lock.h"
#include <stdatomic.h>

#define ZONE_SLICES ((size_t)64)

/* All that is known of a zone lies together, so that a small process touches one page for it. */
struct zone {
    uint64_t used;        /* a bit per slice; guarded by the lock of the zone's home */
    uint64_t dirty;       /* likewise */
    _Atomic uint8_t home; /* its number; written under nobody's lock, relaxed */
    uint8_t kind;         /* see huge_zone.h; guarded by the lock of the zone's home */
};

/* Where to look for runs is known for lengths of 1 to 4 slices, and for 8, 16 and 32: others are looked for from where
 * runs of the next shorter one of these may start. */
#define HOME_FIT_EACH 4
#define HOME_FIT_MAX  32
#define HOME_FITS     8 /* so many lengths, and 0, which is unused */

/* Home 0 is nobody: what it holds is to be claimed.  Threads share the others, by the index of their heap. */
#define HOME_COUNT (1u + (HAKMEM_USE_HOME_ZONES ? 16u : 1u))

struct home {
    struct lock lock;           /* guards the rest and its zones' bits; nobody's lock is taken last */
    size_t fit_from[HOME_FITS]; /* see above; unused in home 0 */
    size_t end;                 /* slices at or past it are in none of its zones */
    size_t spare_zone;          /* may be an empty one that it keeps, so that it need not claim one at once */
    size_t collapse_at;         /* the zone to look at next, see huge_zone.c */
    _Atomic size_t used;        /* slices in use; written under the lock, relaxed */
    _Atomic size_t dirty;       /* free slices that are backed by memory; likewise */
    size_t held;                /* slices held as room: their used bits are set, though they are free */
    unsigned vacant;            /* places without a block, see roomy.h */
    size_t low_dirty;           /* the least `dirty` in this window, see purge.c */
    _Atomic uint64_t window_ns; /* when it began; likewise */
#if HAKMEM_USE_SHORT_CALLS
    size_t due; /* slices that the window before found idle and that are still to go, see purge_parts.h */
#endif
} __attribute__((aligned(HAKMEM_CACHE_LINE)));

extern struct home hakmem_homes[HOME_COUNT];

/* The calling thread's home. */
struct home *home_of_thread(void);
/* The home that slice is of: it stays the same while the slice is in use. */
struct home *home_of_slice(size_t slice);

/* Slices in use, and free ones that are backed by memory; a snapshot if the lock is not held. */
static inline size_t home_used(const struct home *home)
{
    return atomic_load_explicit(&home->used, memory_order_relaxed);
}
static inline size_t home_dirty(const struct home *home)
{
    return atomic_load_explicit(&home->dirty, memory_order_relaxed);
}

void home_lock(struct home *home);
void home_unlock(struct home *home);

/* --- lock held --- */

/* Takes `count` adjacent slices of the home's zones: the first one, or SPAN_NONE.  *zero: all of it reads zero. */
size_t home_take(struct home *home, size_t count, bool *zero);
/* Claims zones from nobody, enough for so many slices.  False: no memory. */
bool home_claim(struct home *home, size_t count);
/* Takes slices [first, first + count), claiming zones as needed; false if one is in use or somebody else's. */
bool home_take_at(struct home *home, size_t first, size_t count);
/* Gives slices back: free and dirty. */
void home_give(struct home *home, size_t first, size_t count);
/* Roomy spans: takes `count` slices with `room` free ones behind them, which are held, claiming zones as needed; more
 * than a zone together.  The first one, or SPAN_NONE. */
size_t home_take_roomy(struct home *home, size_t count, size_t room);
/* Takes slices [first, first + more), the first of which are held: `room` in all.  False, and nothing changed: what
 * lies behind them is in use. */
bool home_take_room(struct home *home, size_t first, size_t more, size_t room);
/* Slices in use are free and dirty, but held. */
void home_hold(struct home *home, size_t first, size_t count);
/* Held slices are free again, clean or dirty as they were. */
void home_release(struct home *home, size_t first, size_t room);
/* Returns dirty memory to the system, from the highest address down, where it would be needed last, until `keep` slices
 * are dirty; how many slices went. */
size_t home_purge(struct home *home, size_t keep);
/* Verifies counters and invariants: NULL, or what is broken. */
const char *home_check(struct home *home);

#endif
