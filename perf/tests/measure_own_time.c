/*
 * A thread's own time: what was taken from it is left out, what it worked or waited for is not.
 */
#define _GNU_SOURCE
#include "perf/tests/measure_test.h"

#include <time.h>

#include "perf/measure/own_time.h"

static const struct lab_clock two_ghz = {.tsc = true, .hz = 2000000000};

/* 100 ns outside, then a call that took 1,000 ns by the clock, of which the thread had `cpu_ns`. */
static uint64_t own_of(uint64_t cpu_ns, uint64_t waits)
{
    struct lab_moment before = {.ticks = 5000, .cpu_ns = 70000, .waits = 3};
    struct lab_moment after = {.ticks = 7200, .cpu_ns = 70100 + cpu_ns, .waits = 3 + waits};
    return lab_own_ticks(&two_ghz, &before, &after, 5200, 2000);
}

static void test_what_was_taken_is_left_out(void **state)
{
    (void)state;
    assert_int_equal(own_of(300, 0), 600);
    assert_int_equal(own_of(0, 0), 0);
}

static void test_it_is_never_more_than_the_clock_says(void **state)
{
    (void)state;
    assert_int_equal(own_of(1000, 0), 2000);
    assert_int_equal(own_of(5000, 0), 2000);
}

static void test_what_a_call_waited_for_is_in_it(void **state)
{
    (void)state;
    assert_int_equal(own_of(300, 1), 2000);
}

static void test_more_was_stolen_outside_than_the_call_took(void **state)
{
    (void)state;
    struct lab_moment before = {.ticks = 5000, .cpu_ns = 70000};
    struct lab_moment after = {.ticks = 9000, .cpu_ns = 70100};
    assert_int_equal(lab_own_ticks(&two_ghz, &before, &after, 8000, 1000), 0);
}

/* The thread works for 2 ms of its CPU time: that is what its own time must be, however busy the machine is. */
static void test_work_is_seen(void **state)
{
    (void)state;
    const uint64_t work_ns = 2000000;
    struct lab_clock clock;
    lab_clock_init(&clock);
    struct lab_moment before = lab_moment_now(&clock), after;
    uint64_t start = lab_clock_now(&clock);
    do
        after = lab_moment_now(&clock);
    while (after.cpu_ns - before.cpu_ns < work_ns);
    uint64_t ticks = lab_clock_now(&clock) - start;
    assert_true(lab_clock_ns(&clock, lab_own_ticks(&clock, &before, &after, start, ticks)) <= work_ns * 2);
    assert_true(lab_clock_ns(&clock, ticks) >= work_ns / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_taken_is_left_out),
        cmocka_unit_test(test_it_is_never_more_than_the_clock_says),
        cmocka_unit_test(test_what_a_call_waited_for_is_in_it),
        cmocka_unit_test(test_more_was_stolen_outside_than_the_call_took),
        cmocka_unit_test(test_work_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
