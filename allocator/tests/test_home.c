/* Homes: who takes spans from where, and where they go back to (home.h). */
#include "test.h"

#include "allocator/bits.h"
#include "allocator/home.h"
#include "allocator/os.h"
#include "allocator/roomy.h"
#include "allocator/span.h"

#include <pthread.h>

enum { most = 200 };

/* What a thread of the tests took. */
struct taken {
    size_t first[most];
    size_t count;
};

static void *take_many(void *argument)
{
    struct taken *taken = argument;
    bool zero;
    hakmem_free(hakmem_malloc(1)); /* a thread has a home when it has a heap */
    for (taken->count = 0; taken->count < most; taken->count++)
        taken->first[taken->count] = span_take(1, &zero);
    return NULL;
}

static void give_all(struct taken *taken)
{
    while (taken->count > 0)
        span_give(taken->first[--taken->count], 1);
}

static void take_in_another_thread(struct taken *taken)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, take_many, taken), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static bool share_a_zone(const struct taken *a, const struct taken *b)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < b->count; k++)
            if (a->first[i] / ZONE_SLICES == b->first[k] / ZONE_SLICES)
                return true;
    return false;
}

static void a_home_of_zeros_is_ready_for_use(void **state)
{
    (void)state;
    pthread_mutex_t unlocked = PTHREAD_MUTEX_INITIALIZER;
    assert_memory_equal(&unlocked, &(pthread_mutex_t){0}, sizeof unlocked);
}

/* The main thread's heap stays in use, so that the other one has another heap, and another home if there are several.
 */
static void threads_have_zones_of_their_own(void **state)
{
    (void)state;
    static struct taken mine, theirs;
    take_many(&mine);
    take_in_another_thread(&theirs);
    assert_int_equal(share_a_zone(&mine, &theirs), !HAKMEM_USE_HOME_ZONES);
    assert_null(span_check());
    give_all(&mine);
    give_all(&theirs);
    assert_null(span_check());
}

/* Given back by another thread, slices are free where they came from. */
static void slices_go_back_to_the_home_they_came_from(void **state)
{
    (void)state;
    static struct taken theirs, again;
    take_in_another_thread(&theirs);
    size_t first = theirs.first[0];
    struct home *home = home_of_slice(first);
    size_t used = home_used(home);
    for (size_t i = 1; i < theirs.count; i++)
        span_give(theirs.first[i], 1);
    assert_ptr_equal(home_of_slice(first), home); /* one slice of the zone is in use */
    assert_int_equal(home_used(home), used - (theirs.count - 1));
    take_in_another_thread(&again);
    for (size_t i = 0; i < again.count; i++)
        assert_ptr_equal(home_of_slice(again.first[i]), home); /* the heap, and so the home, that the thread left */
    give_all(&again);
    span_give(first, 1);
    assert_null(span_check());
}

/* What one home had, another one takes before memory that was never used. */
static void empty_zones_are_claimed_by_others(void **state)
{
    (void)state;
    static struct taken theirs, mine;
    take_in_another_thread(&theirs);
    size_t end = span_frontier();
    give_all(&theirs);
    take_many(&mine);
    assert_true(span_frontier() - end <= ZONE_SLICES); /* the other home keeps one empty zone */
    give_all(&mine);
    assert_null(span_check());
}

/* When the region is full, a thread takes what is left in other homes. */
static void the_last_slice_goes_to_whoever_asks(void **state)
{
    (void)state;
    if (hakmem_region.slice_count > (size_t)1 << 16)
        skip(); /* only a small one can be filled */
    static struct taken theirs;
    static size_t rest[1 << 16];
    bool zero;
    size_t count = 0;
    take_in_another_thread(&theirs);
    span_give(theirs.first[most - 1], 1);
    theirs.count--;
    while (count < 1 << 16 && (rest[count] = span_take(1, &zero)) != SPAN_NONE)
        count++;
    assert_int_equal(span_stats().used_bytes >> HAKMEM_SLICE_SHIFT, hakmem_region.slice_count);
    while (count > 0)
        span_give(rest[--count], 1);
    give_all(&theirs);
    assert_null(span_check());
}

/* The first of so many free slices of the home, or SPAN_NONE: slice by slice. */
static size_t first_fit(const struct home *home, size_t count)
{
    size_t run = 0;
    for (size_t slice = 0; slice < home->end; slice++) {
        run = home_of_slice(slice) == home &&
                      !bit_get(&hakmem_region.zones[slice / ZONE_SLICES].used, slice % ZONE_SLICES)
                  ? run + 1
                  : 0;
        if (run == count)
            return slice + 1 - count;
    }
    return SPAN_NONE;
}

/* Mostly a few slices, now and then more than a zone. */
static size_t random_length(uint64_t *random)
{
    uint64_t number = test_random(random);
    return 1 + (number >> 8) % (number % 16 == 0 ? 2 * ZONE_SLICES : number % 4 == 0 ? 40 : 5);
}

static void a_span_is_the_first_that_is_long_enough(void **state)
{
    (void)state;
    enum { live = 64, rounds = 20000 };
    struct {
        size_t first, length;
    } spans[live] = {{0, 0}};
    uint64_t random = 3;
    hakmem_free(hakmem_malloc(1));
    for (int i = 0; i < rounds; i++) {
        size_t at = test_random(&random) % live;
        if (spans[at].length != 0)
            span_give(spans[at].first, spans[at].length);
        spans[at].length = random_length(&random);
        size_t expected = first_fit(home_of_thread(), spans[at].length);
        bool zero;
        spans[at].first = span_take(spans[at].length, &zero);
        assert_int_not_equal(spans[at].first, SPAN_NONE);
        if (expected != SPAN_NONE) /* else the home has claimed a zone */
            assert_int_equal(spans[at].first, expected);
        if (i % 64 == 0)
            assert_null(span_check());
    }
    for (size_t at = 0; at < live; at++)
        if (spans[at].length != 0)
            span_give(spans[at].first, spans[at].length);
    assert_null(span_check());
}

/* What two threads add up under the lock. */
struct sum {
    struct lock lock;
    size_t value;
};

static void *add_many(void *argument)
{
    struct sum *sum = argument;
    for (int i = 0; i < 100000; i++) {
        lock_take_short(&sum->lock);
        sum->value++;
        lock_give(&sum->lock);
    }
    return NULL;
}

/* It is left alone while there is one thread, and is a lock from the second one on. */
static void a_lock_keeps_others_out(void **state)
{
    (void)state;
    static struct sum sum;
    pthread_t threads[2];
    add_many(&sum);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &sum), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(sum.value, 300000);
}

/* calloc gets mappings then, which have no record in the region. */
static void calloc_goes_on_when_the_region_is_used_up(void **state)
{
    (void)state;
    enum { mib = 1 << 20, count = 300 };
    static char *blocks[count];
    size_t outside = 0;
    if (!HAKMEM_USE_LARGE_SPANS || hakmem_region.slice_count * HAKMEM_SLICE_BYTES >= (size_t)count * mib)
        skip(); /* the end of the region is the end of memory, or too far away */
    for (size_t i = 0; i < count; i++) {
        assert_non_null(blocks[i] = hakmem_calloc(mib, 1));
        assert_int_equal(blocks[i][0] + blocks[i][mib - 1], 0);
        outside += slice_of(blocks[i]) >= hakmem_region.slice_count;
    }
    assert_true(outside > 0);
    for (size_t i = 0; i < count; i++)
        hakmem_free(blocks[i]);
    assert_heap_sound();
}

/* Its slices are needed for blocks. */
static void a_small_region_has_no_room_to_give(void **state)
{
    (void)state;
    if (hakmem_region.slice_count > (size_t)1 << 14)
        skip();
    void *block = hakmem_malloc(100000);
    void *behind = hakmem_malloc(100000);
    block = hakmem_realloc(block, 1000000);
    assert_int_equal(roomy_count(), 0);
    hakmem_free(block);
    hakmem_free(behind);
    assert_heap_sound();
}

/* Another thread, whose look at the clock was a moment later, has just turned all windows: what is dirty stays. */
static void a_window_that_has_just_begun_is_not_over(void **state)
{
    (void)state;
    if (!HAKMEM_USE_WATERMARK_PURGE)
        skip();
    enum { held = 256, freed = 100 }; /* slices; the first is too much in use for a drop, the second worth a purge */
    bool zero;
    hakmem_free(hakmem_malloc(1));
    size_t first = span_take(held, &zero);
    size_t second = span_take(freed, &zero);
    span_give(second, freed);
    for (unsigned i = 0; i < HOME_COUNT; i++) {
        home_lock(&hakmem_homes[i]);
        hakmem_homes[i].low_dirty = home_dirty(&hakmem_homes[i]);
        atomic_store(&hakmem_homes[i].window_ns, os_coarse_ns() + (uint64_t)10 * 1000 * 1000 * 1000);
        home_unlock(&hakmem_homes[i]);
    }
    size_t before = span_stats().dirty_bytes;
    assert_true(before >= freed << HAKMEM_SLICE_SHIFT);
    span_give(span_take(1, &zero), 1);
    assert_true(span_stats().dirty_bytes >= before);
    span_give(first, held);
    assert_null(span_check());
}

int main(int argc, char **argv)
{
    (void)argc;
    test_restart_with("HAKMEM_RESERVE", "300M", argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_home_of_zeros_is_ready_for_use),
        cmocka_unit_test(a_lock_keeps_others_out),
        cmocka_unit_test(a_span_is_the_first_that_is_long_enough),
        cmocka_unit_test(threads_have_zones_of_their_own),
        cmocka_unit_test(slices_go_back_to_the_home_they_came_from),
        cmocka_unit_test(empty_zones_are_claimed_by_others),
        cmocka_unit_test(the_last_slice_goes_to_whoever_asks),
        cmocka_unit_test(calloc_goes_on_when_the_region_is_used_up),
        cmocka_unit_test(a_small_region_has_no_room_to_give),
        cmocka_unit_test(a_window_that_has_just_begun_is_not_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
