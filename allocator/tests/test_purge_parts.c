/*
 * Purging in parts: no single free gives back all that is idle, and yet it all goes.  The rules look at the clock: what
 * a machine that stands still makes them do is not judged.
 */
#include "test.h"

#include "allocator/purge.h"
#include "allocator/purge_parts.h"
#include "allocator/span.h"

#include <string.h>
#include <time.h>

#if HAKMEM_USE_SHORT_CALLS

enum { window_ms = 250, patience_ms = 200 };

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void pause_ms(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static size_t dirty_slices(void)
{
    return span_stats().dirty_bytes / HAKMEM_SLICE_BYTES;
}

/* Frees a block; by how many slices less are dirty then, 0 if there are more. */
static size_t purged_by_free(void *block)
{
    size_t before = dirty_slices();
    hakmem_free(block);
    size_t after = dirty_slices();
    return before > after ? before - after : 0;
}

/* --- a drop ----------------------------------------------------------------------------------------------------- */

enum {
    small_count = 40000,
    small_max = 2000,
    small_step = 7919,
    /* coprime to the count: another order */ longest_ms = 500
};
static void *small[small_count];

static void a_peak_that_ends_goes_in_parts(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (size_t i = 0; i < small_count; i++) {
        size_t size = 1 + test_random(&random) % small_max;
        assert_non_null(small[i] = hakmem_malloc(size));
        memset(small[i], 1, size);
    }
    pause_ms(window_ms + window_ms / 4); /* a peak that lasted */
    size_t used = span_stats().used_bytes / HAKMEM_SLICE_BYTES;
    uint64_t start_ms = now_ms();
    size_t most = 0;
    size_t gone = 0;
    for (size_t i = 0; i < small_count; i++) {
        size_t purged = purged_by_free(small[i * small_step % small_count]);
        most = purged > most ? purged : most;
        gone += purged;
    }
    assert_heap_sound();
    assert_true(purge_drops() > 0);
    assert_true(dirty_slices() <= used / 8);
    assert_true(gone > used / 2);
    if (now_ms() - start_ms > longest_ms)
        skip();
    assert_in_range(most, 1, used / 8);
}

/* --- a window --------------------------------------------------------------------------------------------------- */

enum { large_bytes = 1 << 20, large_count = 96, large_kept = 32 };
static void *large[large_count];

/* A span comes back, which is when the rules are looked at. */
static size_t purged_by_a_turn(size_t i)
{
    size_t purged = purged_by_free(large[i]);
    assert_non_null(large[i] = hakmem_malloc(large_bytes));
    return purged;
}

static void what_is_idle_goes_in_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < large_count; i++)
        assert_non_null(large[i] = hakmem_malloc(large_bytes));
    for (size_t i = large_kept; i < large_count; i++)
        hakmem_free(large[i]);
    size_t idle = dirty_slices();
    assert_true(idle > 8 * PART_SLICES);
    for (int turn = 0; turn < 2; turn++) { /* one window ends, and then one in which nothing was needed */
        pause_ms(window_ms + window_ms / 4);
        purged_by_a_turn(0);
    }
    uint64_t start_ms = now_ms();
    size_t most = 0;
    for (size_t i = 0; i < 4 * large_kept; i++) {
        size_t purged = purged_by_a_turn(i % large_kept);
        most = purged > most && now_ms() - start_ms < patience_ms ? purged : most;
    }
    assert_true(dirty_slices() < idle / 4);
    for (size_t i = 0; i < large_kept; i++)
        hakmem_free(large[i]);
    assert_heap_sound();
    assert_true(most <= PART_SLICES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peak_that_ends_goes_in_parts), /* first: a drop is not looked for all the time */
        cmocka_unit_test(what_is_idle_goes_in_parts),
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
