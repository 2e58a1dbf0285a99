/*
 * free in phases 0 and 1: every thread pushes to the page's one list.  Included by alloc.c only.
 */
#ifndef HAKMEM_FREE_SHARED_H
#define HAKMEM_FREE_SHARED_H

#include "alloc.h"

static inline void free_block(void *p, size_t slice)
{
    uint64_t word = slice_word(slice);
    if (HAKMEM_UNLIKELY(slice_word_owner(word) <= SLICE_OWNER_SPAN)) {
        free_no_page(p, slice, word);
        return;
    }
    COUNT(free_calls);
    COUNT_ADD(remote_frees, slice_word_owner(word) != heap_owner_id(hakmem_thread_heap));
    struct hakmem_page *page = page_of_slice(slice, word);
    BLOCK_POISON(p, page->block_size);
    if (HAKMEM_UNLIKELY(lists_push(&page->lists, p, p, 1) == page_capacity(page))) {
        COUNT(free_slow);
        free_emptied(page);
    }
}

#endif
