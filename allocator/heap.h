/*
 * A heap: the pages of one thread.  Only that thread touches it, except for `returned`.
 *
 *   heap->queues[class]     pages of the class that may have a block for their owner; malloc takes from the first
 *   heap->pages_direct[w]   phase 1: that first page again, by the size in words, so that malloc needs no class
 *   heap->heads[class + 1]  phase 5: the free blocks themselves, in place of both (heads.h)
 *   heap->full              dual lists: pages found without a block, until one comes back
 *   heap->returned          dual lists: pages that were full and got a block back from another thread
 *
 * Invariant of the cache: pages_direct[w] == queues[class of w].first, or the page that never has a block if there
 * is none.  A heap outlives its thread and is then taken over by the next thread that needs one.
 */
#ifndef HAKMEM_HEAP_H
#define HAKMEM_HEAP_H

#include "magazine.h"
#include "spares.h"
#include "page_queue.h"

/* local_heads: classes to 8 KiB, whose pages are one slice, have a list head. */
#define HEADS_COUNT (SIZE_CLASS_TINY_COUNT + 3 * SIZE_CLASS_PER_DOUBLING)
static_assert(HAKMEM_SMALL_BLOCK_MAX == (size_t)HAKMEM_TINY_MAX << 3, "heads reach the end of the one-slice pages");

/* A list head does what the direct cache does, one load earlier: with heads, the cache is out of use. */
#define HAKMEM_DIRECT_CACHE_IN_USE (HAKMEM_USE_DIRECT_CACHE && !HAKMEM_USE_LOCAL_HEADS)
enum { direct_count = HAKMEM_DIRECT_CACHE_IN_USE ? SIZE_WORDS_COUNT : 1 };

/* Blocks that were never in use, see fresh.h. */
struct fresh_range {
    char *next;       /* the first */
    uint16_t left;    /* how many */
    uint16_t step;    /* bytes from one to the next */
    uint16_t batch;   /* so many are linked at a time */
    uint16_t run_kib; /* KiB made since malloc last found a freed block, as far as they count */
};

struct hakmem_heap {
#if HAKMEM_USE_MAGAZINES
    struct magazines magazines; /* phase 8, see magazine.h; first, so that malloc adds no offset */
#endif
    uint64_t id;                                 /* SLICE_OWNER_FIRST + index: the slice word of its pages */
    struct hakmem_heap *next_idle;               /* on the list of heaps without a thread */
    struct page_queue full;                      /* unlisted pages of all classes */
    struct page_queue queues[SIZE_CLASS_COUNT];  /* listed pages by class */
    struct hakmem_block *heads[HEADS_COUNT + 1]; /* local_heads: free blocks by class + 1, see heads.h */
#if HAKMEM_USE_FRESH_RANGES
    struct fresh_range fresh[HEADS_COUNT]; /* phase 12: by class, see fresh.h */
#endif
    struct hakmem_page *pages_direct[direct_count]; /* see above */
    struct spares spares;                           /* phase 9, see spares.h */
#if HAKMEM_USE_SHORT_CALLS
    struct hakmem_block *unread; /* phase 12: letters that were taken and not read yet, see mailbox.h */
    bool much_mail;              /* phase 12: there were many of these when they were taken */
    size_t pages;                /* phase 12: that it owns, see parked.h */
#endif
    bool only_frees;        /* phase 12: its thread came to it by free, and malloc has not run dry since */
    bool sparse;            /* phase 11, see sparse.h */
    intptr_t large_balance; /* large blocks that the thread took, less those it freed */
    unsigned drops;         /* purge_drops when the heap last looked */
    bool winding_down;      /* it keeps nothing, see heap.c */
    uint64_t quiet_ns;      /* when it last had none and kept nothing, see large.c */
    _Atomic(struct hakmem_page *) returned /* others push (release), the owner takes all (acquire) */
        __attribute__((aligned(HAKMEM_CACHE_LINE)));
    _Atomic unsigned
        parked_frees;           /* frees of others while the heap is parked; relaxed, on the line that others write */
    _Atomic(uintptr_t) mailbox; /* phase 12: letters, see mailbox.h; others push (release), the owner takes (acquire) */
} __attribute__((aligned(HAKMEM_CACHE_LINE)));

/* A heap as it lies in the region.  What a thread without a heap has is the heap alone. */
struct heap_record {
    struct hakmem_heap heap;
#if HAKMEM_USE_MAGAZINES
    void *places[MAGAZINE_PLACES]; /* its magazines' arrays, see magazine.h */
#endif
} __attribute__((aligned(HAKMEM_CACHE_LINE)));

/* The heap of the calling thread; never NULL: a thread without one has a heap that is always empty. */
extern _Thread_local struct hakmem_heap *hakmem_thread_heap __attribute__((tls_model("initial-exec")));
extern struct hakmem_heap hakmem_heap_none;

static inline bool heap_is_none(const struct hakmem_heap *heap)
{
    return heap == &hakmem_heap_none;
}
static inline uint32_t heap_owner_id(const struct hakmem_heap *heap)
{
    return (uint32_t)heap->id;
}

static inline struct hakmem_heap *heap_of_record(size_t index)
{
    return &hakmem_region.heaps[index].heap;
}

static inline void heap_init_magazines(struct heap_record *record)
{
#if HAKMEM_USE_MAGAZINES
    magazines_init(&record->heap.magazines, record->places);
#else
    (void)record;
#endif
}

/* short_calls: pages that come to the heap, or leave it. */
static inline void heap_count_pages(struct hakmem_heap *heap, int change)
{
#if HAKMEM_USE_SHORT_CALLS
    heap->pages += (size_t)(ptrdiff_t)change;
#else
    (void)heap;
    (void)change;
#endif
}
static inline size_t heap_pages(const struct hakmem_heap *heap)
{
#if HAKMEM_USE_SHORT_CALLS
    return heap->pages;
#else
    (void)heap;
    return 0;
#endif
}

/* --- heap.c ---------------------------------------------------------------------------------------------------- */

/* A page of the class with at least one block to take, now the first of its queue; NULL: no memory.  For when none has
 * a freed block: `extendable` (from heap_find_freed), one of an orphan or of a parked heap, or a fresh one. */
struct hakmem_page *heap_find_more(struct hakmem_heap *heap, unsigned size_class, struct hakmem_page *extendable);
/* Makes blocks in the page, the first of its queue. */
void heap_make_blocks(struct hakmem_heap *heap, struct hakmem_page *page);
/* Puts a page that the heap owns into its class's queue. */
void heap_push_front(struct hakmem_heap *heap, struct hakmem_page *page);
void heap_push_back(struct hakmem_heap *heap, struct hakmem_page *page);
void heap_remove(struct hakmem_heap *heap, struct hakmem_page *page);
/* The owner's last block of a listed page came back: retires the page, or keeps it as the class's only one. */
void heap_page_emptied(struct hakmem_heap *heap, struct hakmem_page *page);
/* If there is less in use by far than there was (purge.h): the heap keeps nothing for the next malloc.  Not to be
 * called while magazines or queues are being walked. */
void heap_wind_down_if_due(struct hakmem_heap *heap);
/* Memory is used up: gives back what this heap and the parked ones keep for the next malloc. */
void heap_keep_nothing(struct hakmem_heap *heap);
/* Gives back or orphans every page: the thread is about to end. */
void heap_abandon_pages(struct hakmem_heap *heap);
/* Verifies all that the calling thread's heap holds: NULL, or what is broken. */
const char *heap_check(struct hakmem_heap *heap);

/* --- heap_find_shared.c or heap_find_dual.c: how a page that ran dry is found again ------------------------------ */

/* A queued page with a freed block to take, moved to the front; NULL: there is none, and *extendable is a page that can
 * make more, or NULL. */
struct hakmem_page *heap_find_freed(struct hakmem_heap *heap, unsigned size_class, struct hakmem_page **extendable);
/* Makes blocks in such a page, and moves it to the front. */
struct hakmem_page *heap_extend(struct hakmem_heap *heap, struct hakmem_page *page);
/* Brings every page of the heap into its queue, for good: the thread is about to end. */
void heap_list_all(struct hakmem_heap *heap);
/* Brings blocks that were freed to the page to where malloc takes them; true if there are any. */
bool hakmem_tiny_collect_frees(struct hakmem_page *page);
/* Takes back what other threads freed into pages that were full. */
void heap_take_returned(struct hakmem_heap *heap);
/* In a forked child: lists the pages whose notice was under way on a thread that is no more. */
void heap_forget_notices(struct hakmem_heap *heap);

/* --- thread.c: whose heap is whose ------------------------------------------------------------------------------- */

/* The calling thread's heap, made if it has none; NULL: no memory, or the thread is about to end. */
struct hakmem_heap *heap_of_thread(void);
/* For a free: the calling thread's heap, the empty one if it has none; mailboxes: made once it has freed some blocks.
 */
struct hakmem_heap *heap_for_free(void);
/* As heap_of_thread, but a thread that is about to end, or that finds all heaps taken, gets one until heap_return,
 * which every call needs.  NULL: no memory. */
struct hakmem_heap *heap_borrow(void);
void heap_return(struct hakmem_heap *heap);
/* Abandons a parked heap that may have a block of the class; false if there is none. */
bool heap_unpark(unsigned size_class);
/* Another thread frees into a page of the heap, which may be parked: after some of these it is abandoned. */
void heap_freed_into_parked(struct hakmem_heap *heap);
/* Abandons one that has been parked for a while, or all. */
void heap_unpark_old(void);
void heap_unpark_all(void);
/* The heap table's lock, and that of the heap that threads share. */
void heap_table_lock(void);
void heap_table_unlock(void);
/* Lock held: heap records made so far. */
size_t heap_table_count(void);
/* In a forked child, lock held: all heaps but the survivor's are without a thread; their pages are orphans already. */
void heap_table_inherit(const struct hakmem_heap *survivor);

#endif
