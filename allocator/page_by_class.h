/* The page for a size without any cache.  Included by the malloc_*.h headers. */
#ifndef HAKMEM_PAGE_BY_CLASS_H
#define HAKMEM_PAGE_BY_CLASS_H

#include "heap.h"

/* Phase 0, and all sizes above 1 KiB: size class, then the first page of its queue. */
static inline struct hakmem_page *page_by_class(struct hakmem_heap *heap, size_t size)
{
    if (size > HAKMEM_LARGE_BLOCK_MAX)
        return &hakmem_page_none;
    struct hakmem_page *page = heap->queues[size_class_of(size)].first;
    return page != NULL ? page : &hakmem_page_none;
}

#endif
