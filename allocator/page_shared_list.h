/*
 * Phases 0 and 1: one free list per page, shared by all threads.
 *
 *   head    63       48 47                    0
 *           | length   | first free block      |      one word, so that one CAS moves both
 *
 * Any thread pushes; only the owner pops.  With a single popper a block cannot leave and come back between its load
 * and its CAS, so the list has no ABA problem.  The length tells the thread that pushes the last block that the page
 * is empty, without another shared counter.
 */
#ifndef HAKMEM_PAGE_SHARED_LIST_H
#define HAKMEM_PAGE_SHARED_LIST_H

#include "block.h"
#include "count.h"
#include <stdatomic.h>
#include <stdbool.h>

struct hakmem_heap;

struct page_lists {
    _Atomic uint64_t head; /* any thread; a push releases the block's content, a pop acquires it; see lists_push */
};

/* No remote line is needed: the list itself is what others write. */
struct hakmem_remote {
    char unused[HAKMEM_CACHE_LINE];
};

#define LISTS_CHAINS_MAX  1
#define LIST_LENGTH_SHIFT 48
#define LIST_BLOCK_MASK   (((uint64_t)1 << LIST_LENGTH_SHIFT) - 1)

static inline struct hakmem_block *list_first(uint64_t head)
{
    return (struct hakmem_block *)(uintptr_t)(head & LIST_BLOCK_MASK);
}

static inline uint32_t list_length(uint64_t head)
{
    return (uint32_t)(head >> LIST_LENGTH_SHIFT);
}

static inline uint64_t list_head(struct hakmem_block *first, uint32_t length)
{
    return (uint64_t)(uintptr_t)first | (uint64_t)length << LIST_LENGTH_SHIFT;
}

static inline void lists_init(struct page_lists *lists, struct hakmem_remote *remote)
{
    (void)remote;
    atomic_store_explicit(&lists->head, 0, memory_order_relaxed);
}

/* Owner: takes the first block, or NULL. */
static inline struct hakmem_block *lists_take(struct page_lists *lists)
{
    uint64_t old = atomic_load_explicit(&lists->head, memory_order_acquire);
    for (;;) {
        struct hakmem_block *block = list_first(old);
        if (HAKMEM_UNLIKELY(block == NULL))
            return NULL;
        uint64_t new = list_head(block_next(block), list_length(old) - 1);
        COUNT(atomic_rmw);
        if (atomic_compare_exchange_weak_explicit(&lists->head, &old, new, memory_order_acquire, memory_order_acquire))
            return block;
    }
}

/* Any thread: pushes a chain of `count` linked blocks; the list's length after it.  Acquires the capacity that belongs
 * to that length, and the owner: whoever brings the last block back sees that the page is an orphan, unless
 * lists_mark_orphan comes after it and sees that block. */
static inline uint32_t lists_push(struct page_lists *lists, struct hakmem_block *first, struct hakmem_block *last,
                                  uint32_t count)
{
    uint64_t old = atomic_load_explicit(&lists->head, memory_order_relaxed);
    for (;;) {
        block_link(last, list_first(old));
        uint64_t new = list_head(first, list_length(old) + count);
        COUNT(atomic_rmw);
        if (atomic_compare_exchange_weak_explicit(&lists->head, &old, new, memory_order_acq_rel, memory_order_relaxed))
            return list_length(new);
    }
}

static inline void lists_add(struct page_lists *lists, struct hakmem_block *first, struct hakmem_block *last,
                             uint32_t count)
{
    lists_push(lists, first, last, count);
}

/* The owner, while nobody else knows the page: `chain` is all of its free blocks. */
static inline void lists_restore(struct page_lists *lists, struct remote_chain chain, uint32_t capacity)
{
    (void)capacity;
    atomic_store_explicit(&lists->head, list_head(chain.first, chain.count), memory_order_relaxed);
}

static inline bool lists_can_take(struct page_lists *lists)
{
    return list_first(atomic_load_explicit(&lists->head, memory_order_relaxed)) != NULL;
}

static inline bool lists_is_listed(struct page_lists *lists, uint32_t capacity)
{
    (void)lists;
    (void)capacity;
    return true;
}

/* The page's slices name no owner any more. */
static inline void lists_mark_orphan(struct page_lists *lists)
{
    atomic_fetch_add_explicit(&lists->head, 0, memory_order_acq_rel);
}

static inline void lists_mark_listed(struct page_lists *lists, uint32_t capacity)
{
    (void)lists;
    (void)capacity;
}

/* Owners and orphans need no mark here: every thread pushes in the same way. */
static inline void remote_set_heap(struct hakmem_remote *remote, struct hakmem_heap *heap)
{
    (void)remote;
    (void)heap;
}

static inline void remote_set_orphan(struct hakmem_remote *remote, bool orphan)
{
    (void)remote;
    (void)orphan;
}

/* Freed blocks are where lists_take looks already. */
static inline bool lists_collect(struct page_lists *lists, struct hakmem_remote *remote)
{
    (void)remote;
    return lists_can_take(lists);
}

/* Blocks in use, of `capacity`.  Acquire: 0 means that the page may be given back, after what its last users wrote. */
static inline uint32_t lists_used(struct page_lists *lists, uint32_t capacity)
{
    return capacity - list_length(atomic_load_explicit(&lists->head, memory_order_acquire));
}

/* The chains of free blocks, for the check; *count: how many blocks they must hold.  One chain here. */
static inline unsigned lists_chains(struct page_lists *lists, uint32_t capacity,
                                    const struct hakmem_block *chains[LISTS_CHAINS_MAX], uint32_t *count)
{
    uint64_t head = atomic_load_explicit(&lists->head, memory_order_acquire);
    (void)capacity;
    chains[0] = list_first(head);
    *count = list_length(head);
    return 1;
}

#endif
