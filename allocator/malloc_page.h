/*
 * malloc in phases 0 to 4: find the page, take its first block.  Included by alloc.c only.
 */
#ifndef HAKMEM_MALLOC_PAGE_H
#define HAKMEM_MALLOC_PAGE_H

#include "page_by_class.h"

static inline void *malloc_block(struct hakmem_heap *heap, size_t size)
{
    /* Phase 1: the page itself is in a table that is indexed by the size in words. */
    if (HAKMEM_DIRECT_CACHE_IN_USE && HAKMEM_LIKELY(size <= HAKMEM_TINY_MAX)) {
        void *block = page_take(heap->pages_direct[size_words_of(size)]);
        COUNT(direct_cache_looks);
        COUNT_ADD(direct_cache_hits, block != NULL);
        return block;
    }
    return page_take(page_by_class(heap, size));
}

#endif
