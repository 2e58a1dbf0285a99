/*
 * malloc from phase 8 on: the address on top of the class's magazine; the block itself is not touched.  Included by
 * alloc.c only.
 */
#ifndef HAKMEM_MALLOC_MAGAZINE_H
#define HAKMEM_MALLOC_MAGAZINE_H

#include "heads.h"
#include "page_by_class.h"

/* The magazine is empty. */
static inline void *malloc_unmagazined(struct hakmem_heap *heap, size_t tag)
{
    if (!HAKMEM_USE_MEDIUM_MAGAZINES || HAKMEM_LIKELY(tag <= HEADS_COUNT))
        return head_take_tag(heap, tag);
    struct hakmem_page *page = heap->queues[tag - 1].first;
    return page != NULL ? page_take(page) : NULL;
}

/* A tiny size's magazine.  A magazine is as long as the classes are apart, so the rounded size is its place in bytes.
 */
static inline struct magazine *magazine_of_tiny(struct hakmem_heap *heap, size_t size)
{
    static_assert(sizeof(struct magazine) == SIZE_CLASS_TINY_STEP, "a magazine is a step long");
    size_t rounded = (size + SIZE_CLASS_TINY_STEP - 1) & ~(size_t)(SIZE_CLASS_TINY_STEP - 1);
    return (struct magazine *)((char *)heap->magazines.of + rounded); /* size 0: the one that is always empty */
}

static inline void *malloc_block(struct hakmem_heap *heap, size_t size)
{
    struct magazine *magazine;
    if (HAKMEM_LIKELY(size <= HAKMEM_TINY_MAX))
        magazine = magazine_of_tiny(heap, size);
    else if (size <= MAGAZINE_BLOCK_MAX)
        magazine = &heap->magazines.of[size_class_of(size) + 1];
    else
        return page_take(page_by_class(heap, size));
    void *block = magazine_take(magazine);
    size_t tag = (size_t)(magazine - heap->magazines.of);
    if (HAKMEM_UNLIKELY(block == NULL))
        return malloc_unmagazined(heap, tag);
    BLOCK_UNPOISON(block, HAKMEM_ASAN ? page_of_block(block)->block_size : 0); /* it may be borrowed */
    return block;
}

#endif
