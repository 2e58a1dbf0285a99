/* The region is used up: what threads keep for their next blocks is given back before malloc fails. */
#include "test.h"
#include "allocator/region.h"
#include "allocator/span.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>

/* A region of 16 MiB. */
#define RESERVE "64M"

enum { blocks_max = 1 << 19, threads = 4, few = 12 };

static void *blocks[blocks_max];

/* Takes blocks until there are no more, and gives them all back; how many there were. */
static size_t blocks_to_the_end(size_t size)
{
    size_t count = 0;
    while (count < blocks_max && (blocks[count] = hakmem_malloc(size)) != NULL)
        count++;
    assert_int_equal(errno, ENOMEM);
    for (size_t i = 0; i < count; i++)
        hakmem_free(blocks[i]);
    return count;
}

static void *use_every_size(void *argument)
{
    for (size_t size = 1; size <= 4 * HAKMEM_MEDIUM_BLOCK_MAX; size += size / 8 + 16) {
        void *some[few];
        for (size_t i = 0; i < few; i++)
            some[i] = hakmem_malloc(size);
        for (size_t i = 0; i < few; i++)
            hakmem_free(some[i]);
    }
    return argument;
}

static void use_every_size_in_threads(void)
{
    pthread_t thread[threads];
    for (size_t i = 0; i < threads; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, use_every_size, NULL), 0);
    for (size_t i = 0; i < threads; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
}

static void malloc_gets_what_threads_keep(void **state)
{
    (void)state;
    static const size_t sizes[] = {64, 1000, 20000};
    hakmem_free(hakmem_malloc(1));
    if (hakmem_region.slice_count * HAKMEM_SLICE_BYTES > (size_t)16 << 20)
        skip(); /* under an emulator the option was not set */
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t before = blocks_to_the_end(sizes[i]);
        use_every_size(NULL);
        use_every_size_in_threads(); /* a block of theirs that stays costs one of the larger pages */
        assert_in_range(blocks_to_the_end(sizes[i]), before - before / 10, before + before / 10);
        assert_heap_sound();
    }
}

static void *free_every_other(void *count)
{
    for (size_t i = 0; i < *(size_t *)count; i += 2)
        hakmem_free(blocks[i]);
    return NULL;
}

static void *free_the_others(void *count)
{
    for (size_t i = 1; i < *(size_t *)count; i += 2)
        hakmem_free(blocks[i]);
    return NULL;
}

static void in_thread(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, body, argument), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* Of small blocks, which have any number of pages: more than malloc takes back at a time. */
static void malloc_gets_what_other_threads_freed(void **state)
{
    (void)state;
    enum { small = 64, other = 1000, most = 16 << 20 };
    if (hakmem_region.slice_count * HAKMEM_SLICE_BYTES > most)
        skip();
    size_t before = blocks_to_the_end(other);
    size_t count = 0;
    while (count < blocks_max && (blocks[count] = hakmem_malloc(small)) != NULL)
        count++;
    in_thread(free_every_other, &count);
    hakmem_free(hakmem_malloc(small)); /* the pages that were full are seen to have blocks again */
    in_thread(free_the_others, &count);
    assert_in_range(blocks_to_the_end(other), before - before / 10, before + before / 10);
    assert_heap_sound();
}

/* A block that malloc found at the second try was not refused. */
static void errno_stays_where_malloc_succeeds(void **state)
{
    (void)state;
    use_every_size(NULL);
    errno = 0;
    size_t count = 0;
    while (count < blocks_max && (blocks[count] = hakmem_malloc(500)) != NULL) {
        count++;
        assert_int_equal(errno, 0);
    }
    for (size_t i = 0; i < count; i++)
        hakmem_free(blocks[i]);
    assert_heap_sound();
}

int main(int argc, char **argv)
{
    (void)argc;
    test_restart_with("HAKMEM_RESERVE", RESERVE, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malloc_gets_what_threads_keep),
        cmocka_unit_test(malloc_gets_what_other_threads_freed),
        cmocka_unit_test(errno_stays_where_malloc_succeeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
