/*
 * Growing spans (phase 11): a block that realloc moves because it outgrew its place, to between 2 and 60 KiB, is likely
 * to be a vector in the making, which grows again at once.  It gets a whole slice, where it grows to 60 KiB without
 * being copied, and past that as far as the slices behind it are free (large_resize).
 *
 *   slice   | … | block: what was asked for last |  room to grow               |
 *               ^ at some line, as every large block
 *
 * What it does not use is hardly touched, but a slice is not to be wasted on each of many vectors that stay: only
 * GROWING_MAX blocks at a time live so in a process, and one that shrinks moves out.  Of what is small anyway there is
 * more, and less to be saved: half of the places are kept for blocks above GROWING_BYTES_SMALL.  Otherwise it is a
 * large block like any other; its page record's `reserved` is the size asked for last, which is 0 for the others.
 *
 * Any thread; a block's size is its user's business.
 */
#ifndef HAKMEM_GROWING_H
#define HAKMEM_GROWING_H

#include "hakmem_config.h"
#include <stdbool.h>

struct hakmem_page;

#define GROWING_MAX         16
#define GROWING_SMALL_MAX   8
#define GROWING_BYTES_MIN   ((size_t)2 << 10)
#define GROWING_BYTES_SMALL HAKMEM_SMALL_BLOCK_MAX
#define GROWING_BYTES_MAX   ((size_t)60 << 10) /* leaves 4 KiB of the slice for where the block starts */

/* A block with room to grow, for one of `old` bytes that is to have `size`; NULL: it is no case for one. */
void *growing_alloc(size_t old, size_t size);
/* Is it a growing block, which may have `size` bytes where it is? */
bool growing_fits(void *p, size_t size);
/* A large block is being freed: does it leave a place to another one? */
void growing_end(const struct hakmem_page *page);
/* Growing blocks that live, for tests. */
unsigned growing_count(void);

#endif
