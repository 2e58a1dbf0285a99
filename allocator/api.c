/*
 * The rest of the C and POSIX interface, on top of malloc and free.  The contracts are in hakmem.h.
 */
#include "hakmem.h"
#include "alloc.h"
#include "growing.h"
#include "huge.h"
#include "large.h"
#include "mailbox.h"
#include "os.h"
#include "override.h"
#include "span.h"
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_power_of_two(size_t x)
{
    return x != 0 && (x & (x - 1)) == 0;
}

static void *fail(int error)
{
    errno = error;
    return NULL;
}

/* Keep the block if the new size fits and uses at least half of it, as long as it is not small anyway.  Where the rest
 * of a large block can be given back without a copy, less is wasted. */
static bool fits_in_place(size_t usable, size_t size)
{
    if (HAKMEM_USE_RESIZE_IN_PLACE && usable > HAKMEM_MEDIUM_BLOCK_MAX)
        return size <= usable && size >= usable - usable / 8;
    return size <= usable && (size >= usable / 2 || usable <= 4 * HAKMEM_ALIGNMENT);
}

/* A block that has to move because it grew a little will grow again: what is asked for then is more than it had by an
 * eighth, or by a quarter if it is tiny, so that a string of n bytes, appended to byte by byte, moves O(log n) times.
 */
static size_t size_with_slack(size_t usable, size_t size)
{
    size_t slack = usable + usable / (usable <= HAKMEM_TINY_MAX ? 4 : 8);
    return size > usable && size < slack && slack <= HAKMEM_SPAN_BLOCK_MAX ? slack : size;
}

static void *move(void *old, size_t usable, size_t size)
{
    void *block = growing_alloc(usable, size);
    if (block == NULL)
        block = large_alloc_roomy(usable, size);
    if (block == NULL)
        block = hakmem_malloc(size_with_slack(usable, size));
    if (block == NULL)
        return NULL;
    memcpy(block, old, size < usable ? size : usable);
    hakmem_free(old);
    return block;
}

/* The block does not fit in place. */
static __attribute__((noinline)) void *resize(void *old, size_t usable, size_t size)
{
    if (HAKMEM_USE_RESIZE_IN_PLACE && size > HAKMEM_MEDIUM_BLOCK_MAX && alloc_resized(&old, size))
        return old;
    if (growing_fits(old, size))
        return old;
    return move(old, usable, size);
}

/* There is no block yet, or there is to be none any more. */
static HAKMEM_COLD void *begin_or_end(void *old, size_t size)
{
    if (old == NULL)
        return hakmem_malloc(size);
    hakmem_free(old);
    return NULL;
}

HAKMEM_EXPORT void *hakmem_realloc(void *old, size_t size)
{
    if (HAKMEM_UNLIKELY(old == NULL || size == 0))
        return begin_or_end(old, size);
    size_t usable = alloc_usable(old);
    return HAKMEM_LIKELY(fits_in_place(usable, size)) ? old : resize(old, usable, size);
}
HAKMEM_ALIAS(void *, realloc, (void *old, size_t size), hakmem_realloc);

HAKMEM_EXPORT void *hakmem_reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return fail(ENOMEM);
    return hakmem_realloc(old, bytes);
}
HAKMEM_ALIAS(void *, reallocarray, (void *old, size_t count, size_t size), hakmem_reallocarray);

HAKMEM_EXPORT void hakmem_free_sized(void *block, size_t size)
{
    (void)size;
    hakmem_free(block);
}
HAKMEM_ALIAS(void, free_sized, (void *block, size_t size), hakmem_free_sized);

HAKMEM_EXPORT void hakmem_free_aligned_sized(void *block, size_t alignment, size_t size)
{
    (void)alignment;
    (void)size;
    hakmem_free(block);
}
HAKMEM_ALIAS(void, free_aligned_sized, (void *block, size_t alignment, size_t size), hakmem_free_aligned_sized);

/* A multiple of the alignment is a class's size, or shares one with a multiple (alloc_slow.c).  NULL: not so quickly.
 */
static void *aligned_quick(size_t size, size_t alignment)
{
    if (alignment > HAKMEM_SLICE_BYTES || size - 1 >= HAKMEM_MEDIUM_BLOCK_MAX)
        return NULL;
    size_t rounded = (size + alignment - 1) & ~(alignment - 1);
    if (rounded > HAKMEM_MEDIUM_BLOCK_MAX)
        return NULL;
    void *block = alloc_quick(rounded);
    if (HAKMEM_LIKELY(alloc_is_aligned(block, alignment)))
        return block;
    hakmem_free(block);
    return NULL;
}

static void *aligned(size_t size, size_t alignment)
{
    void *block = aligned_quick(size, alignment);
    return block != NULL ? block : alloc_aligned(size, alignment);
}

HAKMEM_EXPORT void *hakmem_aligned_alloc(size_t alignment, size_t size)
{
    if (!is_power_of_two(alignment))
        return fail(EINVAL);
    return aligned(size, alignment);
}
HAKMEM_ALIAS(void *, aligned_alloc, (size_t alignment, size_t size), hakmem_aligned_alloc);

HAKMEM_EXPORT int hakmem_posix_memalign(void **out, size_t alignment, size_t size)
{
    if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0)
        return EINVAL;
    void *block = aligned_quick(size, alignment);
    if (block == NULL) {
        int saved = errno;
        block = alloc_aligned(size, alignment);
        errno = saved;
    }
    if (block == NULL)
        return ENOMEM;
    *out = block;
    return 0;
}
HAKMEM_ALIAS(int, posix_memalign, (void **out, size_t alignment, size_t size), hakmem_posix_memalign);

HAKMEM_EXPORT void *hakmem_memalign(size_t alignment, size_t size)
{
    if (alignment > SIZE_MAX / 2 + 1)
        return fail(EINVAL);
    size_t power = HAKMEM_ALIGNMENT;
    while (power < alignment)
        power *= 2;
    return aligned(size, power);
}
HAKMEM_ALIAS(void *, memalign, (size_t alignment, size_t size), hakmem_memalign);

HAKMEM_EXPORT void *hakmem_valloc(size_t size)
{
    return alloc_aligned(size, os_page_bytes());
}
HAKMEM_ALIAS(void *, valloc, (size_t size), hakmem_valloc);

HAKMEM_EXPORT void *hakmem_pvalloc(size_t size)
{
    size_t page = os_page_bytes();
    if (size > HAKMEM_REQUEST_MAX - page)
        return fail(ENOMEM);
    return alloc_aligned((size + (size == 0) + page - 1) & ~(page - 1), page);
}
HAKMEM_ALIAS(void *, pvalloc, (size_t size), hakmem_pvalloc);

HAKMEM_EXPORT size_t hakmem_malloc_usable_size(void *block)
{
    return block == NULL ? 0 : alloc_usable(block);
}
HAKMEM_ALIAS(size_t, malloc_usable_size, (void *block), hakmem_malloc_usable_size);

HAKMEM_EXPORT int hakmem_malloc_trim(size_t pad)
{
    struct hakmem_heap *heap = hakmem_thread_heap;
    heap_unpark_all();
    if (!heap_is_none(heap)) {
        mailbox_take_all(heap);
        heap_take_returned(heap);
        magazines_flush(heap);
        spares_flush(&heap->spares);
    }
    return span_purge(pad) != 0;
}
HAKMEM_ALIAS(int, malloc_trim, (size_t pad), hakmem_malloc_trim);

HAKMEM_EXPORT const char *hakmem_check(void)
{
    const char *broken = heap_check(hakmem_thread_heap);
    return broken != NULL || region_slices() == 0 ? broken : span_check();
}

/* Of one length in all variants: a longer text would move the data behind it, and with that the code's displacements,
 * so that two variants of the same code would no longer be equal byte by byte. */
#define VERSION_BYTES 512
static const char version[VERSION_BYTES] = "hakmem " HAKMEM_VERSION " " HAKMEM_VARIANT_STRING;

HAKMEM_EXPORT const char *hakmem_version_string(void)
{
    return version;
}
