/* The C and POSIX interface, contract by contract (allocator/hakmem.h). */
#include "test.h"
#include "allocator/span.h"
#include "allocator/huge.h"
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

static void *volatile sink; /* keeps the compiler from knowing what an allocation returned */

static void *launder(void *p)
{
    sink = p;
    return sink;
}

/* A program may begin with a huge block, which needs no region. */
static char *first_block;
static size_t slices_then; /* of the region, when the first block was there */
static size_t slice_of_null_then;

__attribute__((constructor)) static void take_the_first_block(void)
{
    first_block = hakmem_malloc(HAKMEM_SPAN_BLOCK_MAX + 1);
    slices_then = hakmem_region.slice_count;
    slice_of_null_then = slice_of(NULL);
}

static void the_first_block_may_be_a_huge_one(void **state)
{
    (void)state;
    first_block[HAKMEM_SPAN_BLOCK_MAX] = 1;
    hakmem_free(hakmem_malloc(1));
    assert_true(hakmem_malloc_usable_size(first_block) > HAKMEM_SPAN_BLOCK_MAX);
    hakmem_free(first_block);
}

/* Another thread may see how long the region is before it sees where it starts. */
static void nothing_lies_in_a_region_that_is_not_there_yet(void **state)
{
    (void)state;
    if (slices_then != 0)
        skip(); /* guards need the region's secret; a C library may allocate first */
    hakmem_free(hakmem_malloc(1));
    assert_true(slice_of_null_then >= hakmem_region.slice_count);
}

static void malloc_of_zero_is_unique_and_freeable(void **state)
{
    (void)state;
    void *a = hakmem_malloc(0);
    void *b = hakmem_malloc(0);
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    hakmem_free(a);
    hakmem_free(b);
}

static void blocks_are_aligned_apart_and_fully_writable(void **state)
{
    (void)state;
    for (size_t size = 1; size < (size_t)5 << 20; size = size * 5 / 4 + 1) {
        char *a = hakmem_malloc(size);
        char *b = hakmem_malloc(size);
        assert_int_equal((uintptr_t)a % 16, 0);
        size_t usable = hakmem_malloc_usable_size(a);
        assert_true(usable >= size);
        memset(b, 0x11, size);
        memset(a, 0x22, usable);
        assert_int_equal(b[0], 0x11);
        assert_int_equal(b[size - 1], 0x11);
        hakmem_free(a);
        hakmem_free(b);
    }
    assert_heap_sound();
}

static void requests_beyond_ptrdiff_max_fail_with_enomem(void **state)
{
    (void)state;
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 4096, (size_t)PTRDIFF_MAX + 1, (size_t)PTRDIFF_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        errno = 0;
        assert_null(launder(hakmem_malloc(sizes[i])));
        assert_int_equal(errno, ENOMEM);
        errno = 0;
        assert_null(launder(hakmem_calloc(1, sizes[i])));
        assert_int_equal(errno, ENOMEM);
        errno = 0;
        assert_null(launder(hakmem_aligned_alloc(64, sizes[i])));
        assert_int_equal(errno, ENOMEM);
        errno = 0;
        assert_null(launder(hakmem_pvalloc(sizes[i])));
        assert_int_equal(errno, ENOMEM);
        errno = 0;
        assert_null(launder(hakmem_valloc(sizes[i])));
        assert_int_equal(errno, ENOMEM);
    }
}

static void products_that_overflow_fail_with_enomem(void **state)
{
    (void)state;
    errno = 0;
    assert_null(launder(hakmem_calloc(SIZE_MAX / 2, 3)));
    assert_int_equal(errno, ENOMEM);
    char *block = hakmem_malloc(10);
    memcpy(block, "still here", 10);
    errno = 0;
    assert_null(launder(hakmem_reallocarray(block, SIZE_MAX / 2, 3)));
    assert_int_equal(errno, ENOMEM);
    assert_memory_equal(block, "still here", 10);
    hakmem_free(block);
}

static void calloc_is_zero_after_reuse(void **state)
{
    (void)state;
    static const char zero[70000];
    for (int round = 0; round < 20; round++) {
        for (size_t size = 1; size < sizeof zero; size = size * 2 + 3) {
            char *block = hakmem_calloc(1, size);
            assert_memory_equal(block, zero, size);
            memset(block, 0xff, hakmem_malloc_usable_size(block));
            hakmem_free(block);
        }
    }
    hakmem_malloc_trim(0);
    char *block = hakmem_calloc(sizeof zero, 1);
    assert_memory_equal(block, zero, sizeof zero);
    hakmem_free(block);
}

static void realloc_keeps_the_content(void **state)
{
    (void)state;
    size_t size = 1;
    unsigned char *block = hakmem_malloc(size);
    block[0] = 0;
    while (size < (size_t)6 << 20) {
        size_t bigger = size * 3 / 2 + 1;
        block = hakmem_realloc(block, bigger);
        for (size_t i = 0; i < size; i += size / 7 + 1)
            assert_int_equal(block[i], i % 251);
        for (size_t i = 0; i < bigger; i++)
            block[i] = (unsigned char)(i % 251);
        size = bigger;
    }
    while (size > 1) {
        size /= 3;
        block = hakmem_realloc(block, size + 1);
        assert_int_equal(block[size], size % 251);
    }
    hakmem_free(block);
    assert_heap_sound();
}

/* Appending byte by byte moves a block a few times for each doubling, not each time that its class ends. */
static void blocks_of_no_size_share_pages(void **state)
{
    (void)state;
    enum { count = 4000 };
    static void *blocks[count];
    size_t before = span_stats().used_bytes;
    for (size_t i = 0; i < count; i++)
        blocks[i] = hakmem_malloc(0);
    assert_in_range(span_stats().used_bytes, 0, before + ((size_t)512 << 10));
    for (size_t i = 0; i < count; i++)
        hakmem_free(blocks[i]);
    assert_heap_sound();
}

static void alignments_beyond_all_memory_fail(void **state)
{
    (void)state;
    size_t alignment = SIZE_MAX / 2 + 1;
    errno = 0;
    assert_null(launder(hakmem_aligned_alloc(alignment, alignment + 1)));
    assert_int_equal(errno, ENOMEM);
    assert_null(launder(hakmem_aligned_alloc(alignment, 1)));
}

static void a_block_that_grows_by_bytes_moves_seldom(void **state)
{
    (void)state;
    unsigned char *block = NULL;
    unsigned moves = 0;
    for (size_t size = 1; size <= 60000; size++) {
        unsigned char *grown = hakmem_realloc(block, size);
        moves += grown != block;
        block = grown;
        block[size - 1] = (unsigned char)size;
    }
    assert_in_range(moves, 1, 75); /* nine for each of six doublings, and four for those below 1 KiB */
    for (size_t i = 0; i < 60000; i++)
        assert_int_equal(block[i], (unsigned char)(i + 1));
    hakmem_free(block);
}

static void realloc_at_its_edges(void **state)
{
    (void)state;
    char *block = hakmem_realloc(NULL, 100);
    assert_non_null(block);
    memset(block, 7, 100);
    errno = 0;
    assert_null(launder(hakmem_realloc(block, SIZE_MAX - 100)));
    assert_int_equal(errno, ENOMEM);
    assert_int_equal(block[99], 7); /* a failed realloc keeps the block */
    assert_null(launder(hakmem_realloc(block, 0)));
    assert_heap_sound();
}

static void alignment_is_honoured(void **state)
{
    (void)state;
    for (size_t alignment = 8; alignment <= (size_t)4 << 20; alignment *= 2) {
        for (size_t size = 1; size < 300000; size = size * 3 + 7) {
            void *out = NULL;
            assert_int_equal(hakmem_posix_memalign(&out, alignment, size), 0);
            assert_int_equal((uintptr_t)out % alignment, 0);
            assert_true(hakmem_malloc_usable_size(out) >= size);
            memset(out, 1, size);
            void *other = hakmem_aligned_alloc(alignment, size);
            assert_int_equal((uintptr_t)other % alignment, 0);
            assert_ptr_not_equal(out, other);
            hakmem_free(out);
            hakmem_free(other);
        }
    }
    void *page = hakmem_valloc(1);
    assert_int_equal((uintptr_t)page % 4096, 0);
    void *whole = hakmem_pvalloc(1);
    assert_true(hakmem_malloc_usable_size(whole) >= 4096);
    void *rounded = hakmem_memalign(48, 10); /* not a power of two: the next one */
    assert_int_equal((uintptr_t)rounded % 64, 0);
    hakmem_free(page);
    hakmem_free(whole);
    hakmem_free(rounded);
    assert_heap_sound();
}

static void wrong_alignments_are_einval(void **state)
{
    (void)state;
    void *out = &out;
    const size_t wrong[] = {0, 1, 2, 4, 3, 12, 24, 4097};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        errno = 0;
        assert_int_equal(hakmem_posix_memalign(&out, wrong[i], 10), EINVAL);
        assert_int_equal(errno, 0);
        assert_ptr_equal(out, &out); /* untouched */
    }
    assert_int_equal(hakmem_posix_memalign(&out, 64, SIZE_MAX - 100), ENOMEM);
    assert_ptr_equal(out, &out);
    errno = 0;
    assert_null(launder(hakmem_aligned_alloc(3, 10)));
    assert_int_equal(errno, EINVAL);
    assert_null(launder(hakmem_aligned_alloc(0, 10)));
    errno = 0;
    assert_null(launder(hakmem_memalign(SIZE_MAX, 10)));
    assert_int_equal(errno, EINVAL);
}

static void free_keeps_errno(void **state)
{
    (void)state;
    void *blocks[] = {hakmem_malloc(10), hakmem_malloc(100000), hakmem_malloc(10 << 20), NULL};
    for (size_t i = 0; i < 4; i++) {
        errno = 12345;
        hakmem_free(blocks[i]);
        assert_int_equal(errno, 12345);
    }
    errno = 12345;
    void *block = hakmem_malloc(3000);
    assert_int_equal(errno, 12345);
    hakmem_free_sized(block, 3000);
    hakmem_free_aligned_sized(hakmem_aligned_alloc(64, 128), 64, 128);
    assert_int_equal(errno, 12345);
}

static void usable_size_of_nothing_is_zero(void **state)
{
    (void)state;
    assert_int_equal(hakmem_malloc_usable_size(NULL), 0);
}

static void huge_blocks_are_known_and_forgotten(void **state)
{
    (void)state;
    enum { count = 700 }; /* enough to grow the table, and to make runs of probes that removal must repair */
    static void *blocks[count];
    size_t before;
    size_t bytes_before = huge_bytes(&before);
    for (size_t i = 0; i < count; i++)
        blocks[i] = hakmem_malloc(HAKMEM_SPAN_BLOCK_MAX + 1 + i * 4096);
    for (size_t step = 0; step < 3; step++)
        for (size_t i = step; i < count; i += 3) {
            assert_true(hakmem_malloc_usable_size(blocks[i]) >= HAKMEM_SPAN_BLOCK_MAX + 1 + i * 4096);
            hakmem_free(blocks[i]);
        }
    size_t after;
    assert_int_equal(huge_bytes(&after), bytes_before);
    assert_int_equal(after, before);
}

static void the_version_names_the_allocator(void **state)
{
    (void)state;
    assert_non_null(strstr(hakmem_version_string(), "hakmem "));
}

static void trim_gives_memory_back_once(void **state)
{
    (void)state;
    enum { count = 64 };
    void *blocks[count];
    for (size_t i = 0; i < count; i++)
        memset(blocks[i] = hakmem_malloc(60000), 1, 60000);
    for (size_t i = 0; i < count; i++)
        hakmem_free(blocks[i]);
    assert_int_equal(hakmem_malloc_trim(0), 1);
    assert_int_equal(hakmem_malloc_trim(0), 0);
    assert_heap_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_block_may_be_a_huge_one),
        cmocka_unit_test(nothing_lies_in_a_region_that_is_not_there_yet),
        cmocka_unit_test(malloc_of_zero_is_unique_and_freeable),
        cmocka_unit_test(blocks_are_aligned_apart_and_fully_writable),
        cmocka_unit_test(requests_beyond_ptrdiff_max_fail_with_enomem),
        cmocka_unit_test(products_that_overflow_fail_with_enomem),
        cmocka_unit_test(calloc_is_zero_after_reuse),
        cmocka_unit_test(realloc_keeps_the_content),
        cmocka_unit_test(blocks_of_no_size_share_pages),
        cmocka_unit_test(alignments_beyond_all_memory_fail),
        cmocka_unit_test(a_block_that_grows_by_bytes_moves_seldom),
        cmocka_unit_test(realloc_at_its_edges),
        cmocka_unit_test(alignment_is_honoured),
        cmocka_unit_test(wrong_alignments_are_einval),
        cmocka_unit_test(free_keeps_errno),
        cmocka_unit_test(usable_size_of_nothing_is_zero),
        cmocka_unit_test(huge_blocks_are_known_and_forgotten),
        cmocka_unit_test(the_version_names_the_allocator),
        cmocka_unit_test(trim_gives_memory_back_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
