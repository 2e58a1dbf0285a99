/*
 * free in phase 8: the block's address goes into the calling thread's magazine.  Included by alloc.c only.
 */
#ifndef HAKMEM_FREE_MAGAZINE_H
#define HAKMEM_FREE_MAGAZINE_H

#include "alloc.h"

/* Of the blocks in the slice; 0 if they have no magazine. */
static inline size_t slice_block_bytes(size_t slice)
{
    size_t tag = slice_word_tag(slice_word(slice));
    return tag == 0 ? 0 : size_class_bytes((unsigned)tag - 1);
}

/* The magazine for blocks of the slice.  A magazine is 16 bytes long, so that the half-word with the tag in its upper
 * 12 bits is its place in bytes: one load, no shift. */
static inline struct magazine *magazine_of_slice(struct hakmem_heap *heap, size_t slice)
{
    static_assert(sizeof(struct magazine) == (size_t)1 << (SLICE_TAG_SHIFT - SLICE_FLAG_SHIFT) && !HAKMEM_FLAG_IN_WORD,
                  "the tag times a magazine's size is the half-word, whose flags are out of use");
    return (struct magazine *)((char *)heap->magazines.of + slice_top(slice));
}

/* The magazine is full: a program that frees many in a row goes on as in phase 5, into the pages that are its own. */
static __attribute__((noinline)) void free_past_magazine(void *p, size_t slice)
{
    struct hakmem_heap *heap = hakmem_thread_heap;
    uint64_t word = slice_word(slice);
    if (HAKMEM_UNLIKELY(slice_word_owner(word) != heap_owner_id(heap))) {
        if (word == SLICE_OWNER_SPAN)
            free_no_page(p, slice, word);
        else
            free_unmagazined(p, slice, word);
        return;
    }
    COUNT(free_calls);
    struct hakmem_page *page = page_of_slice(slice, word);
    BLOCK_POISON(p, page->block_size); /* its class may have no magazine */
    if (HAKMEM_USE_DOUBLE_FREE_CHECK && HAKMEM_UNLIKELY(lists_gave_last(&page->lists, p))) {
        free_twice(p);
        return;
    }
    if (HAKMEM_UNLIKELY(lists_give(&page->lists, p)))
        free_event(heap, page);
}

static inline void free_block(void *p, size_t slice)
{
    struct magazine *magazine = magazine_of_slice(hakmem_thread_heap, slice);
    BLOCK_POISON(p, HAKMEM_ASAN ? slice_block_bytes(slice) : 0);
    if (HAKMEM_LIKELY(magazine_put(magazine, p)))
        COUNT(free_calls);
    else if (HAKMEM_USE_DOUBLE_FREE_CHECK && *magazine->top == p)
        free_twice(p);
    else
        free_past_magazine(p, slice);
}

#endif
