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
    if (HAKMEM_UNLIKELY(!magazine_put(&heap->magazines.of[tag], p))) {
        free_unmagazined(p, slice, word);
        return;
    }
    COUNT(free_calls);
}

#endif
