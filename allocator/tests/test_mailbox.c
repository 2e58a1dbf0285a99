/* Mailboxes: what another thread frees comes back to the heap that made it, in letters of any size, and is not lost. */
#include "test.h"

#include "allocator/mailbox.h"
#include "allocator/span.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#if HAKMEM_USE_MAILBOXES

enum { blocks_count = 600 };
static const size_t sizes[] = {16, 32, 48, 64, 500, 1024, 8192, 65536};
enum { sizes_count = sizeof sizes / sizeof sizes[0] };

static void *blocks[blocks_count];
static size_t block_size;

static void *fill(void *unused)
{
    for (size_t i = 0; i < blocks_count; i++)
        memset(blocks[i] = hakmem_malloc(block_size), (int)(i % 251), block_size);
    return unused;
}

static void *free_all(void *unused)
{
    for (size_t i = 0; i < blocks_count; i++) {
        const unsigned char *bytes = blocks[i];
        assert_int_equal(bytes[0], i % 251);
        assert_int_equal(bytes[block_size - 1], i % 251);
        hakmem_free(blocks[i]);
    }
    return unused;
}

static void in_thread(void *(*body)(void *))
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, body, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static int by_address(const void *a, const void *b)
{
    const char *left = *(char *const *)a;
    const char *right = *(char *const *)b;
    return (left > right) - (left < right);
}

/* Of the blocks, those that lie in `before`, which is sorted; fails if one is there twice. */
static size_t count_known(void **before)
{
    size_t known = 0;
    qsort(blocks, blocks_count, sizeof *blocks, by_address);
    for (size_t i = 0; i < blocks_count; i++) {
        assert_true(i == 0 || blocks[i] != blocks[i - 1]);
        known += bsearch(&blocks[i], before, blocks_count, sizeof *before, by_address) != NULL;
    }
    return known;
}

/* The class may have had others free, which come first.  What the other thread still holds is sent when it ends. */
static void blocks_come_back_to_who_made_them(void **state)
{
    (void)state;
    static void *before[blocks_count];
    for (size_t i = 0; i < sizes_count; i++) {
        block_size = sizes[i];
        fill(NULL);
        memcpy(before, blocks, sizeof before);
        in_thread(free_all);
        fill(NULL);
        qsort(before, blocks_count, sizeof *before, by_address);
        assert_in_range(count_known(before), blocks_count / 2, blocks_count);
        for (size_t k = 0; k < blocks_count; k++)
            hakmem_free(blocks[k]);
        assert_heap_sound();
    }
}

/* An owner that does not allocate any more takes its mail when it trims. */
static void trim_takes_the_mail(void **state)
{
    (void)state;
    hakmem_malloc_trim(0);
    size_t start = span_stats().used_bytes;
    block_size = 8192;
    fill(NULL);
    size_t filled = span_stats().used_bytes;
    in_thread(free_all);
    hakmem_malloc_trim(0);
    assert_true(span_stats().used_bytes <= start + (filled - start) / 10);
    assert_heap_sound();
}

static void *fill_and_leave(void *unused)
{
    block_size = 8192;
    fill(NULL);
    return unused;
}

/* The owner's heap is parked, or nobody's: both have their mailbox closed. */
static void nothing_is_sent_to_a_heap_without_a_thread(void **state)
{
    (void)state;
    hakmem_malloc_trim(0);
    size_t start = span_stats().used_bytes;
    in_thread(fill_and_leave);
    size_t filled = span_stats().used_bytes;
    uint32_t owner = page_owner(page_of_block(blocks[0]));
    assert_true(owner < SLICE_OWNER_FIRST || mailbox_is_closed(heap_of_record(owner - SLICE_OWNER_FIRST)));
    in_thread(free_all);
    hakmem_malloc_trim(0);
    assert_true(span_stats().used_bytes <= start + (filled - start) / 10);
    assert_heap_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_come_back_to_who_made_them),
        cmocka_unit_test(trim_takes_the_mail),
        cmocka_unit_test(nothing_is_sent_to_a_heap_without_a_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void there_are_none(void **state)
{
    (void)state;
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_are_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
