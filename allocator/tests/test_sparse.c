/* Sparse blocks: calloc's large blocks are zero however they are cleared, and are cleared in the way that pays. */
#include "test.h"

#include "allocator/os.h"
#include "allocator/sparse.h"

#include <string.h>

enum { large = 1 << 20, rounds = 6 };

static const bool in_use = HAKMEM_USE_SPARSE_BLOCKS && !HAKMEM_USE_GUARDS;

static void assert_zero(const unsigned char *block, size_t size)
{
    static const unsigned char zeroes[4096];
    for (size_t i = 0; i < size; i += sizeof zeroes)
        assert_memory_equal(block + i, zeroes, size - i < sizeof zeroes ? size - i : sizeof zeroes);
}

/* The thread has large blocks all the while, so that it keeps what it frees, and their memory is used. */
static void *keep_one(void)
{
    void *block = hakmem_malloc(100000);
    unsigned char *used = hakmem_malloc(large);
    memset(used, 0xaa, large);
    hakmem_free(used);
    return block;
}

static size_t resident(unsigned char *block)
{
    uintptr_t mask = os_page_bytes() - 1;
    return os_resident((void *)(((uintptr_t)block + mask) & ~mask), large - os_page_bytes());
}

/* Of 4 KiB, not of 64. */
static bool two_pages_are_few(void)
{
    return 2 * SPARSE_SHARE < large / os_page_bytes();
}

static void a_block_that_stays_empty_is_not_written_to(void **state)
{
    (void)state;
    void *one = keep_one();
    for (unsigned i = 0; i < rounds; i++) {
        if (i == 0 || !two_pages_are_few())
            hakmem_thread_heap->sparse = true;
        unsigned char *block = hakmem_calloc(1, large);
        if (in_use)
            assert_true(resident(block) <= 2);
        block[large / 3] = 1;
        block[large - 1] = 1;
        hakmem_free(block);
        assert_true(!in_use || hakmem_thread_heap->sparse == two_pages_are_few());
    }
    hakmem_free(one);
}

static void a_block_that_is_filled_is_written_to(void **state)
{
    (void)state;
    void *one = keep_one();
    hakmem_thread_heap->sparse = true;
    for (unsigned i = 0; i < rounds; i++) {
        unsigned char *block = hakmem_calloc(1, large);
        assert_zero(block, large);
        memset(block, 0xcc, large);
        hakmem_free(block);
        assert_true(!in_use || !hakmem_thread_heap->sparse);
    }
    hakmem_free(one);
}

/* Blocks begin and end in the middle of system pages. */
static void every_byte_is_zero(void **state)
{
    (void)state;
    void *one = keep_one();
    for (size_t size = SPARSE_BYTES_MIN - 2; size < 3 * SPARSE_BYTES_MIN; size += 65537) {
        hakmem_thread_heap->sparse = true;
        unsigned char *block = hakmem_calloc(1, size);
        assert_zero(block, size);
        memset(block, 0xdd, size);
        hakmem_free(block);
    }
    hakmem_free(one);
    assert_heap_sound();
}

/* What lies around the block is its neighbours'. */
static void neighbours_keep_their_content(void **state)
{
    (void)state;
    enum { neighbours = 8, size = 700000 };
    unsigned char *block[neighbours];
    for (unsigned i = 0; i < neighbours; i++)
        memset(block[i] = hakmem_malloc(size), (int)i + 1, size);
    for (unsigned i = 0; i < neighbours; i += 2) {
        hakmem_free(block[i]);
        hakmem_thread_heap->sparse = true;
        assert_zero(block[i] = hakmem_calloc(1, size), size);
    }
    for (unsigned i = 1; i < neighbours; i += 2)
        for (size_t j = 0; j < size; j++)
            assert_int_equal(block[i][j], i + 1);
    for (unsigned i = 0; i < neighbours; i++)
        hakmem_free(block[i]);
    assert_heap_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_that_stays_empty_is_not_written_to),
        cmocka_unit_test(a_block_that_is_filled_is_written_to),
        cmocka_unit_test(every_byte_is_zero),
        cmocka_unit_test(neighbours_keep_their_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
