/*
 * Phase 5: malloc takes from a list head in the heap, and a page only counts what comes back.
 *
 *   heap->heads[…] -> block -> block -> …    all free blocks of the class's first page, taken in one go
 *   page->freed        -> block -> …             what the owner freed since
 *
 * Instead of blocks in use, which malloc would have to count, a page counts down from `base`:
 *
 *   credit = base - blocks in freed          and free calls for help when credit reaches 0
 *
 *   listed    base = capacity    0: every block came back: the page may be retired
 *   dry       base = 1           0: the first block came back: the page must be listed again
 *   taken     base = UNCOUNTED   never 0: its blocks may be in the heap's list, so it is neither dry nor empty
 *
 * So one decrement and one compare serve both events.
 */
#ifndef HAKMEM_PAGE_CREDIT_LIST_H
#define HAKMEM_PAGE_CREDIT_LIST_H

#include "remote.h"

struct page_lists {
    struct hakmem_block *freed; /* owner: free pushes here */
    uint32_t credit;            /* owner: frees until the page's state must change */
    uint32_t base;              /* owner: what credit counts down from */
};

#define LISTS_CHAINS_MAX 1
/* More than the blocks of any page. */
#define CREDIT_UNCOUNTED ((uint32_t)1 << 30)

static inline uint32_t lists_freed_count(const struct page_lists *lists)
{
    return lists->base - lists->credit;
}

static inline void lists_rebase(struct page_lists *lists, uint32_t base)
{
    uint32_t freed = lists_freed_count(lists);
    lists->base = base;
    lists->credit = base - freed;
}

static inline void lists_init(struct page_lists *lists, struct hakmem_remote *remote)
{
    lists->freed = NULL;
    lists->credit = 0;
    lists->base = 0;
    atomic_store_explicit(&remote->thread_free, REMOTE_LISTED, memory_order_relaxed);
}

/* Owner, of a listed page: takes the first block, or NULL.  For classes without a list head. */
static inline struct hakmem_block *lists_take(struct page_lists *lists)
{
    struct hakmem_block *block = lists->freed;
    if (HAKMEM_UNLIKELY(block == NULL))
        return NULL;
    lists->freed = block_next(block);
    lists->credit++;
    return block;
}

/* Owner: takes all blocks for the heap's list head. */
static inline struct hakmem_block *lists_take_all(struct page_lists *lists)
{
    struct hakmem_block *first = lists->freed;
    lists->freed = NULL;
    lists->base = CREDIT_UNCOUNTED;
    lists->credit = CREDIT_UNCOUNTED;
    return first;
}

/* Owner: takes a block back; true if the page's state must change. */
static inline bool lists_give(struct page_lists *lists, struct hakmem_block *block)
{
    block_link(block, lists->freed);
    lists->freed = block;
    return --lists->credit == 0;
}

/* Owner: is it the block that came back last? */
static inline bool lists_gave_last(const struct page_lists *lists, const struct hakmem_block *block)
{
    return lists->freed == block;
}

/* Owner: takes a chain back, without an event. */
static inline void lists_give_chain(struct page_lists *lists, struct remote_chain chain)
{
    if (chain.first == NULL)
        return;
    block_link(chain.last, lists->freed);
    lists->freed = chain.first;
    lists->credit -= chain.count;
}

/* Owner: adds a chain of new blocks; the capacity has grown by as many. */
static inline void lists_add(struct page_lists *lists, struct hakmem_block *first, struct hakmem_block *last,
                             uint32_t count)
{
    block_link(last, lists->freed);
    lists->freed = first;
    lists->base += count;
}

static inline bool lists_can_take(struct page_lists *lists)
{
    return lists->freed != NULL;
}

/* Owner: brings what other threads freed to `freed`.  True if there is a block. */
static inline bool lists_collect(struct page_lists *lists, struct hakmem_remote *remote)
{
    COUNT(collections);
    lists_give_chain(lists, remote_take_all(remote));
    return lists->freed != NULL;
}

/* remote_set_orphan says it to who frees. */
static inline void lists_mark_orphan(struct page_lists *lists)
{
    (void)lists;
}

static inline void lists_mark_listed(struct page_lists *lists, uint32_t capacity)
{
    lists_rebase(lists, capacity);
}
static inline void lists_mark_dry(struct page_lists *lists)
{
    lists_rebase(lists, 1);
}
static inline void lists_mark_uncounted(struct page_lists *lists)
{
    lists_rebase(lists, CREDIT_UNCOUNTED);
}

/* Owner: `chain` is all of the page's free blocks; of a listed page. */
static inline void lists_restore(struct page_lists *lists, struct remote_chain chain, uint32_t capacity)
{
    lists->freed = chain.first;
    lists->base = capacity;
    lists->credit = capacity - chain.count;
}

/* Does the count-down end when every block is back?  For the check. */
static inline bool lists_is_listed(struct page_lists *lists, uint32_t capacity)
{
    return lists->base == capacity;
}

/* Blocks that are neither in `freed`: in use, in the heap's list head, or in thread_free. */
static inline uint32_t lists_used(struct page_lists *lists, uint32_t capacity)
{
    return capacity - lists_freed_count(lists);
}

/* The owner's chain of free blocks, for the check; *count: how many blocks it must hold. */
static inline unsigned lists_chains(struct page_lists *lists, uint32_t capacity,
                                    const struct hakmem_block *chains[LISTS_CHAINS_MAX], uint32_t *count)
{
    (void)capacity;
    chains[0] = lists->freed;
    *count = lists_freed_count(lists);
    return 1;
}

#endif
