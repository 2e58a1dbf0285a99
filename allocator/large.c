/* Large spans: see large.h.  The page record of the first slice holds the length. */
#include "large.h"
#include "page.h"
#include "span.h"

static void set_length(struct hakmem_page *page, size_t slices)
{
    page->slices = (uint16_t)slices;
    page->block_size = (uint32_t)(slices << HAKMEM_SLICE_SHIFT);
}

static size_t slices_for(size_t size)
{
    return (size + HAKMEM_SLICE_BYTES - 1) >> HAKMEM_SLICE_SHIFT;
}

void *large_alloc(size_t size, bool *zero)
{
    if (!region_init())
        return NULL;
    size_t slices = slices_for(size);
    size_t first = span_take(slices, zero);
    if (first == SPAN_NONE)
        return NULL;
    struct hakmem_page *page = &hakmem_region.pages[first];
    set_length(page, slices);
    slices_set_owner(first, 1, SLICE_OWNER_SPAN, 0);
    BLOCK_UNPOISON(slice_start(first), page->block_size);
    return slice_start(first);
}

void large_free(size_t slice)
{
    struct hakmem_page *page = &hakmem_region.pages[slice];
    slices_set_owner(slice, 1, SLICE_OWNER_NOBODY, 0);
    span_give(slice, page->slices);
}

bool large_resize(size_t slice, size_t size)
{
    struct hakmem_page *page = &hakmem_region.pages[slice];
    size_t old = page->slices;
    size_t new = slices_for(size);
    if (new > old && !span_grow(slice, old, new))
        return false;
    if (new < old)
        span_give(slice + new, old - new);
    set_length(page, new);
    BLOCK_UNPOISON(slice_start(slice), page->block_size);
    return true;
}
