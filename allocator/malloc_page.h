/*
 * malloc in phases 0 to 4: find the page, take its first block.  Included by alloc.c only.
 */
#ifndef HAKMEM_MALLOC_PAGE_H
#define HAKMEM_MALLOC_PAGE_H

#include "page_by_class.h"

static inline void *malloc_block(struct hakmem_heap *heap, size_t size)
{
    /* Phase 1: the page itself is in a table that is indexed by the size in words. */
    if (HAKMEM_DIRECT_CACHE_IN_USE && HAKMEM_LIKELY(size <= HAKMEM_TINY_MAX))
        return page_take(heap->pages_direct[size_words_of(size)]);
    return page_take(page_by_class(heap, size));
}

#endif
