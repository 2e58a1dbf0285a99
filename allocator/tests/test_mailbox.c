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

enum { many_count = 20000, many_size = 64 };
static void *many[many_count];

static void *free_many(void *unused)
{
    for (size_t i = 0; i < many_count; i++)
        hakmem_free(many[i]);
    return unused;
}

/* However much has come, one malloc reads a part of it, and others the rest: none is lost. */
static void much_mail_is_read_in_parts(void **state)
{
    (void)state;
#if HAKMEM_USE_SHORT_CALLS
    hakmem_malloc_trim(0);
    for (size_t i = 0; i < many_count; i++)
        assert_non_null(many[i] = hakmem_malloc(many_size));
    size_t filled = span_stats().used_bytes;
    in_thread(free_many);
    size_t mallocs = 0;
    while (hakmem_thread_heap->unread == NULL && mallocs < many_count)
        many[mallocs++] = hakmem_malloc(many_size);
    assert_true(hakmem_thread_heap->unread != NULL);
    size_t parts = 1;
    for (struct hakmem_block *unread = hakmem_thread_heap->unread; unread != NULL;
         unread = hakmem_thread_heap->unread) {
        many[mallocs++] = hakmem_malloc(many_size);
        parts += hakmem_thread_heap->unread != unread;
    }
    assert_in_range(parts, many_count / (MAIL_READ_MAX + MAGAZINE_BLOCKS_MAX) - 1, many_count);
    while (mallocs < many_count)
        many[mallocs++] = hakmem_malloc(many_size);
    assert_true(span_stats().used_bytes <= filled + filled / 10);
    free_many(NULL);
    assert_heap_sound();
#else
    skip();
#endif
}

/* Trimming reads all, and so does the end of a thread. */
static void no_part_is_left_by_a_trim(void **state)
{
    (void)state;
#if HAKMEM_USE_SHORT_CALLS
    for (size_t i = 0; i < many_count; i++)
        assert_non_null(many[i] = hakmem_malloc(many_size));
    size_t filled = span_stats().used_bytes;
    in_thread(free_many);
    for (size_t i = 0; !mailbox_waits(hakmem_thread_heap) && i < many_count; i++)
        many[i] = hakmem_malloc(many_size);
    assert_true(mailbox_waits(hakmem_thread_heap));
    assert_int_equal(magazine_capacity(&hakmem_thread_heap->magazines, magazine_tag(size_class_of(many_size))), 0);
    hakmem_malloc_trim(0);
    assert_true(hakmem_thread_heap->unread == NULL);
    assert_true(span_stats().used_bytes < filled);
    assert_heap_sound();
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_come_back_to_who_made_them),
        cmocka_unit_test(trim_takes_the_mail),
        cmocka_unit_test(nothing_is_sent_to_a_heap_without_a_thread),
        cmocka_unit_test(much_mail_is_read_in_parts),
        cmocka_unit_test(no_part_is_left_by_a_trim),
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
