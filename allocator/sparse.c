/* Sparse blocks: see sparse.h. */
#include "sparse.h"
#include "heap.h"
#include "os.h"
#include <string.h>

/* The whole system pages within [start, start + bytes). */
static char *whole_pages(char *start, size_t bytes, size_t *whole)
{
    size_t mask = os_page_bytes() - 1;
    uintptr_t from = ((uintptr_t)start + mask) & ~mask;
    uintptr_t to = ((uintptr_t)start + bytes) & ~mask;
    *whole = to > from ? to - from : 0;
    return (char *)from;
}

bool sparse_clear(void *block, size_t size)
{
    const struct hakmem_heap *heap = hakmem_thread_heap;
    if (!HAKMEM_USE_SPARSE_BLOCKS || size < SPARSE_BYTES_MIN || heap_is_none(heap) || !heap->sparse)
        return false;
    size_t whole;
    char *start = block;
    char *from = whole_pages(start, size, &whole);
    if (!os_purge(from, whole))
        return false;
    memset(start, 0, (size_t)(from - start));
    memset(from + whole, 0, (size_t)(start + size - (from + whole)));
    return true;
}

void sparse_mark(void *block, size_t size)
{
    size_t slice = slice_of(block);
    if (!HAKMEM_USE_SPARSE_BLOCKS || size < SPARSE_BYTES_MIN)
        return;
    if (slice < region_slices()) /* else it has a mapping of its own, and no record */
        hakmem_region.pages[slice].unlisted = SPAN_UNTOUCHED;
}

void sparse_look(const struct hakmem_page *page, void *block)
{
    struct hakmem_heap *heap = hakmem_thread_heap;
    if (!HAKMEM_USE_SPARSE_BLOCKS || page->unlisted != SPAN_UNTOUCHED || heap_is_none(heap))
        return;
    size_t bytes = page->block_size;
    if (bytes > SPARSE_LOOK_PAGES * os_page_bytes())
        bytes = SPARSE_LOOK_PAGES * os_page_bytes();
    size_t whole;
    char *from = whole_pages(block, bytes, &whole);
    size_t resident = os_resident(from, whole);
    heap->sparse = resident <= whole / os_page_bytes() / SPARSE_SHARE;
}
