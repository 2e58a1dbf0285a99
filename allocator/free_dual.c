/*
 * Dual lists: free beyond the owner's shortest path: large pages, unlisted pages, pages of other threads, orphans.
 */
#include "alloc.h"
#include "orphan.h"
#include "parked.h"

#if HAKMEM_USE_DUAL_LISTS

/* Owner: a full page has a block again. */
static void relist_full_page(struct hakmem_heap *heap, struct hakmem_page *page)
{
    if (!remote_relist(page_remote(page))) {
        lists_mark_uncounted(&page->lists);
        return; /* another thread was first; its notice will arrive on `returned` */
    }
    queue_remove(&heap->full, page);
    page_set_unlisted(page, false);
    lists_mark_listed(&page->lists, page_capacity(page));
    heap_push_back(heap, page);
}

static void page_event(struct hakmem_heap *heap, struct hakmem_page *page)
{
    if (page_is_unlisted(page))
        relist_full_page(heap, page);
    /* An emptied page is listed now: a notice on its way would mean a block in thread_free, which counts as used. */
    if (page_used(page) == 0)
        heap_page_emptied(heap, page);
}

void free_owned(struct hakmem_heap *heap, struct hakmem_page *page, struct hakmem_block *block)
{
    bool event = lists_give(&page->lists, block);
    if (event || (!HAKMEM_USE_LOCAL_HEADS && page_is_unlisted(page)))
        page_event(heap, page);
}

/* Called by free itself, with nothing else under way: the place to give back what the heap holds. */
void free_event(struct hakmem_heap *heap, struct hakmem_page *page)
{
    page_event(heap, page);
    heap_wind_down_if_due(heap);
}

/* Puts the page on its owner's returned stack.  The owner keeps page and heap until it has seen the page there. */
static void give_notice(struct hakmem_page *page)
{
    struct hakmem_remote *remote = page_remote(page);
    struct hakmem_heap *heap = remote->heap;
    struct hakmem_page *first = atomic_load_explicit(&heap->returned, memory_order_relaxed);
    do {
        remote->returned = first;
        COUNT(atomic_rmw);
    } while (!atomic_compare_exchange_weak_explicit(&heap->returned, &first, page, memory_order_release,
                                                    memory_order_relaxed));
}

/* The owner, or whoever acts as the owner, takes a chain back; true if the page's state must change. */
static bool give_chain(struct hakmem_page *page, struct remote_chain chain)
{
    bool event = false;
    for (struct hakmem_block *block = chain.first, *next; chain.count > 0; chain.count--, block = next) {
        next = chain.count > 1 ? block_next(block) : NULL; /* a chain's last link says nothing */
        event = lists_give(&page->lists, block) || event;
    }
    return event;
}

/* A thread without a heap does not get one for freeing: it acts as the orphan's owner under the orphan lock. */
static bool orphan_give(struct hakmem_page *page, struct remote_chain chain)
{
    orphan_lock();
    bool orphan = page_is_orphan(page);
    if (orphan) {
        give_chain(page, chain);
        orphan_freed_into(page);
    }
    orphan_unlock();
    if (orphan)
        orphan_retire_if_empty(page);
    return orphan;
}

/* Frees into an orphan: a thread that allocates takes the page over, so that its next frees there are local. */
static bool free_orphaned(struct hakmem_heap *heap, struct hakmem_page *page, struct remote_chain chain)
{
    if (heap_is_none(heap) || heap->only_frees)
        return orphan_give(page, chain);
    if (!orphan_claim(page, heap))
        return false;
    heap_push_back(heap, page);
    lists_collect(&page->lists, page_remote(page));
    give_chain(page, chain);
    if (page_used(page) == 0)
        heap_page_emptied(heap, page);
    return true;
}

/* A parked heap has no thread that would see what comes back. */
static void tell_parked(const struct hakmem_page *page)
{
    uint32_t owner = page_owner(page);
    if (owner >= SLICE_OWNER_FIRST)
        heap_freed_into_parked(heap_of_record(owner - SLICE_OWNER_FIRST));
}

void free_remote(struct hakmem_heap *heap, struct hakmem_page *page, struct remote_chain chain)
{
    COUNT_ADD(remote_frees, chain.count);
    if (HAKMEM_USE_PARKED_HEAPS && parked_any())
        tell_parked(page);
    for (;;) {
        uintptr_t found = remote_push(page_remote(page), chain);
        if (found == REMOTE_LISTED)
            return;
        if (found == REMOTE_UNLISTED) {
            give_notice(page);
            return;
        }
        if (free_orphaned(heap, page, chain))
            return;
    }
}

void free_general(void *p, size_t slice, uint64_t word)
{
    struct hakmem_heap *heap = hakmem_thread_heap;
    uint32_t owner = slice_word_owner(word);
    if (owner <= SLICE_OWNER_SPAN) {
        free_no_page(p, slice, word);
        return;
    }
    COUNT(free_calls);
    COUNT(free_slow);
    struct hakmem_page *page = page_of_slice(slice, word);
    BLOCK_POISON(p, page->block_size);
    if (owner == heap_owner_id(heap))
        free_owned(heap, page, p);
    else
        free_remote(heap, page, (struct remote_chain){p, p, 1});
}

#endif
