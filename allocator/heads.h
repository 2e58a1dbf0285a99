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

/* Takes a block, or NULL. */
static inline void *head_take(struct hakmem_heap *heap, size_t size_class)
{
    struct hakmem_block **head = &heap->heads[size_class];
    struct hakmem_block *block = *head;
    if (HAKMEM_UNLIKELY(block == NULL))
        return NULL;
    BLOCK_UNPOISON(block, size_class_bytes((unsigned)size_class));
    *head = block_next(block);
    return block;
}

/* Fills the class's empty head with all free blocks of the page, which is the first of its queue. */
void head_fill(struct hakmem_heap *heap, struct hakmem_page *page);
/* Gives every head's blocks back to their pages. */
void heads_flush(struct hakmem_heap *heap);
/* NULL, or what is broken. */
const char *heads_check(struct hakmem_heap *heap);

#endif
