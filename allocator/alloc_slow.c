/* The slow half of malloc and free: heaps that do not exist yet, pages that ran dry, blocks outside the region. */
#include "alloc.h"
#include "borrow.h"
#include "fatal.h"
#include "fresh.h"
#include "guard.h"
#include "home.h"
#include "huge.h"
#include "large.h"
#include "mailbox.h"
#include "orphan.h"
#include "purge.h"
#include "sparse.h"
#include "hakmem.h"
#include <errno.h>
#include <string.h>

static void *out_of_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

/* Takes a block of the class from the page that malloc is at, or NULL. */
static void *made_take(struct hakmem_heap *heap, unsigned size_class)
{
    void *block = head_take(heap, size_class);
    return block == NULL && class_has_range(size_class) ? fresh_take(heap, size_class) : block;
}

static bool mail_waits(const struct hakmem_heap *heap)
{
    return HAKMEM_USE_MAILBOXES && HAKMEM_USE_SHORT_CALLS && mailbox_waits(heap);
}

/* The page is the first of its class and has a block. */
static void *block_of_page(struct hakmem_heap *heap, struct hakmem_page *page)
{
    if (!class_has_head(page->size_class))
        return page_take(page);
    if (mail_waits(heap) && lists_can_take(&page->lists))
        return page_take(page); /* and the next malloc comes here again */
    if (lists_can_take(&page->lists)) {
        fresh_found_freed(heap, page->size_class);
        head_fill(heap, page);
    }
    return made_take(heap, page->size_class);
}

/* A heap that the thread has for one block gives none of a larger class: where an aligned request cannot use it, there
 * is no heap that could be told so (exact_whole). */
static void *borrowed_block(struct hakmem_heap *heap, unsigned size_class)
{
    return HAKMEM_USE_BORROWED_BLOCKS && heap == hakmem_thread_heap ? borrow_block(heap, size_class) : NULL;
}

/* First from memory that was in use before: of the class's own pages, or of a larger class. */
static void *block_of_heap(struct hakmem_heap *heap, unsigned size_class)
{
    struct hakmem_page *extendable;
    struct hakmem_page *page = heap_find_freed(heap, size_class, &extendable);
    void *borrowed = page == NULL ? borrowed_block(heap, size_class) : NULL;
    if (borrowed != NULL)
        return borrowed;
    if (page == NULL)
        page = heap_find_more(heap, size_class, extendable);
    return page != NULL ? block_of_page(heap, page) : NULL;
}

static void *alloc_from_heap(struct hakmem_heap *heap, unsigned size_class)
{
    void *block = class_has_head(size_class) ? made_take(heap, size_class) : NULL;
    if (block != NULL)
        return block; /* the thread has just got a heap that was parked */
    heap->only_frees = false;
    block = mailbox_take(heap) ? magazine_take_class(heap, size_class) : NULL;
    if (mail_waits(heap))
        magazine_close(heap, size_class);
    if (block != NULL)
        return block;
    magazine_lengthen(heap, size_class);
    if (!mail_waits(heap))
        magazine_open(heap, size_class);
    /* Medium blocks that wait in magazines keep pages from being given back, which would ask. */
    if (HAKMEM_USE_MEDIUM_MAGAZINES && HAKMEM_USE_WATERMARK_PURGE && !class_has_head(size_class))
        purge_if_due(home_of_thread());
    return block_of_heap(heap, size_class);
}

static void *alloc_from_class(unsigned size_class)
{
    struct hakmem_heap *heap = heap_borrow();
    if (heap == NULL)
        return out_of_memory();
    void *block = alloc_from_heap(heap, size_class);
    if (block == NULL) {
        heap_keep_nothing(heap);
        block = alloc_from_heap(heap, size_class);
    }
    heap_return(heap);
    return block != NULL ? block : out_of_memory();
}

/* Where the region is used up, perhaps because a limit keeps it small, a mapping of its own may still be granted. */
static void *span_or_mapping(size_t size, size_t alignment, bool *zero)
{
    void *block = large_alloc(size, alignment, zero);
    if (block == NULL) {
        *zero = true;
        block = huge_alloc(size, alignment);
    }
    return block;
}

static void *alloc_large(size_t size, size_t alignment, bool *zero)
{
    void *block = span_or_mapping(size, alignment, zero);
    if (block == NULL && !heap_is_none(hakmem_thread_heap)) {
        heap_keep_nothing(hakmem_thread_heap);
        block = span_or_mapping(size, alignment, zero);
    }
    return block != NULL ? block : out_of_memory();
}

void *alloc_slow(size_t size)
{
    if (HAKMEM_USE_LARGE_SPANS && size > HAKMEM_MEDIUM_BLOCK_MAX && size <= HAKMEM_SPAN_BLOCK_MAX) {
        COUNT(malloc_slow);
        return alloc_large(size, HAKMEM_ALIGNMENT, &(bool){false});
    }
    if (size == 0)
        return hakmem_malloc(
            1); /* the fast path refuses 0 even where a block is at hand: nothing is to be filled here */
    COUNT(malloc_slow);
    if (size > HAKMEM_SPAN_BLOCK_MAX) {
        void *block = huge_alloc(size, HAKMEM_ALIGNMENT);
        return block != NULL ? block : out_of_memory();
    }
    if (HAKMEM_COUNT && size <= HAKMEM_TINY_MAX)
        COUNT(malloc_tiny);
    return alloc_from_class(size_class_of(size));
}

void *alloc_fresh(size_t size)
{
    bool has_range = size > FRESH_ABOVE && size <= HAKMEM_SMALL_BLOCK_MAX;
    void *block = has_range ? fresh_take(hakmem_thread_heap, size_class_of(size)) : NULL;
    return HAKMEM_LIKELY(block != NULL) ? block : alloc_slow(size);
}

/* A block was borrowed, by the thread's own heap, and is not aligned: instead of it, one of the class's own. */
static void *exact_whole(void *borrowed, size_t size)
{
    hakmem_free(HAKMEM_USE_GUARDS ? guard_arm(borrowed) : borrowed);
    borrow_no_more(hakmem_thread_heap, size_class_of(size));
    return HAKMEM_USE_GUARDS ? alloc_whole(size) : hakmem_malloc(size);
}

/*
 * Pages and spans start at a slice, so a block is aligned if its class's size is a multiple of the alignment.  That of
 * a multiple of the alignment always is: either the classes there are no further apart than the alignment, and then it
 * is a class's size itself; or they are, and then they are apart by a power of two, a multiple of the alignment.
 */
static void *aligned_whole(size_t size, size_t alignment)
{
    if (alignment <= HAKMEM_ALIGNMENT)
        alignment = HAKMEM_ALIGNMENT;
    if (alignment > HAKMEM_REQUEST_MAX || size > HAKMEM_REQUEST_MAX - alignment)
        return out_of_memory();
    size_t rounded = size == 0 ? alignment : (size + alignment - 1) & ~(alignment - 1);
    if (rounded > HAKMEM_SPAN_BLOCK_MAX || alignment > HAKMEM_SLICE_BYTES) {
        void *block = huge_alloc(size, alignment);
        return block != NULL ? block : out_of_memory();
    }
    if (HAKMEM_USE_LARGE_SPANS && rounded > HAKMEM_MEDIUM_BLOCK_MAX)
        return alloc_large(rounded, alignment, &(bool){false});
    void *block = HAKMEM_USE_GUARDS ? alloc_whole(rounded) : hakmem_malloc(rounded);
    return alloc_is_aligned(block, alignment) ? block : exact_whole(block, rounded);
}

void *alloc_aligned(size_t size, size_t alignment)
{
    if (!HAKMEM_USE_GUARDS)
        return aligned_whole(size, alignment);
    return guard_widen(&size) ? guard_arm(aligned_whole(size, alignment)) : out_of_memory();
}

/* Clears whatever malloc gives: with guards, what is known to be zero may hold an old canary. */
static void *zeroed_whole(size_t size)
{
    void *block = hakmem_malloc(size);
    return block != NULL ? memset(block, 0, size) : NULL;
}

void *alloc_zeroed(size_t size)
{
    if (HAKMEM_USE_GUARDS)
        return zeroed_whole(size);
    if (size > HAKMEM_SPAN_BLOCK_MAX)
        return hakmem_malloc(size); /* a fresh mapping: zero already */
    if (!HAKMEM_USE_ZERO_KNOWLEDGE)
        return zeroed_whole(size);
    COUNT(malloc_calls);
    bool zero = false;
    void *block = alloc_large(size, HAKMEM_ALIGNMENT, &zero);
    if (block == NULL)
        return NULL;
    if (!zero && !sparse_clear(block, size))
        return memset(block, 0, size);
    sparse_mark(block, size);
    return block;
}

bool alloc_resized(void **p, size_t size)
{
    if (HAKMEM_USE_GUARDS)
        return false; /* the canary is at the old end */
    size_t slice = slice_of(*p);
    if (slice >= region_slices())
        return size > HAKMEM_SPAN_BLOCK_MAX && huge_resize(p, size);
    if (slice_word_owner(slice_word(slice)) != SLICE_OWNER_SPAN)
        return false;
    return size > HAKMEM_MEDIUM_BLOCK_MAX && size <= HAKMEM_SPAN_BLOCK_MAX && large_resize(slice, size);
}

void free_outside(void *p)
{
    if (p == NULL)
        return;
    COUNT(free_calls);
    COUNT(free_slow);
    if (!huge_free(p))
        hakmem_fatal("free of a pointer that was never allocated, or freed already", p);
}

void free_no_page(void *p, size_t slice, uint64_t word)
{
    COUNT(free_calls);
    COUNT(free_slow);
    if (!large_free(p, slice, word))
        free_invalid(p);
}

_Noreturn void free_invalid(const void *p)
{
    hakmem_fatal("free of a pointer that was never allocated, or freed already", p);
}

void free_twice(const void *p)
{
    free_invalid(p);
}

size_t alloc_usable_outside(const void *p)
{
    size_t bytes = slice_of(p) >= region_slices() ? huge_usable(p) : 0;
    if (bytes == 0)
        hakmem_fatal("a pointer that was never allocated, or freed already", p);
    return bytes;
}
