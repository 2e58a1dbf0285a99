/* Growing spans: see growing.h. */
#include "growing.h"
#include "count.h"
#include "large.h"
#include "page.h"
#include <stdatomic.h>

/* Guards keep a canary behind what was asked for: there, a block's end is not its own to move. */
#define GROWING_IN_USE (HAKMEM_USE_GROWING_SPANS && !HAKMEM_USE_GUARDS)

static _Atomic unsigned living; /* relaxed: a number, no more */

unsigned growing_count(void)
{
    return atomic_load_explicit(&living, memory_order_relaxed);
}

static bool enter(size_t size)
{
    unsigned most = size > GROWING_BYTES_SMALL ? GROWING_MAX : GROWING_SMALL_MAX;
    if (growing_count() >= most) /* most often: a look costs less */
        return false;
    if (atomic_fetch_add_explicit(&living, 1, memory_order_relaxed) < most)
        return true;
    atomic_fetch_sub_explicit(&living, 1, memory_order_relaxed);
    return false;
}

static void leave(void)
{
    atomic_fetch_sub_explicit(&living, 1, memory_order_relaxed);
}

static struct hakmem_page *record_of(const void *block)
{
    return &hakmem_region.pages[slice_of(block)];
}

void *growing_alloc(size_t old, size_t size)
{
    if (!GROWING_IN_USE || size <= old || size <= GROWING_BYTES_MIN || size > GROWING_BYTES_MAX || !enter(size))
        return NULL;
    bool zero;
    void *block = large_alloc(GROWING_BYTES_MAX, HAKMEM_ALIGNMENT, &zero);
    if (block == NULL) {
        leave();
        return NULL;
    }
    COUNT(malloc_calls);
    COUNT(malloc_slow);
    record_of(block)->reserved = (uint32_t)size;
    return block;
}

bool growing_fits(void *p, size_t size)
{
    size_t slice = slice_of(p);
    if (!GROWING_IN_USE || slice >= region_slices() || slice_word_owner(slice_word(slice)) != SLICE_OWNER_SPAN)
        return false;
    struct hakmem_page *page = record_of(p);
    if (page->slices > 1 || size > page->block_size || page->reserved == 0 || size < page->reserved / 2)
        return false;
    page->reserved = (uint32_t)size;
    return true;
}

void growing_end(const struct hakmem_page *page)
{
    if (GROWING_IN_USE && page->reserved != 0)
        leave();
}
