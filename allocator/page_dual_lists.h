/*
 * Phase 2: three free lists per page, so that the owner never needs an atomic operation.
 *
 *   owner's line     free        where malloc takes
 *                    local_free  where the owner's free pushes: never where malloc pops, so that a store is not
 *                                loaded again at once (store-to-load forwarding)
 *   remote line      thread_free where all other threads push, and two bits of state
 *
 *   free  <---- lists_collect, once free is empty ----  local_free  <---- first of all ----  thread_free
 *
 * The protocol of thread_free is in remote.h.
 */
#ifndef HAKMEM_PAGE_DUAL_LISTS_H
#define HAKMEM_PAGE_DUAL_LISTS_H

#include "remote.h"

struct page_lists {
    struct hakmem_block *free;       /* owner: malloc takes here */
    struct hakmem_block *local_free; /* owner: free pushes here */
    uint32_t used;                   /* owner: blocks in use, those in thread_free included */
};

#define LISTS_CHAINS_MAX 2

static inline void lists_init(struct page_lists *lists, struct hakmem_remote *remote)
{
    lists->free = NULL;
    lists->local_free = NULL;
    lists->used = 0;
    atomic_store_explicit(&remote->thread_free, REMOTE_LISTED, memory_order_relaxed);
}

/* Owner: takes the first block, or NULL. */
static inline struct hakmem_block *lists_take(struct page_lists *lists)
{
    struct hakmem_block *block = lists->free;
    if (HAKMEM_UNLIKELY(block == NULL))
        return NULL;
    lists->free = block_next(block);
    lists->used++;
    return block;
}

/* Owner: takes a block back; true if it was the last one in use. */
static inline bool lists_give(struct page_lists *lists, struct hakmem_block *block)
{
    block_link(block, lists->local_free);
    lists->local_free = block;
    return --lists->used == 0;
}

/* Owner: adds a chain of new blocks. */
static inline void lists_add(struct page_lists *lists, struct hakmem_block *first, struct hakmem_block *last,
                             uint32_t count)
{
    (void)count;
    block_link(last, lists->free);
    lists->free = first;
}

static inline bool lists_can_take(struct page_lists *lists)
{
    return lists->free != NULL;
}

/* Owner: moves what other threads freed to local_free. */
static inline void lists_collect_remote(struct page_lists *lists, struct hakmem_remote *remote)
{
    struct remote_chain chain = remote_take_all(remote);
    if (chain.first == NULL)
        return;
    block_link(chain.last, lists->local_free);
    lists->local_free = chain.first;
    lists->used -= chain.count;
}

/* Owner: brings freed blocks to where lists_take looks.  True if it finds any. */
static inline bool lists_collect(struct page_lists *lists, struct hakmem_remote *remote)
{
    COUNT(collections);
    lists_collect_remote(lists, remote);
    if (lists->free == NULL) {
        lists->free = lists->local_free;
        lists->local_free = NULL;
    }
    return lists->free != NULL;
}

/* Owner: `chain` is all of the page's free blocks. */
static inline void lists_restore(struct page_lists *lists, struct remote_chain chain, uint32_t capacity)
{
    lists->free = chain.first;
    lists->local_free = NULL;
    lists->used = capacity - chain.count;
}

/* `used` needs no marks: these are for page_credit_list.h. */
static inline bool lists_is_listed(struct page_lists *lists, uint32_t capacity)
{
    (void)lists;
    (void)capacity;
    return true;
}

/* remote_set_orphan says it to who frees. */
static inline void lists_mark_orphan(struct page_lists *lists)
{
    (void)lists;
}

static inline void lists_mark_listed(struct page_lists *lists, uint32_t capacity)
{
    (void)lists;
    (void)capacity;
}
static inline void lists_mark_dry(struct page_lists *lists)
{
    (void)lists;
}
static inline void lists_mark_uncounted(struct page_lists *lists)
{
    (void)lists;
}

/* Blocks in use, those in thread_free included. */
static inline uint32_t lists_used(struct page_lists *lists, uint32_t capacity)
{
    (void)capacity;
    return lists->used;
}

/* The owner's chains of free blocks, for the check; *count: how many blocks they must hold. */
static inline unsigned lists_chains(struct page_lists *lists, uint32_t capacity,
                                    const struct hakmem_block *chains[LISTS_CHAINS_MAX], uint32_t *count)
{
    chains[0] = lists->free;
    chains[1] = lists->local_free;
    *count = capacity - lists->used;
    return 2;
}

#endif
