/* Large spans: see large.h.  The page record of the first slice holds the length. */
#include "large.h"
#include "page.h"
#include "span.h"

void *large_alloc(size_t size)
{
    if (!region_init())
        return NULL;
    size_t slices = (size + HAKMEM_SLICE_BYTES - 1) >> HAKMEM_SLICE_SHIFT;
    size_t first = span_take(slices);
    if (first == SPAN_NONE)
        return NULL;
    struct hakmem_page *page = &hakmem_region.pages[first];
    page->slices = (uint16_t)slices;
    page->block_size = (uint32_t)(slices << HAKMEM_SLICE_SHIFT);
    slices_set_owner(first, 1, SLICE_OWNER_SPAN);
    BLOCK_UNPOISON(slice_start(first), page->block_size);
    return slice_start(first);
}

void large_free(size_t slice)
{
    struct hakmem_page *page = &hakmem_region.pages[slice];
    slices_set_owner(slice, 1, SLICE_OWNER_NOBODY);
    span_give(slice, page->slices);
}
