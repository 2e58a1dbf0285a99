/*
 * Heaps: which page serves which class, and the direct cache that mirrors it.
 *
 * Every change of a queue's first page goes through direct_cache_update, which is what keeps the cache's invariant
 * (heap.h): a page that is retired, full or handed over has left the cache before anything else happens to it.
 */
#include "heap.h"
#include "fresh.h"
#include "heads.h"
#include "mailbox.h"
#include "orphan.h"
#include "purge.h"
#include "span.h"

/* --- the direct page cache (phase 1) ------------------------------------------------------------------------------ */

/* Points every word size that the class serves at its current first page. */
static void direct_cache_update(struct hakmem_heap *heap, unsigned size_class)
{
    if (!HAKMEM_DIRECT_CACHE_IN_USE || size_class >= SIZE_CLASS_TINY_COUNT)
        return;
    struct hakmem_page *first = heap->queues[size_class].first;
    if (first == NULL)
        first = &hakmem_page_none;
    for (unsigned words = size_class_first_words(size_class); words <= size_class_last_words(size_class); words++)
        heap->pages_direct[words] = first;
}

/* --- queues ----------------------------------------------------------------------------------------------------------
 */

void heap_push_front(struct hakmem_heap *heap, struct hakmem_page *page)
{
    queue_push_front(&heap->queues[page->size_class], page);
    direct_cache_update(heap, page->size_class);
}

void heap_push_back(struct hakmem_heap *heap, struct hakmem_page *page)
{
    queue_push_back(&heap->queues[page->size_class], page);
    direct_cache_update(heap, page->size_class);
}

void heap_remove(struct hakmem_heap *heap, struct hakmem_page *page)
{
    queue_remove(&heap->queues[page->size_class], page);
    direct_cache_update(heap, page->size_class);
}

void heap_make_blocks(struct hakmem_heap *heap, struct hakmem_page *page)
{
    if (class_has_range(page->size_class))
        fresh_fill(heap, page);
    else
        page_extend(page);
}

/* A page whose memory was in use before is resident.  So all blocks of a medium one are made at once: they cost nothing
 * then, and malloc need not run dry for each. */
static void make_first_blocks(struct hakmem_heap *heap, struct hakmem_page *page, bool was_used)
{
    heap_make_blocks(heap, page);
    if (HAKMEM_USE_FRESH_RANGES && was_used && !class_has_head(page->size_class))
        while (page_extend(page)) {
        }
}

/* The first of its queue. */
static struct hakmem_page *page_fresh(struct hakmem_heap *heap, unsigned size_class)
{
    bool zero;
    size_t first = span_take(size_class_slices(size_class), &zero);
    if (first == SPAN_NONE)
        return NULL;
    heap_count_pages(heap, 1);
    struct hakmem_page *page = page_init(first, size_class, heap);
    heap_push_front(heap, page);
    make_first_blocks(heap, page, !zero);
    return page;
}

static struct hakmem_page *page_queued(struct hakmem_heap *heap, unsigned size_class)
{
    struct hakmem_page *extendable;
    struct hakmem_page *page = heap_find_freed(heap, size_class, &extendable);
    return page != NULL || extendable == NULL ? page : heap_extend(heap, extendable);
}

static struct hakmem_page *page_adopted(struct hakmem_heap *heap, unsigned size_class)
{
    struct hakmem_page *page = orphan_take(size_class, heap);
    if (page == NULL)
        return NULL;
    heap_push_front(heap, page);
    return page_queued(heap, size_class);
}

struct hakmem_page *heap_find_more(struct hakmem_heap *heap, unsigned size_class, struct hakmem_page *extendable)
{
    if (extendable != NULL)
        return heap_extend(heap, extendable);
    struct hakmem_page *page = page_adopted(heap, size_class);
    if (page == NULL && heap_unpark(size_class))
        page = page_adopted(heap, size_class);
    if (page != NULL)
        return page;
    page = page_fresh(heap, size_class);
    if (page == NULL)
        return NULL;
    heap->winding_down = false;
    magazines_age(heap);
    heap_unpark_old();
    return page;
}

static void retire(struct hakmem_heap *heap, struct hakmem_page *page)
{
    heap_count_pages(heap, -1);
    page_retire(page);
}

/* The only page of a small class stays, so that a program at the edge of a page does not make and retire it forever. */
void heap_page_emptied(struct hakmem_heap *heap, struct hakmem_page *page)
{
    struct page_queue *queue = &heap->queues[page->size_class];
    if (page->slices == 1 && queue->first == queue->last && !heap->winding_down)
        return;
    heap_remove(heap, page);
    retire(heap, page);
    magazines_age(heap);
    heap_unpark_old();
}

/* Gives back what the heap keeps for the next malloc of each class: magazines, heads, and the last page of each, which
 * for a program that is done with a hundred classes are as many pages.  And keeps no more of what comes free, until it
 * makes a page. */
static void wind_down(struct hakmem_heap *heap)
{
    heap->winding_down = true;
    magazines_close(heap);
    heads_flush(heap);
    for (unsigned size_class = 0; size_class < SIZE_CLASS_COUNT; size_class++) {
        struct hakmem_page *page = heap->queues[size_class].first;
        if (page != NULL && page_used(page) == 0) {
            heap_remove(heap, page);
            retire(heap, page);
        }
    }
}

void heap_wind_down_if_due(struct hakmem_heap *heap)
{
    unsigned drops = purge_drops();
    if (!HAKMEM_USE_WATERMARK_PURGE || heap->drops == drops)
        return;
    heap->drops = drops;
    if (!heap->winding_down)
        wind_down(heap);
}

/* Of pages that have blocks in their owner's lists, too: nobody said so when the last one came back from elsewhere. */
static void retire_emptied(struct hakmem_heap *heap, unsigned size_class)
{
    for (struct hakmem_page *page = heap->queues[size_class].first, *next; page != NULL; page = next) {
        next = page->next;
        lists_collect(&page->lists, page_remote(page));
        if (page_used(page) != 0)
            continue;
        heap_remove(heap, page);
        retire(heap, page);
    }
}

void heap_keep_nothing(struct hakmem_heap *heap)
{
    heap_unpark_all();
    mailbox_take_all(heap);
    wind_down(heap);
    for (unsigned size_class = 0; size_class < SIZE_CLASS_COUNT; size_class++)
        retire_emptied(heap, size_class);
    spares_flush(&heap->spares);
}

void heap_abandon_pages(struct hakmem_heap *heap)
{
    mailbox_close(heap);
    magazines_flush(heap);
    spares_flush(&heap->spares);
    heads_flush(heap);
    heap_list_all(heap);
    for (unsigned size_class = 0; size_class < SIZE_CLASS_COUNT; size_class++) {
        for (struct hakmem_page *page; (page = heap->queues[size_class].first) != NULL;) {
            heap_remove(heap, page);
            lists_collect(&page->lists, page_remote(page));
            if (page_used(page) == 0) {
                retire(heap, page);
                continue;
            }
            heap_count_pages(heap, -1);
            orphan_add(page);
        }
    }
}

/* --- the check
 * -------------------------------------------------------------------------------------------------------- */

static const char *queue_check(struct hakmem_heap *heap, unsigned size_class)
{
    struct hakmem_page *prev = NULL;
    for (struct hakmem_page *page = heap->queues[size_class].first; page != NULL; page = page->next) {
        if (page_owner(page) != heap_owner_id(heap))
            return "a queue holds a page of another owner";
        if (page->size_class != size_class || page->prev != prev)
            return "a queue is linked wrongly";
        if (page_is_unlisted(page))
            return "a queue holds a page that is flagged unlisted";
        if (prev != NULL && !lists_is_listed(&page->lists, page_capacity(page)))
            return "a page behind the first of its queue does not count down to empty";
        const char *broken = page_check(page);
        if (broken != NULL)
            return broken;
        prev = page;
    }
    return heap->queues[size_class].last == prev ? NULL : "a queue's last page is not its end";
}

static const char *direct_cache_check(struct hakmem_heap *heap)
{
    for (unsigned words = 0; HAKMEM_DIRECT_CACHE_IN_USE && words < SIZE_WORDS_COUNT; words++) {
        struct hakmem_page *first = heap->queues[size_class_of(words * 8)].first;
        if (heap->pages_direct[words] != (first != NULL ? first : &hakmem_page_none))
            return "pages_direct is not the first page of the class";
    }
    return NULL;
}

static size_t queue_length(const struct page_queue *queue)
{
    size_t length = 0;
    for (const struct hakmem_page *page = queue->first; page != NULL; page = page->next)
        length++;
    return length;
}

static const char *count_check(const struct hakmem_heap *heap)
{
    size_t pages = queue_length(&heap->full);
    for (unsigned size_class = 0; size_class < SIZE_CLASS_COUNT; size_class++)
        pages += queue_length(&heap->queues[size_class]);
    return HAKMEM_USE_SHORT_CALLS && pages != heap_pages(heap) ? "a heap's count of its pages is wrong" : NULL;
}

const char *heap_check(struct hakmem_heap *heap)
{
    if (heap_is_none(heap))
        return NULL;
    const char *broken = direct_cache_check(heap);
    if (broken == NULL)
        broken = count_check(heap);
    if (broken == NULL)
        broken = heads_check(heap);
    if (broken == NULL)
        broken = magazines_check(heap);
    for (unsigned size_class = 0; broken == NULL && size_class < SIZE_CLASS_COUNT; size_class++)
        broken = queue_check(heap, size_class);
    for (struct hakmem_page *page = heap->full.first; broken == NULL && page != NULL; page = page->next) {
        broken = page_check(page);
        if (!page_is_unlisted(page))
            broken = "the full list holds a page that is not flagged unlisted";
    }
    return broken;
}
