/*
 * Switches: a thread that gave the processor away knows it, one that did nothing mostly does not.  On a busy machine
 * any single stretch may be interrupted, so of many short ones most must not be.
 */
#define _GNU_SOURCE
#include "perf/tests/measure_test.h"

#include <pthread.h>
#include <time.h>

#include "perf/measure/switched.h"
#include "perf/measure/usage.h"

enum { STRETCHES = 1000 };

static void pause_shortly(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
}

static void require_known(void)
{
    if (!lab_switched_init()) {
        print_message("the C library registers no thread for restartable sequences here\n");
        skip();
    }
}

static uint64_t voluntary_switches(void)
{
    struct lab_usage usage;
    lab_usage_read_thread(&usage);
    return usage.voluntary_switches;
}

/* Pauses in which the thread gave the processor away, by the kernel's count, and was not told.  A pause may be over
 * before it begins, and then is no switch. */
static void *count_missed(void *missed)
{
    for (int i = 0; i < STRETCHES; i++) {
        uint64_t before = voluntary_switches();
        lab_switched_begin();
        pause_shortly();
        bool seen = lab_switched();
        *(int *)missed += voluntary_switches() != before && !seen;
    }
    return NULL;
}

static void test_a_pause_is_seen(void **state)
{
    (void)state;
    int missed = 0;
    require_known();
    uint64_t before = voluntary_switches();
    count_missed(&missed);
    assert_true(voluntary_switches() - before > STRETCHES / 2);
    assert_int_equal(missed, 0);
}

static void test_every_thread_sees_its_own(void **state)
{
    (void)state;
    pthread_t thread;
    int theirs = 0, ours = 0;
    require_known();
    assert_int_equal(pthread_create(&thread, NULL, count_missed, &theirs), 0);
    count_missed(&ours);
    pthread_join(thread, NULL);
    assert_int_equal(theirs, 0);
    assert_int_equal(ours, 0);
}

static void test_a_pause_before_the_moment_is_not(void **state)
{
    (void)state;
    int seen = 0;
    require_known();
    for (int i = 0; i < STRETCHES; i++) {
        pause_shortly();
        lab_switched_begin();
        seen += lab_switched();
    }
    assert_true(seen < STRETCHES / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pause_is_seen),
        cmocka_unit_test(test_every_thread_sees_its_own),
        cmocka_unit_test(test_a_pause_before_the_moment_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
