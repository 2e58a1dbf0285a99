/*
 * Dual lists: a page that ran dry leaves its queue, and whoever frees the first block into it brings it back.
 *
 *   queue --(owner finds it full)--> full list --(owner frees into it)---------------------------> queue
 *                                              --(other thread frees: notice on `returned`)------> queue
 *
 * The protocol is that of page_dual_lists.h.  `unlisted` is the owner's knowledge, the state in thread_free is what
 * other threads see.
 */
#include "heap.h"
#include <sched.h>

#if HAKMEM_USE_DUAL_LISTS

static void page_relist(struct hakmem_heap *heap, struct hakmem_page *page)
{
    queue_remove(&heap->full, page);
    page_set_unlisted(page, false);
    lists_mark_listed(&page->lists, page_capacity(page));
    heap_push_back(heap, page);
}

/* Moves a dry page to the full list; false if blocks came back meanwhile. */
static bool page_unlist(struct hakmem_heap *heap, struct hakmem_page *page)
{
    if (!remote_unlist(page_remote(page)))
        return false;
    heap_remove(heap, page);
    page_set_unlisted(page, true);
    lists_mark_dry(&page->lists);
    queue_push_back(&heap->full, page);
    return true;
}

/* A page got blocks back from another thread. */
static void page_take_back(struct hakmem_heap *heap, struct hakmem_page *page)
{
    page_relist(heap, page);
    lists_collect(&page->lists, page_remote(page));
    if (page_used(page) == 0)
        heap_page_emptied(heap, page);
}

void heap_take_returned(struct hakmem_heap *heap)
{
    if (atomic_load_explicit(&heap->returned, memory_order_relaxed) == NULL)
        return;
    COUNT(atomic_rmw);
    struct hakmem_page *page = atomic_exchange_explicit(&heap->returned, NULL, memory_order_acquire);
    while (page != NULL) {
        struct hakmem_page *next = page_remote(page)->returned;
        page_take_back(heap, page);
        page = next;
    }
}

static struct hakmem_page *page_without_notice(struct hakmem_heap *heap)
{
    struct hakmem_page *page = heap->full.first;
    while (page != NULL && !remote_is_listed(page_remote(page)))
        page = page->next;
    return page;
}

/* From the start again each time, of which there is one at most for each thread that is no more: a page that is retired
 * may empty magazines, and that lists other full pages. */
void heap_forget_notices(struct hakmem_heap *heap)
{
    heap_take_returned(heap);
    for (struct hakmem_page *page; (page = page_without_notice(heap)) != NULL;)
        page_take_back(heap, page);
}

/* The roadmap's name for what brings freed blocks back to malloc's list: remote frees first, then the swap. */
bool hakmem_tiny_collect_frees(struct hakmem_page *page)
{
    return lists_collect(&page->lists, page_remote(page));
}

static struct hakmem_page *page_to_front(struct hakmem_heap *heap, struct hakmem_page *page)
{
    struct hakmem_page *first = heap->queues[page->size_class].first;
    if (page != first) {
        lists_mark_listed(&first->lists, page_capacity(first)); /* the head that took its blocks is empty by now */
        heap_remove(heap, page);
        heap_push_front(heap, page);
    }
    return page;
}

/* Blocks that were freed come before memory that was never touched; but adopted orphans may be many, and a look at each
 * of them whenever malloc runs dry would be quadratic. */
#define EXTENDABLE_VISITS_MAX 8

struct hakmem_page *heap_find_freed(struct hakmem_heap *heap, unsigned size_class, struct hakmem_page **extendable)
{
    heap_take_returned(heap);
    *extendable = NULL;
    unsigned visits = 0;
    for (struct hakmem_page *page = heap->queues[size_class].first, *next;
         page != NULL && visits < EXTENDABLE_VISITS_MAX; page = next) {
        next = page->next;
        COUNT(pages_visited);
        if (hakmem_tiny_collect_frees(page))
            return page_to_front(heap, page);
        if (page_capacity(page) < page->reserved) {
            *extendable = page;
            visits++;
        } else if (!page_unlist(heap, page)) {
            next = page; /* blocks came back meanwhile: look again */
        }
    }
    return NULL;
}

struct hakmem_page *heap_extend(struct hakmem_heap *heap, struct hakmem_page *page)
{
    page_to_front(heap, page);
    heap_make_blocks(heap, page);
    return page;
}

void heap_list_all(struct hakmem_heap *heap)
{
    for (;;) {
        heap_take_returned(heap);
        struct hakmem_page *page = heap->full.first;
        if (page == NULL)
            return;
        if (remote_relist(page_remote(page)))
            page_relist(heap, page);
        else
            sched_yield(); /* its notice is a few instructions away, on another thread */
    }
}

#endif
