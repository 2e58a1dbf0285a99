/*
 * List heads (phase 5): the free blocks that malloc takes from, one list for each class of at most 8 KiB, in the heap.
 * A head's blocks are all of one page, the first of its class's queue.  Owner only.
 */
#ifndef HAKMEM_HEADS_H
#define HAKMEM_HEADS_H

#include "heap.h"

/* Does the class have a head?  Larger ones would keep half a MiB for the few blocks in it. */
static inline bool class_has_head(unsigned size_class)
{
    return HAKMEM_USE_LOCAL_HEADS && size_class < HEADS_COUNT;
}

static inline struct hakmem_block **head_of(struct hakmem_heap *heap, size_t size_class)
{
    return &heap->heads[size_class + 1];
}

/* Takes a block of the class tag - 1, or NULL.  Of tag 0 there is none. */
static inline void *head_take_tag(struct hakmem_heap *heap, size_t tag)
{
    struct hakmem_block **head = &heap->heads[tag];
    struct hakmem_block *block = *head;
    if (HAKMEM_UNLIKELY(block == NULL))
        return NULL;
    BLOCK_UNPOISON(block, size_class_bytes((unsigned)tag - 1));
    *head = block_next(block);
    return block;
}

/* Takes a block, or NULL. */
static inline void *head_take(struct hakmem_heap *heap, size_t size_class)
{
    return head_take_tag(heap, size_class + 1);
}

/* Fills the class's empty head with all free blocks of the page, which is the first of its queue. */
void head_fill(struct hakmem_heap *heap, struct hakmem_page *page);
/* Gives every head's blocks back to their pages. */
void heads_flush(struct hakmem_heap *heap);
/* NULL, or what is broken. */
const char *heads_check(struct hakmem_heap *heap);

#endif
