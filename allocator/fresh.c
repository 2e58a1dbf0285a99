/* Fresh ranges: made when malloc runs dry, given back before a heap is left.  See fresh.h. */
#include "fresh.h"
#include "span.h"

#if HAKMEM_USE_FRESH_RANGES

static_assert(HAKMEM_SLICE_BYTES / FRESH_ABOVE <= UINT16_MAX, "a page's blocks can be counted in 16 bits");
static_assert(HAKMEM_SMALL_BLOCK_MAX <= UINT16_MAX, "and so can a block's bytes");

static size_t next_bytes(const struct fresh_range *range, size_t block_size)
{
    size_t bytes = FRESH_BLOCKS_MIN * block_size < FRESH_BYTES ? FRESH_BLOCKS_MIN * block_size : FRESH_BYTES;
    size_t more = (size_t)range->run_kib * 1024 / FRESH_RUN_PART;
    bytes = bytes > HAKMEM_EXTEND_BYTES ? bytes : HAKMEM_EXTEND_BYTES;
    return more > bytes ? more : bytes;
}

static unsigned next_batch(const struct fresh_range *range, size_t block_size)
{
    size_t bytes = range->run_kib < FRESH_LONG_RUN_KIB ? HAKMEM_EXTEND_BYTES : 2 * HAKMEM_EXTEND_BYTES;
    return block_size < bytes ? (unsigned)(bytes / block_size) : 1;
}

void fresh_fill(struct hakmem_heap *heap, struct hakmem_page *page)
{
    struct fresh_range *range = &heap->fresh[page->size_class];
    lists_take_all(&page->lists); /* none: but from now on the page does not count (page_credit_list.h) */
    range->step = (uint16_t)page->block_size;
    range->batch = (uint16_t)next_batch(range, page->block_size);
    range->left = (uint16_t)page_extend_unlinked(page, next_bytes(range, page->block_size), &range->next);
    size_t run_kib = range->run_kib + (size_t)range->left * range->step / 1024;
    range->run_kib = run_kib < FRESH_RUN_KIB_MAX ? (uint16_t)run_kib : FRESH_RUN_KIB_MAX;
}

void *fresh_take(struct hakmem_heap *heap, unsigned size_class)
{
    struct fresh_range *range = &heap->fresh[size_class];
    if (range->left == 0)
        return NULL;
    unsigned count = range->batch < range->left ? range->batch : range->left;
    size_t step = range->step;
    char *block = range->next;
    char *last = block + (count - 1) * step;
    range->left = (uint16_t)(range->left - count);
    range->next = last + step;
    BLOCK_UNPOISON(block, step);
    if (count == 1)
        return block;
    *head_of(heap, size_class) = (struct hakmem_block *)(block + step);
    page_link_in_order(block + step, last, step);
    block_link((struct hakmem_block *)last, NULL);
    return block;
}

void fresh_found_freed(struct hakmem_heap *heap, unsigned size_class)
{
    if (class_has_range(size_class))
        heap->fresh[size_class].run_kib = 0;
}

void fresh_flush(struct hakmem_heap *heap, unsigned size_class)
{
    struct fresh_range *range = &heap->fresh[size_class];
    if (range->left > 0)
        page_shrink(page_of_block(range->next), range->left);
    *range = (struct fresh_range){0};
}

static bool is_end_of_page(const struct fresh_range *range, struct hakmem_page *page)
{
    char *end = page_start(page) + (size_t)page_capacity(page) * page->block_size;
    return range->step == page->block_size && range->next + (size_t)range->left * range->step == end;
}

struct hakmem_page *fresh_page(struct hakmem_heap *heap, unsigned size_class)
{
    const struct fresh_range *range = &heap->fresh[size_class];
    size_t slice = slice_of(range->next);
    if (range->left == 0 || slice >= span_frontier())
        return NULL;
    struct hakmem_page *page = &hakmem_region.pages[slice]; /* pages with a range are one slice */
    return is_end_of_page(range, page) ? page : NULL;
}

const char *fresh_check(struct hakmem_heap *heap, unsigned size_class)
{
    const struct fresh_range *range = &heap->fresh[size_class];
    if (range->left == 0)
        return NULL;
    struct hakmem_page *first = heap->queues[size_class].first;
    if (first == NULL || !is_end_of_page(range, first))
        return "a fresh range is not the end of its class's first page";
    return NULL;
}

#else

void *fresh_take(struct hakmem_heap *heap, unsigned size_class)
{
    (void)heap;
    (void)size_class;
    return NULL;
}

void fresh_fill(struct hakmem_heap *heap, struct hakmem_page *page)
{
    (void)heap;
    (void)page;
}

void fresh_found_freed(struct hakmem_heap *heap, unsigned size_class)
{
    (void)heap;
    (void)size_class;
}

void fresh_flush(struct hakmem_heap *heap, unsigned size_class)
{
    (void)heap;
    (void)size_class;
}

struct hakmem_page *fresh_page(struct hakmem_heap *heap, unsigned size_class)
{
    (void)heap;
    (void)size_class;
    return NULL;
}

const char *fresh_check(struct hakmem_heap *heap, unsigned size_class)
{
    (void)heap;
    (void)size_class;
    return NULL;
}

#endif
