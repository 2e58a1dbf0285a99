/*
 * free from phase 2 on: the owner pushes to local_free without an atomic operation.  Included by alloc.c only.
 */
#ifndef HAKMEM_FREE_DUAL_H
#define HAKMEM_FREE_DUAL_H

#include "alloc.h"

/* May the owner's shortest path take this block?  The page is the calling thread's, the block in its first slice, the
 * page listed.  Phase 3 packs all three into the slice word, so that one compare tests them. */
static inline bool free_is_simple(struct hakmem_heap *heap, size_t slice, uint64_t word)
{
    if (HAKMEM_USE_PACKED_FLAGS)
        return word == heap->id;
    return slice_word_owner(word) == heap_owner_id(heap) && slice_word_back(word) == 0 &&
           (HAKMEM_USE_LOCAL_HEADS || !hakmem_region.pages[slice].unlisted);
}

static inline void free_block(void *p, size_t slice)
{
    uint64_t word = slice_word(slice);
    struct hakmem_heap *heap = hakmem_thread_heap;
    if (HAKMEM_UNLIKELY(!free_is_simple(heap, slice, word))) {
        free_general(p, slice, word);
        return;
    }
    COUNT(free_calls);
    struct hakmem_page *page = &hakmem_region.pages[slice];
    BLOCK_POISON(p, page->block_size);
    if (HAKMEM_UNLIKELY(lists_give(&page->lists, p))) {
        COUNT(free_slow);
        free_event(heap, page);
    }
}

#endif
