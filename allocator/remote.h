/*
 * Remote frees: the word that other threads write, and its protocol.
 *
 * The state in the two low bits of thread_free answers one question: who makes a page findable again when the first
 * block comes back to it from another thread?
 *
 *   LISTED    nobody needs to: the page is in its owner's queue, or the owner has been told already
 *   UNLISTED  the thread that pushes the first block: it turns the state to LISTED with the same CAS, then puts the
 *             page on the owner's `returned` stack
 *   ORPHAN    the owner is gone: whoever wants to push claims the page first (orphan.c)
 *
 *               owner finds it full                        first remote push (one CAS: block and state)
 *      LISTED ----------------------> UNLISTED (list empty) --------------------------------------------> LISTED
 *      LISTED --- the owner exits --> ORPHAN --- somebody claims it --> LISTED
 *
 * While a page is flagged unlisted by its owner and its state says LISTED, a notice is on its way: the owner may
 * neither retire nor orphan it until the notice arrives.  That is all that keeps the notice's pointers valid.
 */
#ifndef HAKMEM_REMOTE_H
#define HAKMEM_REMOTE_H

#include "block.h"
#include "count.h"
#include <stdatomic.h>
#include <stdbool.h>

struct hakmem_heap;
struct hakmem_page;

/* The line that other threads write. */
struct hakmem_remote {
    _Atomic(uintptr_t) thread_free; /* first block | state; a push releases, the owner's collection acquires */
    struct hakmem_page *returned;   /* next page on the heap's returned stack; written by who puts the page there */
    struct hakmem_heap *heap;       /* the owner, for notices; written when the page changes hands */
} __attribute__((aligned(HAKMEM_CACHE_LINE)));

#define REMOTE_LISTED     ((uintptr_t)0)
#define REMOTE_UNLISTED   ((uintptr_t)1)
#define REMOTE_ORPHAN     ((uintptr_t)2)
#define REMOTE_STATE_MASK ((uintptr_t)3)

static inline struct hakmem_block *remote_first(uintptr_t word)
{
    return (struct hakmem_block *)(word & ~REMOTE_STATE_MASK);
}

static inline void remote_set_heap(struct hakmem_remote *remote, struct hakmem_heap *heap)
{
    remote->heap = heap;
}

/* Owner: takes every block that other threads freed; the state stays. */
static inline struct remote_chain remote_take_all(struct hakmem_remote *remote)
{
    uintptr_t old = atomic_load_explicit(&remote->thread_free, memory_order_relaxed);
    if (remote_first(old) == NULL)
        return (struct remote_chain){NULL, NULL, 0};
    do {
        COUNT(atomic_rmw);
    } while (!atomic_compare_exchange_weak_explicit(&remote->thread_free, &old, old & REMOTE_STATE_MASK,
                                                    memory_order_acquire, memory_order_relaxed));
    struct remote_chain chain = {remote_first(old), remote_first(old), 1};
    for (struct hakmem_block *next = block_next(chain.last); next != NULL; next = block_next(next)) {
        chain.last = next;
        chain.count++;
    }
    return chain;
}

/* --- the state in thread_free ---------------------------------------------------------------------------------- */

/* Any thread: pushes a chain of blocks.  Returns the state that it found: LISTED: done.  UNLISTED: done, and the caller
 * must put the page on its owner's returned stack.  ORPHAN: nothing was pushed, the caller must claim the page first.
 */
static inline uintptr_t remote_push(struct hakmem_remote *remote, struct remote_chain chain)
{
    uintptr_t old = atomic_load_explicit(&remote->thread_free, memory_order_relaxed);
    for (;;) {
        uintptr_t state = old & REMOTE_STATE_MASK;
        if (state == REMOTE_ORPHAN)
            return state;
        block_link(chain.last, remote_first(old));
        COUNT(atomic_rmw);
        /* acq_rel: releases the blocks; acquires the owner's `heap` field, which the caller reads to give notice. */
        if (atomic_compare_exchange_weak_explicit(&remote->thread_free, &old, (uintptr_t)chain.first | REMOTE_LISTED,
                                                  memory_order_acq_rel, memory_order_relaxed))
            return state;
    }
}

/* Owner: asks the next remote push for a notice.  False if blocks came back meanwhile: collect them instead. */
static inline bool remote_unlist(struct hakmem_remote *remote)
{
    uintptr_t expected = REMOTE_LISTED;
    COUNT(atomic_rmw);
    return atomic_compare_exchange_strong_explicit(&remote->thread_free, &expected, REMOTE_UNLISTED,
                                                   memory_order_release, memory_order_relaxed);
}

/* Owner: takes that back.  False if a notice is on its way: the page will arrive on the returned stack. */
static inline bool remote_relist(struct hakmem_remote *remote)
{
    uintptr_t expected = REMOTE_UNLISTED;
    COUNT(atomic_rmw);
    return atomic_compare_exchange_strong_explicit(&remote->thread_free, &expected, REMOTE_LISTED, memory_order_acquire,
                                                   memory_order_relaxed);
}

/* Owner: has another thread turned the state, or is no page unlisted? */
static inline bool remote_is_listed(struct hakmem_remote *remote)
{
    return (atomic_load_explicit(&remote->thread_free, memory_order_relaxed) & REMOTE_STATE_MASK) == REMOTE_LISTED;
}

/* Holder of the orphan lock: sets the state, keeps the list. */
static inline void remote_set_orphan(struct hakmem_remote *remote, bool orphan)
{
    uintptr_t state = orphan ? REMOTE_ORPHAN : REMOTE_LISTED;
    uintptr_t old = atomic_load_explicit(&remote->thread_free, memory_order_relaxed);
    do {
        COUNT(atomic_rmw);
    } while (!atomic_compare_exchange_weak_explicit(&remote->thread_free, &old, (uintptr_t)remote_first(old) | state,
                                                    memory_order_acq_rel, memory_order_relaxed));
}

#endif
