/*
 * Orphans.  A page is one exactly if its slices' owner is SLICE_OWNER_ORPHAN; that and the queues change under the lock
 * only, so whoever holds it is the orphans' owner.
 *
 *   queue of the class --(malloc finds it without a block)--> set aside: in no queue --(a free into it)--> queue
 *
 * malloc takes the first page of a queue that has a block.  It meets a full one once: with dual lists every free into
 * an orphan comes here, so the page can be left where only its blocks lead to it.  Frees to a shared list pass unseen:
 * there a full page goes to the back.  Either way malloc looks at a bounded number of pages, since a thread that ended
 * may have left any number of full ones.
 */
#include "orphan.h"
#include "lock.h"

static struct lock lock;
static struct page_queue orphans[SIZE_CLASS_COUNT];
static _Atomic uint32_t orphan_counts[SIZE_CLASS_COUNT]; /* relaxed hint, so that an empty queue costs no lock */

/* Full pages that one malloc sets aside, at most; then a fresh page is made. */
#define ORPHAN_VISITS_MAX 16

static void count_add(unsigned size_class, uint32_t change)
{
    atomic_fetch_add_explicit(&orphan_counts[size_class], change, memory_order_relaxed);
}

static void orphan_enqueue(struct hakmem_page *page)
{
    queue_push_back(&orphans[page->size_class], page);
    count_add(page->size_class, 1);
}

static void orphan_remove(struct hakmem_page *page)
{
    if (page->unlisted == PAGE_SET_ASIDE) {
        page->unlisted = 0;
        return;
    }
    queue_remove(&orphans[page->size_class], page);
    count_add(page->size_class, (uint32_t)-1);
}

/* The lists of an inherited page are put in order when they are first needed: a child that only calls exec never pays.
 */
static void orphan_settle(struct hakmem_page *page)
{
    if (page->unlisted != PAGE_INHERITED)
        return;
    page_recount(page, NULL);
    page->unlisted = 0;
}

static void orphan_adopt(struct hakmem_page *page, struct hakmem_heap *heap)
{
    orphan_settle(page);
    orphan_remove(page);
    slices_set_owner(page_slice(page), page->slices, heap_owner_id(heap), magazine_tag(page->size_class));
    remote_set_heap(page_remote(page), heap);
    remote_set_orphan(page_remote(page), false);
    heap_count_pages(heap, 1);
    COUNT(pages_claimed);
}

static void add_locked(struct hakmem_page *page)
{
    slices_set_owner(page_slice(page), page->slices, SLICE_OWNER_ORPHAN, magazine_tag(page->size_class));
    orphan_enqueue(page);
    lists_mark_orphan(&page->lists);
    remote_set_orphan(page_remote(page), true);
}

static void orphan_set_aside(struct hakmem_page *page)
{
    orphan_remove(page);
    if (HAKMEM_USE_DUAL_LISTS)
        page->unlisted = PAGE_SET_ASIDE;
    else
        orphan_enqueue(page);
}

void orphan_freed_into(struct hakmem_page *page)
{
    if (page->unlisted != PAGE_SET_ASIDE)
        return;
    page->unlisted = 0;
    orphan_enqueue(page);
}

void orphan_inherit(struct hakmem_page *page)
{
    add_locked(page);
    page->unlisted = HAKMEM_USE_DUAL_LISTS ? PAGE_INHERITED : 0; /* one atomic list is in order at any moment */
}

void orphan_add(struct hakmem_page *page)
{
    lock_take(&lock);
    add_locked(page);
    lock_give(&lock);
    COUNT(pages_orphaned);
    /* The last block may have come back before the page was seen to be an orphan. */
    orphan_retire_if_empty(page);
}

static bool orphan_has_room(struct hakmem_page *page)
{
    orphan_settle(page);
    return lists_collect(&page->lists, page_remote(page)) || page_capacity(page) < page->reserved;
}

struct hakmem_page *orphan_take(unsigned size_class, struct hakmem_heap *heap)
{
    if (atomic_load_explicit(&orphan_counts[size_class], memory_order_relaxed) == 0)
        return NULL;
    lock_take(&lock);
    struct hakmem_page *page = orphans[size_class].first;
    unsigned visits = 1;
    while (page != NULL && !orphan_has_room(page)) {
        orphan_set_aside(page);
        page = visits++ < ORPHAN_VISITS_MAX ? orphans[size_class].first : NULL;
    }
    if (page != NULL)
        orphan_adopt(page, heap);
    lock_give(&lock);
    return page;
}

bool orphan_claim(struct hakmem_page *page, struct hakmem_heap *heap)
{
    lock_take(&lock);
    bool claimed = page_is_orphan(page);
    if (claimed)
        orphan_adopt(page, heap);
    lock_give(&lock);
    return claimed;
}

/* Meanwhile others may have taken the page over and given it back, and its slices may be the middle of another orphan:
 * what the record says counts only if the slice is still some orphan's first. */
static bool page_is_whole_orphan(const struct hakmem_page *page)
{
    return page_is_orphan(page) && slice_word_back(slice_word(page_slice(page))) == 0;
}

void orphan_retire_if_empty(struct hakmem_page *page)
{
    lock_take(&lock);
    bool empty = page_is_whole_orphan(page);
    if (empty) {
        orphan_settle(page);
        lists_collect(&page->lists, page_remote(page));
        empty = page_used(page) == 0;
    }
    if (empty) {
        orphan_remove(page);
        slices_set_owner(page_slice(page), page->slices, SLICE_OWNER_NOBODY, 0); /* nobody retires it a second time */
    }
    lock_give(&lock);
    if (empty)
        page_retire(page);
}

void orphan_lock(void)
{
    lock_take(&lock);
}
void orphan_unlock(void)
{
    lock_give(&lock);
}
