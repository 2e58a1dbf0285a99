/*
 * The floor: a pseudo-allocator that does the least that any malloc could do and still hands out distinct, usable
 * memory.  Included ahead of a workload's source (-include), it takes the names malloc and free there, and only there.
 *
 * It is no allocator: a block's class comes from its address, nothing goes back to the kernel, sizes never share
 * memory, NULL may not be freed.  What is left of the time in a floor build is the workload's own loop: its random
 * numbers, its bookkeeping, touching the blocks.  Calls are real calls, as they are for every allocator.
 *
 *     floor_lists.c   a free list for each class and thread; for every workload but one
 *     floor_ring.c    for remote_free, where blocks die in the order they were made: a pointer that goes round
 */
#ifndef WORKLOADS_FLOOR_H
#define WORKLOADS_FLOOR_H

#include <stddef.h>
#include <stdlib.h>

/* They begin at a cache line, as the phases' malloc and free do: where the linker puts them is no part of the figure.
 */
void *floor_malloc(size_t size) __attribute__((aligned(64)));
void floor_free(void *block) __attribute__((aligned(64)));

#define malloc floor_malloc
#define free   floor_free

#endif
