/*
 * Borrowed blocks (phase 12): live blocks of one class rise and fall, and a page serves one class only, so that a heap
 * grows to the sum of its classes' peaks, which come at different times.  So before malloc touches memory that was
 * never used, it looks for freed blocks of a class a little larger, and takes some of them out of that one's magazine:
 *
 *   magazine of 208 bytes   | NULL |                          empty, and no page of the class has a freed block
 *   magazine of 240 bytes   | NULL | a | b | c | d | e | f |
 *                                              `--- half of them, the newest, go to the first
 *
 * Addresses are copied and no block is touched.  A borrowed block stays what it is: its page says how large it is, to
 * realloc as to free, which puts it back where it came from.  It is at most a quarter larger than the class that it
 * serves, and lent only once, so that a borrowed block's waste is bounded.
 *
 * Blocks of a class lie at multiples of its size, and aligned requests rely on that; borrowed ones lie elsewhere.  A
 * class for which a request found that out is exact from then on: it borrows no more.
 *
 * Owner only.
 */
#ifndef HAKMEM_BORROW_H
#define HAKMEM_BORROW_H

#include "size_class.h"
#include <stdbool.h>

struct hakmem_heap;

/* At most so many blocks are lent at a time. */
#define BORROW_MAX 16

/* Blocks of at most so many bytes serve a class's requests. */
static inline size_t borrow_bytes_max(unsigned size_class)
{
    return size_class_bytes(size_class) + size_class_bytes(size_class) / 4;
}

/* The class has no freed block: one that is borrowed, and a few more in its magazine; NULL: there is none to lend. */
void *borrow_block(struct hakmem_heap *heap, unsigned size_class);
/* From now on, all blocks that the class's magazine gives are of the class. */
void borrow_no_more(struct hakmem_heap *heap, unsigned size_class);

#endif
