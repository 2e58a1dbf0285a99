/*
 * Large spans: see large.h.  The page record of the first slice holds their length and how much of it is the block:
 * what is before the block is the rest.
 */
#include "large.h"
#include "growing.h"
#include "heap.h"
#include "home.h"
#include "os.h"
#include "roomy.h"
#include "sparse.h"
#include "span.h"

static size_t slices_for(size_t size)
{
    return (size + HAKMEM_SLICE_BYTES - 1) >> HAKMEM_SLICE_SHIFT;
}

static void set_length(struct hakmem_page *page, size_t slices, size_t offset)
{
    page->slices = (uint16_t)slices;
    page->block_size = (uint32_t)((slices << HAKMEM_SLICE_SHIFT) - offset);
}

static size_t block_offset(const struct hakmem_page *page)
{
    return ((size_t)page->slices << HAKMEM_SLICE_SHIFT) - page->block_size;
}

static char *block_start(size_t slice)
{
    return slice_start(slice) + block_offset(&hakmem_region.pages[slice]);
}

/* Where in its span the block starts: some multiple of the step, a power of two, that leaves it room.  Fibonacci
 * hashing of the place. */
static size_t colour(size_t first, size_t room, size_t step)
{
    if (!HAKMEM_USE_COLOURED_SPANS)
        return 0;
    uint64_t hash = first / LARGE_COLOUR_SLICES * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    if (HAKMEM_LIKELY(room >= LARGE_COLOUR_BYTES && step == LARGE_COLOUR_STEP))
        return (hash * (LARGE_COLOUR_BYTES / LARGE_COLOUR_STEP) >> 32) * LARGE_COLOUR_STEP;
    if (room >= LARGE_COLOUR_BYTES)
        room = LARGE_COLOUR_BYTES - 1;
    size_t colours = (room >> __builtin_ctzll(step)) + 1;
    return (hash * colours >> 32) * step;
}

/* What a thread keeps back for its next large and medium blocks pins pages and spans, so that free memory seems to be
 * in use and is not purged.  So when its last large block is gone and a lot is free, it keeps nothing; now and then
 * only, since a program may take and free one block all the time. */
#define QUIET_NS           ((uint64_t)250 * 1000 * 1000)
#define QUIET_DIRTY_SLICES ((size_t)64)
#define QUIET_SPARE_SLICES ((size_t)16)

static HAKMEM_COLD void keep_nothing(struct hakmem_heap *heap)
{
    if (home_dirty(home_of_thread()) < QUIET_DIRTY_SLICES && heap->spares.slices < QUIET_SPARE_SLICES)
        return;
    uint64_t now = os_coarse_ns();
    if (heap->quiet_ns != 0 && now - heap->quiet_ns < QUIET_NS)
        return;
    heap->quiet_ns = now;
    magazines_flush(heap);
    spares_flush(&heap->spares);
    heap_unpark_old();
}

static void count_block(struct hakmem_heap *heap, int change, size_t slices)
{
    if (!HAKMEM_USE_SPARE_SPANS || heap_is_none(heap))
        return;
    spares_count(&heap->spares, slices, change);
    heap->large_balance += change;
    if (HAKMEM_UNLIKELY(heap->large_balance == 0))
        keep_nothing(heap);
}

/* A block has another length now. */
static void count_length(size_t slices, size_t new_slices)
{
    struct hakmem_heap *heap = hakmem_thread_heap;
    if (!HAKMEM_USE_SPARE_SPANS || heap_is_none(heap))
        return;
    spares_count(&heap->spares, slices, -1);
    spares_count(&heap->spares, new_slices, 1);
}

/* The thread has no spare one, perhaps because it has no heap yet. */
static __attribute__((noinline)) size_t take_span(size_t slices, bool *zero)
{
    bool has_heap = HAKMEM_USE_SPARE_SPANS && (!heap_is_none(hakmem_thread_heap) || heap_of_thread() != NULL);
    return has_heap || region_init() ? span_take(slices, zero) : SPAN_NONE;
}

static size_t take(size_t slices, bool *zero)
{
    size_t first = HAKMEM_USE_SPARE_SPANS ? spares_take(&hakmem_thread_heap->spares, slices) : SPAN_NONE;
    if (first == SPAN_NONE)
        return take_span(slices, zero);
    *zero = false;
    return first;
}

static bool keep(struct hakmem_heap *heap, size_t first, size_t slices)
{
    return HAKMEM_USE_SPARE_SPANS && !heap_is_none(heap) && spares_put(&heap->spares, first, slices);
}

/* Makes a block of a span that was taken. */
static inline void *make(size_t first, size_t slices, size_t size, size_t alignment)
{
    struct hakmem_page *page = &hakmem_region.pages[first];
    size_t step = alignment > LARGE_COLOUR_STEP ? alignment : LARGE_COLOUR_STEP;
    set_length(page, slices, colour(first, (slices << HAKMEM_SLICE_SHIFT) - size, step));
    page->reserved = 0;
    page->unlisted = 0;
    slices_set_owner(first, 1, SLICE_OWNER_SPAN, 0);
    BLOCK_UNPOISON(block_start(first), page->block_size);
    count_block(hakmem_thread_heap, 1, slices);
    return block_start(first);
}

void *large_alloc(size_t size, size_t alignment, bool *zero)
{
    size_t slices = slices_for(size);
    size_t first = take(slices, zero);
    if (HAKMEM_UNLIKELY(first == SPAN_NONE))
        return NULL;
    roomy_none(first);
    return make(first, slices, size, alignment);
}

void *large_alloc_roomy(size_t old, size_t size)
{
    if (!roomy_is_wanted(old, size))
        return NULL;
    size_t slices = slices_for(size);
    size_t first = roomy_take(slices);
    if (first == SPAN_NONE)
        return NULL;
    COUNT(malloc_calls);
    COUNT(malloc_slow);
    return make(first, slices, size, HAKMEM_ALIGNMENT);
}

static void give(struct hakmem_heap *heap, size_t first, size_t slices)
{
    if (HAKMEM_UNLIKELY(roomy_room(first) != 0))
        roomy_give(first, slices);
    else if (!keep(heap, first, slices))
        span_give(first, slices);
}

static bool grow(size_t first, size_t slices, size_t new_slices)
{
    if (roomy_room(first) != 0)
        return roomy_grow(first, slices, new_slices);
    return span_grow(first, slices, new_slices);
}

/* A block that shrinks is done with growing. */
static void shrink(size_t first, size_t slices, size_t new_slices)
{
    if (roomy_room(first) != 0)
        roomy_end(first);
    span_give(first + new_slices, slices - new_slices);
}

/* What the features that gave the block something of their own have to do when it is freed. */
static __attribute__((noinline)) void end_special(const struct hakmem_page *page, void *p)
{
    growing_end(page);
    sparse_look(page, p);
}

bool large_free(void *p, size_t slice, uint64_t word)
{
    struct hakmem_page *page = &hakmem_region.pages[slice];
    if (HAKMEM_UNLIKELY(slice_word_owner(word) != SLICE_OWNER_SPAN || p != block_start(slice)))
        return false;
    if (HAKMEM_UNLIKELY((page->reserved | page->unlisted) != 0))
        end_special(page, p);
    struct hakmem_heap *heap = hakmem_thread_heap;
    size_t slices = page->slices;
    slices_set_owner(slice, 1, SLICE_OWNER_NOBODY, 0);
    give(heap, slice, slices);
    count_block(heap, -1, slices);
    return true;
}

bool large_resize(size_t slice, size_t size)
{
    struct hakmem_page *page = &hakmem_region.pages[slice];
    size_t offset = block_offset(page);
    size_t old = page->slices;
    size_t new = slices_for(offset + size);
    if (new > old && !grow(slice, old, new))
        return false;
    if (new < old)
        shrink(slice, old, new);
    count_length(old, new);
    set_length(page, new, offset);
    BLOCK_UNPOISON(block_start(slice), page->block_size);
    return true;
}
