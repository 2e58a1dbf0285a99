/* Phases 0 and 1: what becomes of a page whose last block in use came back. */
#include "alloc.h"
#include "orphan.h"

#if !HAKMEM_USE_DUAL_LISTS

/* Any thread may get here.  A living owner finds the page in its next walk; an orphan has nobody else to see it. */
void free_emptied(struct hakmem_page *page)
{
    struct hakmem_heap *heap = hakmem_thread_heap;
    uint32_t owner = page_owner(page);
    if (owner == heap_owner_id(heap)) {
        /* The push that got us here released our block; what others wrote into theirs is acquired here. */
        if (page_used(page) == 0)
            heap_page_emptied(heap, page);
    } else if (owner == SLICE_OWNER_ORPHAN) {
        orphan_retire_if_empty(page);
    }
}

#endif
