/*
 * malloc, calloc and free.  Their fast paths are the mechanisms of the phases, one small file each:
 *
 *   malloc_page.h      phases 0 and 1: the page by size class, or by the size in words
 *   malloc_head.h      phase 5: the block itself by class
 *   malloc_magazine.h  phase 8: the block's address by class
 *   free_shared.h      phases 0 and 1: one compare-and-swap, whoever owns the page
 *   free_dual.h        phases 2 to 7: the owner's list, guarded by one compare from phase 3 on
 *   free_magazine.h    phase 8: the class's magazine, whoever owns the page
 */
#include "alloc.h"
#include "fresh.h"
#include "guard.h"
#include "hakmem.h"
#include "override.h"
#include <stdlib.h>
#include <string.h>

#if HAKMEM_USE_MAGAZINES
#include "free_magazine.h"
#include "malloc_magazine.h"
#elif HAKMEM_USE_LOCAL_HEADS
#include "free_dual.h"
#include "malloc_head.h"
#elif HAKMEM_USE_DUAL_LISTS
#include "free_dual.h"
#include "malloc_page.h"
#else
#include "free_shared.h"
#include "malloc_page.h"
#endif

static inline void *malloc_whole(size_t size)
{
    COUNT(malloc_calls);
    void *block = malloc_block(hakmem_thread_heap, size);
    if (HAKMEM_LIKELY(block != NULL)) {
        alloc_count_fast(size);
        return block;
    }
    return FRESH_RANGES_IN_USE ? alloc_fresh(size) : alloc_slow(size);
}

HAKMEM_EXPORT HAKMEM_ALIGNED_CODE void *hakmem_malloc(size_t size)
{
    if (!HAKMEM_USE_GUARDS)
        return malloc_whole(size);
    return guard_widen(&size) ? guard_arm(malloc_whole(size)) : alloc_slow(SIZE_MAX);
}
HAKMEM_ALIAS(void *, malloc, (size_t size), hakmem_malloc);

void *alloc_quick(size_t size)
{
    void *block = HAKMEM_USE_GUARDS ? NULL : malloc_block(hakmem_thread_heap, size);
    if (block != NULL) {
        COUNT(malloc_calls);
        alloc_count_fast(size);
    }
    return block;
}

#if HAKMEM_USE_GUARDS
void *alloc_whole(size_t size)
{
    return malloc_whole(size);
}
#endif

HAKMEM_EXPORT void *hakmem_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (HAKMEM_UNLIKELY(__builtin_mul_overflow(count, size, &bytes)))
        return alloc_slow(SIZE_MAX); /* fails */
    if (HAKMEM_USE_GUARDS || HAKMEM_UNLIKELY(bytes > HAKMEM_MEDIUM_BLOCK_MAX))
        return alloc_zeroed(bytes);
    void *block = malloc_whole(bytes);
    return HAKMEM_LIKELY(block != NULL) ? memset(block, 0, bytes) : NULL;
}
HAKMEM_ALIAS(void *, calloc, (size_t count, size_t size), hakmem_calloc);

HAKMEM_EXPORT HAKMEM_ALIGNED_CODE void hakmem_free(void *p)
{
    if (HAKMEM_USE_GUARDS && p != NULL)
        guard_disarm(p);
    size_t slice = slice_of(p);
    if (HAKMEM_UNLIKELY(slice >= region_slices())) {
        free_outside(p);
        return;
    }
    free_block(p, slice);
}
HAKMEM_ALIAS(void, free, (void *p), hakmem_free);
HAKMEM_ALIAS(void, cfree, (void *p), hakmem_free);
