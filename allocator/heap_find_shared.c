/*
 * Phases 0 and 1: a page that ran dry stays in its class's queue and is found again by walking.
 *
 * A dry page moves to the back.  The walk looks at a bounded number of pages and then lets the caller make a fresh
 * one: an unbounded walk over pages that are all full would make a growing heap quadratic.  The bound costs little
 * memory: as long as one page in five has a free block, a walk of 16 fails in less than 3 % of its tries.
 */
#include "heap.h"

#if !HAKMEM_USE_DUAL_LISTS

#define WALK_PAGES_MAX 16

/* Freed blocks are in malloc's list already. */
bool hakmem_tiny_collect_frees(struct hakmem_page *page)
{
    return lists_can_take(&page->lists);
}

/* Here a page that can be extended is as good as one with freed blocks: who comes first serves. */
struct hakmem_page *heap_find_freed(struct hakmem_heap *heap, unsigned size_class, struct hakmem_page **extendable)
{
    *extendable = NULL;
    for (unsigned visited = 0; visited < WALK_PAGES_MAX; visited++) {
        struct hakmem_page *page = heap->queues[size_class].first;
        if (page == NULL)
            return NULL;
        COUNT(pages_visited);
        if (hakmem_tiny_collect_frees(page) || page_extend(page))
            return page;
        heap_remove(heap, page);
        heap_push_back(heap, page);
    }
    return NULL;
}

struct hakmem_page *heap_extend(struct hakmem_heap *heap, struct hakmem_page *page)
{
    (void)heap;
    return page_extend(page) ? page : NULL;
}

/* Every page is in its queue always. */
void heap_list_all(struct hakmem_heap *heap)
{
    (void)heap;
}
void heap_take_returned(struct hakmem_heap *heap)
{
    (void)heap;
}
void heap_forget_notices(struct hakmem_heap *heap)
{
    (void)heap;
}

#endif
