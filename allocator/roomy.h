/*
 * Roomy spans (phase 12): a block that realloc moves because it outgrew its place, to more than a growing span holds
 * (growing.h), is likely to double a few times more.  It gets a span with room behind it: slices that nobody else
 * takes, up to the largest block that a span may be.  There it grows without being copied, and without faults for a
 * second copy.
 *
 *   slice   | first … block, to its last slice | room: held, not used, clean or dirty as it was | other spans …
 *           |<----------------------- ROOMY_SLICES ------------------------------------------->|
 *
 * Room is address space: it counts neither as used nor as dirty, a purge gets at what is dirty in it, and when it goes
 * back, it is as clean as it was.  It goes back when the block shrinks, and all of it does before a span cannot be had
 * otherwise.  At most ROOMY_MAX blocks of a process have room, and none where that would be a considerable part of the
 * region.  So that blocks which stay do not keep their places for ever, one that has not grown for a second may lose
 * its room to another one.
 *
 *   vacant  | held: dirty as far as the last block grew | held: clean                         | other spans …
 *
 * When the block is freed, its place is vacant and still held, so that the next one grows in memory which was touched
 * already: room is looked for where nothing is in use, and each new place is memory to be touched anew.  For the same
 * reason there are no new places while a lot of memory is dirty and free.  As soon as others of the home have to touch
 * clean memory, a vacant place is given up for them.
 *
 * The page record's `capacity` is the slices of room left, which is 0 for other large blocks.  Room and place are
 * guarded by the lock of the span's home.  Any thread.
 */
#ifndef HAKMEM_ROOMY_H
#define HAKMEM_ROOMY_H

#include "page.h"
#include <stdbool.h>

#define ROOMY_MAX 16
/* A block that has not grown for so long may lose its room to another one. */
#define ROOMY_IDLE_NS ((uint64_t)1000 * 1000 * 1000)
/* A block of HAKMEM_SPAN_BLOCK_MAX, wherever in its first slice it starts. */
#define ROOMY_SLICES ((HAKMEM_SPAN_BLOCK_MAX >> HAKMEM_SLICE_SHIFT) + 1)
/* The region holds so many times all room that there may be. */
#define ROOMY_REGION_SHARE 4
/* No new place while so many slices are free and dirty, and so large a share of what is in use. */
#define ROOMY_DIRTY_MIN   ((size_t)32)
#define ROOMY_DIRTY_SHARE 8

struct home;

/* Guards keep a canary behind what was asked for: there, a block's end is not its own to move. */
#define ROOMY_IN_USE (HAKMEM_USE_ROOMY_SPANS && !HAKMEM_USE_GUARDS)

/* The room left behind a large block, in slices; it may have gone a moment later. */
static inline size_t roomy_room(size_t first)
{
    return ROOMY_IN_USE ? page_capacity(&hakmem_region.pages[first]) : 0;
}

/* A large block without room. */
static inline void roomy_none(size_t first)
{
    if (ROOMY_IN_USE)
        atomic_store_explicit(&hakmem_region.pages[first].capacity, 0, memory_order_relaxed);
}

/* Is a block of `old` bytes that moves, to have `size`, to have room? */
bool roomy_is_wanted(size_t old, size_t size);
/* Takes a span with room behind it: its first slice, or SPAN_NONE. */
size_t roomy_take(size_t count);
/* Takes the slices behind a span as well, those of its room first; false: there is neither room nor free slices. */
bool roomy_grow(size_t first, size_t count, size_t new_count);
/* Gives a span back: it may have lost its room; else the place is vacant. */
void roomy_give(size_t first, size_t count);
/* Gives a span's room back; it may have none any more. */
void roomy_end(size_t first);
/* Gives all room back, and vacant places; false if there was none. */
bool roomy_end_all(void);
/* Lock of the home held: a span was taken of memory that is clean, perhaps because a vacant place holds what is dirty.
 */
void roomy_found_none_dirty(struct home *home);
/* Blocks with room, and vacant places, for tests. */
unsigned roomy_count(void);
unsigned roomy_vacant(void);
/* Lock of the home held: NULL, or what is broken. */
const char *roomy_check(const struct home *home);

#endif
