/*
 * A page: adjacent slices cut into blocks of one size class, owned by one heap (or orphaned).
 *
 *   start                                  start + capacity * block_size          start + reserved * block_size
 *   | block | block | block | … handed out or in a list | never touched yet …                   | unused rest |
 *
 * Counting equation, when no other thread is at work:  capacity = blocks in use + blocks in the page's lists.
 * Which lists there are is the features' business: page_shared_list.h (one list for all threads) or
 * page_dual_lists.h (the owner's two, and one for the rest) or page_credit_list.h (a list head in the heap).  All give
 * lists_init, lists_take, lists_add, lists_collect, lists_can_take, lists_used, lists_chains and lists_mark_*.
 *
 * Only the owner calls what is here; an orphan's owner is whoever holds the orphan lock.
 */
#ifndef HAKMEM_PAGE_H
#define HAKMEM_PAGE_H

#include "block.h"
#include "count.h"
#include "region.h"
#include "size_class.h"

#if HAKMEM_USE_LOCAL_HEADS
#include "page_credit_list.h"
#elif HAKMEM_USE_DUAL_LISTS
#include "page_dual_lists.h"
#else
#include "page_shared_list.h"
#endif

/* The owner's line.  Written by the owner only, except for the shared list of phases 0 and 1. */
struct hakmem_page {
    struct page_lists lists;   /* see the two headers */
    struct hakmem_page *next;  /* in the class's queue, the heap's full list, or the orphans of the class */
    struct hakmem_page *prev;  /* likewise */
    _Atomic uint32_t capacity; /* blocks made so far; relaxed: others compare it with a count, as a hint; of a large
                                * block: see roomy.h */
    uint32_t reserved;         /* blocks that fit; of a large block: see growing.h */
    uint32_t block_size;       /* bytes */
    uint16_t slices;           /* in this page */
    uint8_t size_class;        /* of all its blocks */
    uint8_t unlisted; /* 1: full, out of its queue (packed_flags keeps this in the slice word); orphans: below */
} __attribute__((aligned(HAKMEM_CACHE_LINE)));

static_assert(sizeof(struct hakmem_page) == HAKMEM_CACHE_LINE, "a page's record is one cache line");

/* A page that is always there and never has a block: what empty cache entries and heaps point to. */
extern struct hakmem_page hakmem_page_none;

/* Makes a page of `count` slices from `first` on; no block exists yet. */
struct hakmem_page *page_init(size_t first, unsigned size_class, struct hakmem_heap *heap);
/* coloured_pages: nine lines from one page to the next, so that neighbours start apart, and 64 pages at 64 places. */
#define PAGE_COLOUR_STEP  ((size_t)9 * HAKMEM_CACHE_LINE)
#define PAGE_COLOUR_FIRST ((size_t)3 * HAKMEM_CACHE_LINE)
/* Larger blocks begin at more places anyway, and a page that is hardly used would touch two system pages for one. */
#define PAGE_COLOUR_BLOCK_MAX 256

/* Links blocks that lie behind each other, from the first to the last, whose own link stays as it is. */
static inline void page_link_in_order(char *first, const char *last, size_t bytes)
{
    for (char *block = first; block < last; block += bytes)
        block_link((struct hakmem_block *)block, (struct hakmem_block *)(block + bytes));
}

/* Makes up to 4 KiB more blocks; false if the page has reached its end. */
bool page_extend(struct hakmem_page *page);
/* Of a page without a colour: makes about so many bytes of blocks, without a link; *first of them, and how many. */
uint32_t page_extend_unlinked(struct hakmem_page *page, size_t bytes, char **first);
/* Its last `count` blocks, which are in no list, were never made. */
void page_shrink(struct hakmem_page *page, uint32_t count);
/* Gives an empty page's slices back.  It is in no queue any more. */
void page_retire(struct hakmem_page *page);
/* Rebuilds the lists from those of their blocks, and of `more`, that are blocks of the page; others are taken for used.
 * For a page that its thread may have been changing when it was stopped. */
void page_recount(struct hakmem_page *page, struct hakmem_block *more);
/* Verifies lists and counts of the owner's page: NULL, or what is broken. */
const char *page_check(struct hakmem_page *page);

static inline size_t page_slice(const struct hakmem_page *page)
{
    return (size_t)(page - hakmem_region.pages);
}
static inline char *page_start(const struct hakmem_page *page)
{
    return slice_start(page_slice(page));
}
static inline struct hakmem_remote *page_remote(const struct hakmem_page *page)
{
    return &hakmem_region.remotes[page_slice(page)];
}

static inline uint32_t page_owner(const struct hakmem_page *page)
{
    return slice_word_owner(slice_word(page_slice(page)));
}

static inline bool page_is_orphan(const struct hakmem_page *page)
{
    return page_owner(page) == SLICE_OWNER_ORPHAN;
}

static inline uint32_t page_capacity(struct hakmem_page *page)
{
    return atomic_load_explicit(&page->capacity, memory_order_relaxed);
}

/* The page of a slice that is in use; `word` is the slice's. */
static inline struct hakmem_page *page_of_slice(size_t slice, uint64_t word)
{
    return &hakmem_region.pages[slice - slice_word_back(word)];
}

/* The page of a block that lies in one. */
static inline struct hakmem_page *page_of_block(const void *block)
{
    size_t slice = slice_of(block);
    return page_of_slice(slice, slice_word(slice));
}

/* Owner: blocks that are in use, as far as the lists know. */
static inline uint32_t page_used(struct hakmem_page *page)
{
    return lists_used(&page->lists, page_capacity(page));
}

/* Owner: takes a block, or NULL. */
static inline void *page_take(struct hakmem_page *page)
{
    struct hakmem_block *block = lists_take(&page->lists);
    if (HAKMEM_LIKELY(block != NULL))
        BLOCK_UNPOISON(block, page->block_size);
    return block;
}

/* --- "unlisted": a page without a block for its owner leaves the queue ------------------------------------------ */

/* `unlisted` of an orphan that a forked child inherited: page_recount is due. */
#define PAGE_INHERITED 2
/* `unlisted` of an orphan that malloc found full: it is in no queue (orphan.c). */
#define PAGE_SET_ASIDE 3
/* `unlisted` of a large block that calloc gave without writing to it (sparse.h). */
#define SPAN_UNTOUCHED 4

#define SLICE_FLAG_UNLISTED ((uint64_t)1 << SLICE_FLAG_SHIFT)
/* Phase 5's credit finds a dry page without a flag, so the flag need not keep free from its shortest path. */
#define HAKMEM_FLAG_IN_WORD (HAKMEM_USE_PACKED_FLAGS && !HAKMEM_USE_LOCAL_HEADS)

static inline bool page_is_unlisted(struct hakmem_page *page)
{
    if (HAKMEM_FLAG_IN_WORD)
        return (slice_word(page_slice(page)) & SLICE_FLAG_UNLISTED) != 0;
    return page->unlisted;
}

static inline void page_set_unlisted(struct hakmem_page *page, bool unlisted)
{
    if (HAKMEM_FLAG_IN_WORD) {
        _Atomic uint64_t *word = &hakmem_region.map[page_slice(page)];
        uint64_t old = atomic_load_explicit(word, memory_order_relaxed);
        uint64_t new = unlisted ? old | SLICE_FLAG_UNLISTED : old & ~SLICE_FLAG_UNLISTED;
        atomic_store_explicit(word, new, memory_order_relaxed);
    } else {
        page->unlisted = unlisted;
    }
}

#endif
