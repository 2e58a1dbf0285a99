/*
 * free in phase 8: the block's address goes into the calling thread's magazine.  Included by alloc.c only.
 */
#ifndef HAKMEM_FREE_MAGAZINE_H
#define HAKMEM_FREE_MAGAZINE_H

#include "alloc.h"

static inline void free_block(void *p, size_t slice, uint64_t word)
{
    struct hakmem_heap *heap = hakmem_thread_heap;
    size_t tag = slice_word_tag(word);
    BLOCK_POISON(p, tag == 0 ? 0 : size_class_bytes((unsigned)tag - 1));
    if (HAKMEM_LIKELY(magazine_put(&heap->magazines.of[tag], p))) {
        COUNT(free_calls);
        return;
    }
    if (HAKMEM_USE_DOUBLE_FREE_CHECK && *heap->magazines.of[tag].top == p) {
        free_twice(p);
        return;
    }
    /* Full: a program that frees many in a row goes on as in phase 5, into the pages that are its own. */
    if (tag == 0 || slice_word_owner(word) != heap_owner_id(heap)) {
        if (word == SLICE_OWNER_SPAN)
            free_no_page(p, slice, word);
        else
            free_unmagazined(p, slice, word);
        return;
    }
    COUNT(free_calls);
    struct hakmem_page *page = HAKMEM_USE_MEDIUM_MAGAZINES ? page_of_slice(slice, word) : &hakmem_region.pages[slice];
    if (HAKMEM_USE_DOUBLE_FREE_CHECK && HAKMEM_UNLIKELY(lists_gave_last(&page->lists, p))) {
        free_twice(p);
        return;
    }
    if (HAKMEM_UNLIKELY(lists_give(&page->lists, p)))
        free_event(heap, page);
}

#endif
