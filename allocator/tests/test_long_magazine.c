/* Long magazines: they grow to the burst that they have to hold, all or none, and leave nothing behind. */
#include "test.h"

#include "allocator/long_magazine.h"
#include "allocator/span.h"

#include <pthread.h>
#include <string.h>

#if HAKMEM_USE_LONG_MAGAZINES

enum { small = 32, other = 48, burst = 600, other_burst = 200, too_large = 9000, classes = 10 };

static void *blocks[too_large];
static void *other_blocks[other_burst];

static unsigned tag_of(size_t size)
{
    return magazine_tag(size_class_of(size));
}

static struct magazines *mine(void)
{
    return &hakmem_thread_heap->magazines;
}

static void take(void **into, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++)
        memset(into[i] = hakmem_malloc(size), (int)(i % 251), size);
}

static void give(void **from, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(((unsigned char *)from[i])[size - 1], i % 251);
        hakmem_free(from[i]);
    }
}

static void turns(unsigned count, size_t blocks_each)
{
    for (unsigned turn = 0; turn < count; turn++) {
        take(blocks, blocks_each, small);
        take(other_blocks, other_burst, other);
        give(blocks, blocks_each, small);
        give(other_blocks, other_burst, other);
        assert_heap_sound();
    }
}

/* Each test begins with a heap that holds nothing. */
static int begin(void **state)
{
    (void)state;
    hakmem_free(hakmem_malloc(small));
    heap_abandon_pages(hakmem_thread_heap);
    mine()->longs.pause = 0;
    mine()->longs.next_pause = LONG_PAUSE_MIN;
    return 0;
}

static void a_magazine_grows_to_the_burst(void **state)
{
    (void)state;
    turns(4, burst);
    assert_true(magazine_count(mine(), tag_of(small)) >= burst);
    assert_true(magazine_count(mine(), tag_of(other)) >= other_burst);
}

static void a_larger_burst_makes_all_of_them_short_for_a_while(void **state)
{
    (void)state;
    turns(4, burst);
    turns(8, too_large);
    assert_int_equal(magazine_capacity(mine(), tag_of(small)), MAGAZINE_BLOCKS_MAX);
    assert_int_equal(magazine_capacity(mine(), tag_of(other)), MAGAZINE_BLOCKS_MAX);
    assert_int_equal(mine()->longs.span, SPAN_NONE);
    turns(8, burst); /* not so soon */
    assert_int_equal(magazine_capacity(mine(), tag_of(small)), MAGAZINE_BLOCKS_MAX);
    assert_in_range(mine()->longs.pause, 1, LONG_PAUSE_MIN);
    assert_int_equal(mine()->longs.next_pause, 2 * LONG_PAUSE_MIN);
    mine()->longs.pause = 0;
    turns(16, burst); /* the list head holds what is left of the larger bursts: it runs dry once in a few turns */
    assert_true(magazine_capacity(mine(), tag_of(small)) >= burst);
}

/* Frames: bursts of two sizes, of which the larger one's is spread over pages of a few blocks each. */
static void a_larger_burst_is_seen_over_several_pages(void **state)
{
    (void)state;
    enum { large = 400, too_many = 3000 };
    for (unsigned turn = 0; turn < 12; turn++) {
        take(blocks, too_many, large);
        take(other_blocks, other_burst, other);
        give(blocks, too_many, large);
        give(other_blocks, other_burst, other);
    }
    assert_true(magazine_capacity(mine(), tag_of(other)) <= MAGAZINE_BLOCKS_MAX);
    assert_int_equal(mine()->longs.span, SPAN_NONE);
    assert_heap_sound();
}

/* A magazine of large blocks is short: what is a burst goes by that. */
static void a_small_burst_of_large_blocks_is_one(void **state)
{
    (void)state;
    enum { large = 4096, few_blocks = 3 * MAGAZINE_BLOCKS_MIN };
    for (unsigned turn = 0; turn < 4; turn++) {
        take(blocks, few_blocks, large);
        give(blocks, few_blocks, large);
    }
    assert_true(magazine_count(mine(), tag_of(large)) >= few_blocks);
    assert_heap_sound();
}

/* The rest of the burst by which it grew goes past it: that is no reason to grow again. */
static void a_magazine_grows_once_for_one_burst(void **state)
{
    (void)state;
    enum { many = 3000 };
    take(blocks, many, small);
    give(blocks, many, small);
    take(blocks, many, small);
    unsigned capacity = magazine_capacity(mine(), tag_of(small));
    assert_in_range(capacity, many, long_magazine_capacity(tag_of(small)) - 1);
    for (unsigned turn = 0; turn < 6; turn++) {
        give(blocks, many, small);
        take(blocks, many, small);
        assert_int_equal(magazine_capacity(mine(), tag_of(small)), capacity);
    }
    give(blocks, many, small);
}

static void balanced_use_needs_no_long_magazine(void **state)
{
    (void)state;
    enum { live = 40 };
    uint64_t random = 7;
    memset(blocks, 0, sizeof blocks);
    for (size_t i = 0; i < 40000; i++) {
        void **block = &blocks[test_random(&random) % live];
        hakmem_free(*block);
        *block = hakmem_malloc(1 + test_random(&random) % 64);
    }
    for (size_t i = 0; i < live; i++)
        hakmem_free(blocks[i]);
    assert_int_equal(mine()->longs.span, SPAN_NONE);
}

static void *take_too_many(void *unused)
{
    take(blocks, too_large, small);
    return unused;
}

/* More blocks of another thread than the long magazine holds. */
static void blocks_of_other_threads_pass_through(void **state)
{
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, take_too_many, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    static void *own[burst];
    for (unsigned turn = 0; turn < 4; turn++) {
        take(own, burst, small);
        give(own, burst, small);
    }
    give(blocks, too_large, small);
    assert_heap_sound();
}

static void nothing_stays_behind(void **state)
{
    (void)state;
    size_t before = span_stats().used_bytes;
    turns(4, burst);
    assert_int_not_equal(mine()->longs.span, SPAN_NONE);
    heap_abandon_pages(hakmem_thread_heap);
    assert_int_equal(span_stats().used_bytes, before);
}

/* Each burst fits into a magazine, all of them not into the span. */
static void a_span_that_is_full_makes_all_of_them_short(void **state)
{
    (void)state;
    bool was_long = false;
    for (unsigned turn = 0; turn < 4; turn++)
        for (size_t size = 16; size <= 16 * classes && !(was_long && mine()->longs.span == SPAN_NONE); size += 16) {
            take(blocks, 2 * burst, size);
            give(blocks, 2 * burst, size);
            was_long = was_long || mine()->longs.span != SPAN_NONE;
            assert_true(mine()->longs.span == SPAN_NONE || mine()->longs.used <= LONG_PLACES);
            assert_heap_sound();
        }
    assert_true(was_long);
    assert_int_equal(mine()->longs.span, SPAN_NONE);
    for (size_t size = 16; size <= 16 * classes; size += 16)
        assert_in_range(magazine_capacity(mine(), tag_of(size)), 0, MAGAZINE_BLOCKS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_magazine_grows_to_the_burst, begin),
        cmocka_unit_test_setup(a_larger_burst_makes_all_of_them_short_for_a_while, begin),
        cmocka_unit_test_setup(a_larger_burst_is_seen_over_several_pages, begin),
        cmocka_unit_test_setup(a_small_burst_of_large_blocks_is_one, begin),
        cmocka_unit_test_setup(a_magazine_grows_once_for_one_burst, begin),
        cmocka_unit_test_setup(balanced_use_needs_no_long_magazine, begin),
        cmocka_unit_test_setup(blocks_of_other_threads_pass_through, begin),
        cmocka_unit_test_setup(nothing_stays_behind, begin),
        cmocka_unit_test_setup(a_span_that_is_full_makes_all_of_them_short, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void magazines_stay_short(void **state)
{
    (void)state;
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(magazines_stay_short)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
