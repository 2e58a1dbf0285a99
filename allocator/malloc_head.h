/*
 * malloc from phase 5 on: not even the page is needed; the block is in a list that is indexed by the class.  Included
 * by alloc.c only.
 */
#ifndef HAKMEM_MALLOC_HEAD_H
#define HAKMEM_MALLOC_HEAD_H

#include "heads.h"
#include "page_by_class.h"

static inline void *malloc_block(struct hakmem_heap *heap, size_t size)
{
    if (HAKMEM_LIKELY(size - 1 < HAKMEM_TINY_MAX)) /* 0 is not: it takes the slow path */
        return head_take(heap, (size - 1) / SIZE_CLASS_TINY_STEP);
    if (size - 1 < HAKMEM_SMALL_BLOCK_MAX)
        return head_take(heap, size_class_of(size));
    return page_take(page_by_class(heap, size));
}

#endif
