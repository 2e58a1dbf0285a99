/*
 * malloc and free: the fast paths, whole.
 *
 * malloc: the heap of this thread, the page for this size, the first free block of that page.
 * free:   the slice of this pointer, its word in the map, and from there what free_shared.h (phases 0 and 1) or
 *         free_dual.h (phase 2 on) do with the block.
 */
#include "alloc.h"
#include "hakmem.h"
#include "heads.h"
#include "override.h"
#include <stdlib.h>

#if HAKMEM_USE_DUAL_LISTS
#include "free_dual.h"
#else
#include "free_shared.h"
#endif

/* Without the direct cache, and for all sizes above 1 KiB: size class, then the first page of its queue. */
static inline struct hakmem_page *page_by_class(struct hakmem_heap *heap, size_t size)
{
    if (size > HAKMEM_LARGE_BLOCK_MAX)
        return &hakmem_page_none;
    struct hakmem_page *page = heap->queues[size_class_of(size)].first;
    return page != NULL ? page : &hakmem_page_none;
}

/* Phase 1: the page itself is in a table that is indexed by the size in words. */
static inline struct hakmem_page *page_by_size(struct hakmem_heap *heap, size_t size)
{
    if (HAKMEM_DIRECT_CACHE_IN_USE && HAKMEM_LIKELY(size <= HAKMEM_TINY_MAX))
        return heap->pages_direct[size_words_of(size)];
    return page_by_class(heap, size);
}

/* Phase 5: not even the page is needed; the block is in a list that is indexed by the class. */
static inline void *block_by_size(struct hakmem_heap *heap, size_t size)
{
    if (HAKMEM_USE_LOCAL_HEADS && HAKMEM_LIKELY(size - 1 < HAKMEM_TINY_MAX)) /* 0 is not: it takes the slow path */
        return head_take(heap, (size - 1) / SIZE_CLASS_TINY_STEP);
    if (HAKMEM_USE_LOCAL_HEADS && size - 1 < HAKMEM_SMALL_BLOCK_MAX)
        return head_take(heap, size_class_of(size));
    return page_take(page_by_size(heap, size));
}

HAKMEM_EXPORT void *hakmem_malloc(size_t size)
{
    COUNT(malloc_calls);
    void *block = block_by_size(hakmem_thread_heap, size);
    if (HAKMEM_LIKELY(block != NULL)) {
        alloc_count_fast(size);
        return block;
    }
    return alloc_slow(size);
}
HAKMEM_ALIAS(void *, malloc, (size_t size), hakmem_malloc);

HAKMEM_EXPORT void hakmem_free(void *p)
{
    size_t slice = slice_of(p);
    if (HAKMEM_UNLIKELY(slice >= hakmem_region.slice_count)) {
        free_outside(p);
        return;
    }
    free_block(p, slice, slice_word(slice));
}
HAKMEM_ALIAS(void, free, (void *p), hakmem_free);
HAKMEM_ALIAS(void, cfree, (void *p), hakmem_free);
