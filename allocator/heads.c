/* List heads: filled from the first page of a queue, flushed before a heap is left. */
#include "heads.h"
#include "fresh.h"

#if HAKMEM_USE_LOCAL_HEADS

void head_fill(struct hakmem_heap *heap, struct hakmem_page *page)
{
    *head_of(heap, page->size_class) = lists_take_all(&page->lists);
}

static void head_flush(struct hakmem_heap *heap, unsigned size_class)
{
    struct remote_chain chain = {*head_of(heap, size_class), NULL, 0};
    if (chain.first == NULL)
        return;
    for (struct hakmem_block *block = chain.first; block != NULL; block = block_next(block)) {
        chain.last = block;
        chain.count++;
    }
    lists_give_chain(&page_of_block(chain.first)->lists, chain);
    *head_of(heap, size_class) = NULL;
}

void heads_flush(struct hakmem_heap *heap)
{
    for (unsigned size_class = 0; size_class < HEADS_COUNT; size_class++) {
        head_flush(heap, size_class);
        fresh_flush(heap, size_class);
        struct hakmem_page *first = heap->queues[size_class].first;
        if (first != NULL)
            lists_mark_listed(&first->lists, page_capacity(first));
    }
}

const char *heads_check(struct hakmem_heap *heap)
{
    for (unsigned size_class = 0; size_class < HEADS_COUNT; size_class++) {
        uint32_t count = 0;
        struct hakmem_page *first = heap->queues[size_class].first;
        for (struct hakmem_block *block = *head_of(heap, size_class); block != NULL; block = block_next(block)) {
            if (slice_of(block) >= region_slices() || page_of_block(block) != first)
                return "a list head holds a block that is not of its class's first page";
            if (++count > lists_used(&first->lists, page_capacity(first)))
                return "a list head holds more blocks than its page gave";
        }
        const char *broken = fresh_check(heap, size_class);
        if (broken != NULL)
            return broken;
    }
    return NULL;
}

#else

void head_fill(struct hakmem_heap *heap, struct hakmem_page *page)
{
    (void)heap;
    (void)page;
}

void heads_flush(struct hakmem_heap *heap)
{
    (void)heap;
}

const char *heads_check(struct hakmem_heap *heap)
{
    (void)heap;
    return NULL;
}

#endif
