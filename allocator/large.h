/*
 * Large spans (phase 4): a block above 64 KiB is a run of slices of its own.
 *
 *   slice       | first: owner SPAN | nobody | nobody | …       only the first slice's word is set: a pointer into the
 *   block       |<------------- block ------------->|           middle of the block is not taken for a block
 *
 * The block need not start where its span does.  What is not a multiple of 64 KiB leaves room, and with coloured_spans
 * (phase 9) the block starts at some line of it: if the first lines of the pages of all large blocks lay at multiples
 * of 4 KiB, they would compete for one set of the first cache and a few of the second.  All sets of the first cache are
 * used within 4 KiB.  Spans near each other have the same place, so that a block whose pages are touched one by one
 * finds lines that its predecessors at this address touched, and that may still be in a cache, though they had other
 * sizes.
 *
 * It has no owner: any thread frees it in the same way, and it outlives its thread without being orphaned.  Memory
 * freed by one size serves every other at once, instead of waiting in a page of its class.
 */
#ifndef HAKMEM_LARGE_H
#define HAKMEM_LARGE_H

#include "hakmem_config.h"
#include <stdbool.h>

/* Distance of the places where a large block may start, and how far from its span's start they reach. */
#define LARGE_COLOUR_STEP  ((size_t)HAKMEM_CACHE_LINE)
#define LARGE_COLOUR_BYTES ((size_t)4096)
/* Spans that start in the same so many slices have the same place. */
#define LARGE_COLOUR_SLICES ((size_t)8)

/* A block of whole slices, aligned to `alignment` (a power of two, at most a slice); NULL: no memory.  *zero: it is all
 * zero, else uninitialised. */
void *large_alloc(size_t size, size_t alignment, bool *zero);
/* Roomy spans: a block of `size` bytes with room behind it, for one of `old` bytes that has to move; NULL: it is no
 * case for one, or there is no room. */
void *large_alloc_roomy(size_t old, size_t size);
/* Phase 7: resizes the block where it is; `size` stays that of a large block.  False: what follows is in use. */
bool large_resize(size_t slice, size_t size);
/* Frees a block; `slice` is the pointer's, `word` the slice's.  False: it is no large block. */
bool large_free(void *p, size_t slice, uint64_t word);

#endif
