/*
 * Sparse blocks (phase 11): calloc of a large block has to clear memory that was used before.  Writing zeroes costs the
 * same whatever becomes of the block, and makes all of it resident.  Giving its pages back to the system clears them,
 * too, and costs a fault for each page that is touched then: cheaper for a hash table that stays nearly empty, ten
 * times as expensive for an array that is filled.
 *
 * So the program is asked: when a block is freed that calloc had given without writing to it, the thread looks how much
 * of it is resident by now, and its next block is cleared accordingly.  The answer decides about time only; the block
 * is all zero either way.
 *
 *   calloc, memory that reads zero       nothing to do; look at it when it is freed
 *   calloc, used memory, last one sparse give its pages back; look at it when it is freed
 *   calloc, used memory, else            write zeroes
 *
 * Any thread; a heap's `sparse` is its owner's.
 */
#ifndef HAKMEM_SPARSE_H
#define HAKMEM_SPARSE_H

#include "hakmem_config.h"
#include <stdbool.h>

struct hakmem_page;

/* Smaller blocks are cleared in less time than the two system calls take. */
#define SPARSE_BYTES_MIN ((size_t)512 << 10)
/* The look reaches so far, and a block is sparse if at most one page in so many is resident. */
#define SPARSE_LOOK_PAGES 256
#define SPARSE_SHARE      16

/* Clears a large block by giving its pages back, if that is likely to be cheaper; false: it was not touched. */
bool sparse_clear(void *block, size_t size);
/* calloc gave the large block without writing to it. */
void sparse_mark(void *block, size_t size);
/* A large block, which starts at `block`, is being freed. */
void sparse_look(const struct hakmem_page *page, void *block);

#endif
