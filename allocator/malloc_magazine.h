/*
 * malloc from phase 8 on: the address on top of the class's magazine; the block itself is not touched.  Included by
 * alloc.c only.
 */
#ifndef HAKMEM_MALLOC_MAGAZINE_H
#define HAKMEM_MALLOC_MAGAZINE_H

#include "heads.h"
#include "page_by_class.h"

/* The class's magazine is empty. */
static inline void *malloc_unmagazined(struct hakmem_heap *heap, unsigned size_class)
{
    if (!HAKMEM_USE_MEDIUM_MAGAZINES || class_has_head(size_class))
        return head_take(heap, size_class);
    struct hakmem_page *page = heap->queues[size_class].first;
    return page != NULL ? page_take(page) : NULL;
}

static inline void *malloc_block(struct hakmem_heap *heap, size_t size)
{
    size_t tag;
    if (HAKMEM_LIKELY(size <= HAKMEM_TINY_MAX))
        tag =
            (size + SIZE_CLASS_TINY_STEP - 1) / SIZE_CLASS_TINY_STEP; /* 0 for size 0: empty, the slow path serves it */
    else if (size <= MAGAZINE_BLOCK_MAX)
        tag = size_class_of(size) + 1;
    else
        return page_take(page_by_class(heap, size));
    void *block = magazine_take(&heap->magazines.of[tag]);
    if (HAKMEM_UNLIKELY(block == NULL))
        return tag != 0 ? malloc_unmagazined(heap, (unsigned)tag - 1) : NULL;
    BLOCK_UNPOISON(block, size_class_bytes((unsigned)tag - 1));
    return block;
}

#endif
