/*
 * Large spans (phase 4): a block above 64 KiB is a run of slices of its own.
 *
 *   slice       | first: owner SPAN | nobody | nobody | …       only the first slice's word is set: a pointer into the
 *   block       |<------------- block ------------->|           middle of the block is not taken for a block
 *
 * It has no owner: any thread frees it in the same way, and it outlives its thread without being orphaned.  Memory
 * freed by one size serves every other at once, instead of waiting in a page of its class.
 */
#ifndef HAKMEM_LARGE_H
#define HAKMEM_LARGE_H

#include "hakmem_config.h"
#include <stdbool.h>

/* A block of whole slices; NULL: no memory.  *zero: it is all zero, else uninitialised. */
void *large_alloc(size_t size, bool *zero);
/* Phase 7: resizes the block where it is; `size` stays that of a large block.  False: what follows is in use. */
bool large_resize(size_t slice, size_t size);
/* `slice`: the block's first one. */
void large_free(size_t slice);

#endif
