/*
 * What a forked child inherits.  Of all threads only the one that called fork lives on; the heaps of the others have no
 * thread any more, and each was stopped between two instructions, perhaps in the middle of a change.
 *
 * What is trusted: whatever is written under a lock (fork takes them all first), and atomic lists.  What is not:
 * queues, counts and owners' lists of the dead heaps.  So their pages are found through the slice map, become orphans,
 * and the first thread that needs one counts its free blocks anew (page_recount).  Lost are a dead heap's magazines and
 * mail, and a page that was just being made or given back.
 *
 * Cost: eight bytes are read for each 64 KiB in use, and the records of the dead heaps' pages are written.  A process
 * with one heap pays nothing.
 */
#include "inherit.h"
#include "fresh.h"
#include "orphan.h"
#include "span.h"

/* Was the page whole when its thread was stopped?  If not, nobody in the child has a block of it. */
static bool page_is_whole(size_t first, uint64_t word)
{
    struct hakmem_page *page = &hakmem_region.pages[first];
    unsigned size_class = page->size_class;
    if (size_class >= SIZE_CLASS_COUNT || page->block_size != size_class_bytes(size_class) ||
        page->slices != size_class_slices(size_class) || page_capacity(page) > page->reserved)
        return false;
    for (size_t i = 0; i < page->slices; i++) {
        uint64_t other = slice_word(first + i);
        if (slice_word_owner(other) != slice_word_owner(word) || slice_word_back(other) != i)
            return false;
    }
    return true;
}

#if HAKMEM_USE_LOCAL_HEADS
static bool is_page_of(struct hakmem_heap *heap, size_t slice, unsigned size_class)
{
    uint64_t word = slice_word(slice);
    return slice_word_owner(word) == heap_owner_id(heap) && page_is_whole(slice, word) &&
           hakmem_region.pages[slice].size_class == size_class;
}

/* The blocks of a fresh range were never made: otherwise they would be taken for used. */
static void forget_range(struct hakmem_heap *heap, unsigned size_class)
{
    struct hakmem_page *page = fresh_page(heap, size_class);
    if (page != NULL && is_page_of(heap, page_slice(page), size_class))
        fresh_flush(heap, size_class);
}

/* A head's blocks are of the page that is first in its queue: they are counted together with the page's own. */
static void recount_heads(struct hakmem_heap *heap)
{
    for (unsigned size_class = 0; size_class < HEADS_COUNT; size_class++) {
        forget_range(heap, size_class);
        struct hakmem_block *first = *head_of(heap, size_class);
        size_t slice = slice_of(first);
        if (slice < span_frontier() && is_page_of(heap, slice, size_class)) /* pages with a head are one slice */
            page_recount(&hakmem_region.pages[slice], first);
    }
}
#else
static void recount_heads(struct hakmem_heap *heap)
{
    (void)heap;
}
#endif

static void orphan_pages_of_others(uint32_t survivor)
{
    size_t end = span_frontier();
    for (size_t slice = 0; slice < end; slice++) {
        uint64_t word = slice_word(slice);
        uint32_t owner = slice_word_owner(word);
        if (owner < SLICE_OWNER_FIRST || owner == survivor || slice_word_back(word) != 0)
            continue;
        if (page_is_whole(slice, word))
            orphan_inherit(&hakmem_region.pages[slice]);
    }
}

void inherit_heaps(struct hakmem_heap *survivor)
{
    size_t count = heap_table_count();
    if (count <= (heap_is_none(survivor) ? 0u : 1u))
        return;
    for (size_t i = 0; i < count; i++)
        if (heap_of_record(i) != survivor)
            recount_heads(heap_of_record(i));
    orphan_pages_of_others(heap_owner_id(survivor));
    heap_table_inherit(survivor);
}
