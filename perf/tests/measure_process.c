/*
 * Clock, CPU lists, pinning, memory and rusage: sane on any machine, with no claim about how long anything takes.
 */
#define _GNU_SOURCE
#include "perf/tests/measure_test.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

#include "perf/measure/clock.h"
#include "perf/measure/pin.h"
#include "perf/measure/usage.h"

#define KIB 1024u

static struct lab_error error;

static void test_clock_does_not_run_backwards(void **state)
{
    (void)state;
    struct lab_clock clock;
    lab_clock_init(&clock);
    assert_true(clock.hz > 0);
    assert_string_equal(lab_clock_source(&clock), clock.tsc ? "tsc" : "monotonic");
    for (uint64_t i = 0, before = lab_clock_now(&clock); i < 1000; i++) {
        uint64_t now = lab_clock_now(&clock);
        assert_true(now >= before);
        before = now;
    }
}

/* The clock's span lies between two spans of CLOCK_MONOTONIC, give or take what calibration may be off. */
static void test_clock_agrees_with_the_kernel(void **state)
{
    (void)state;
    struct lab_clock clock;
    lab_clock_init(&clock);
    uint64_t outer = lab_monotonic_ns(), start = lab_clock_now(&clock), inner = lab_monotonic_ns();
    while (lab_monotonic_ns() - inner < 20000000)
        ;
    uint64_t least = lab_monotonic_ns() - inner, ticks = lab_clock_now(&clock) - start;
    uint64_t most = lab_monotonic_ns() - outer, span = lab_clock_ns(&clock, ticks);
    assert_in_range(span, least - least / 500, most + most / 500);
}

static void test_ticks_to_ns_does_not_overflow(void **state)
{
    (void)state;
    struct lab_clock clock = {.tsc = true, .hz = 2500000000};
    assert_int_equal(lab_clock_ns(&clock, 5), 2);
    assert_int_equal(lab_clock_ns(&clock, UINT64_C(2500000000) * 86400 * 365), UINT64_C(1000000000) * 86400 * 365);
}

static void test_cpu_lists(void **state)
{
    (void)state;
    struct lab_cpu_list list;
    char text[64];
    assert_int_equal(lab_cpu_list_parse("3,0-2,3", &list, &error), 0);
    assert_int_equal(list.count, 5);
    assert_int_equal(lab_cpu_list_format(&list, text, sizeof text), 9);
    assert_string_equal(text, "3,0,1,2,3");
    assert_int_equal(lab_cpu_list_format(&list, text, 9), -ENOSPC);
}

static void test_bad_cpu_lists(void **state)
{
    (void)state;
    static const char *const bad[] = {"",        ",", "1,", ",1", "1,,2", "-1",     "2-1",
                                      "1-",      "a", "1a", "1 ", "1024", "0-1024", "99999999999999999999",
                                      "0-1023,0"};
    struct lab_cpu_list list;
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        if (lab_cpu_list_parse(bad[i], &list, &error) != -EINVAL)
            fail_msg("'%s' was taken for a CPU list", bad[i]);
}

static void test_pinning_takes_effect(void **state)
{
    (void)state;
    cpu_set_t before;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &before))
        cpu++;
    assert_int_equal(lab_pin_thread(cpu, &error), 0);
    assert_int_equal(sched_getcpu(), cpu);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

static void test_pinning_to_a_missing_cpu_fails(void **state)
{
    (void)state;
    assert_int_equal(lab_pin_thread(LAB_CPUS_MAX - 1, &error), -EINVAL);
    assert_non_null(strstr(error.text, "CPU 1023"));
}

static void test_status_file_is_parsed(void **state)
{
    (void)state;
    struct lab_memory memory;
    assert_int_equal(lab_memory_parse("Name:\tx\nVmHWM:\t    200 kB\nVmRSS:\t  100 kB\n", &memory), 0);
    assert_int_equal(memory.peak_bytes, 200 * KIB);
    assert_int_equal(memory.rss_bytes, 100 * KIB);
    assert_int_equal(lab_memory_parse("Name:\tx\nVmHWM:\t    200 kB\n", &memory), -EPROTO);
}

/* Touching 16 MiB shows in the peak, and after they are gone a reset takes it back, where the kernel allows that. */
static void test_peak_follows_what_is_touched(void **state)
{
    (void)state;
    const size_t bytes = 16 * KIB * KIB, most = bytes - bytes / 8;
    struct lab_memory before, during, after;
    struct lab_usage first, last;
    lab_memory_reset_peak();
    lab_usage_read(&first);
    assert_int_equal(lab_memory_read(&before), 0);
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    memset(memory, 1, bytes);
    assert_int_equal(lab_memory_read(&during), 0);
    munmap(memory, bytes);
    assert_true(during.rss_bytes >= before.rss_bytes + most);
    assert_true(during.peak_bytes >= during.rss_bytes);
    lab_usage_read(&last);
    assert_true(lab_usage_since(&first, &last).minor_faults > 0);
    bool reset = lab_memory_reset_peak();
    assert_int_equal(lab_memory_read(&after), 0);
    assert_true(!reset || after.peak_bytes + most <= during.peak_bytes);
}

static void test_usage_difference_is_by_field(void **state)
{
    (void)state;
    struct lab_usage before = {1, 2, 3, 4, 5, 6}, after = {11, 22, 33, 44, 55, 66};
    struct lab_usage since = lab_usage_since(&before, &after), expected = {10, 20, 30, 40, 50, 60};
    assert_memory_equal(&since, &expected, sizeof since);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_does_not_run_backwards),
        cmocka_unit_test(test_clock_agrees_with_the_kernel),
        cmocka_unit_test(test_ticks_to_ns_does_not_overflow),
        cmocka_unit_test(test_cpu_lists),
        cmocka_unit_test(test_bad_cpu_lists),
        cmocka_unit_test(test_pinning_takes_effect),
        cmocka_unit_test(test_pinning_to_a_missing_cpu_fails),
        cmocka_unit_test(test_status_file_is_parsed),
        cmocka_unit_test(test_peak_follows_what_is_touched),
        cmocka_unit_test(test_usage_difference_is_by_field),
    };
    return cmocka_run_group_tests_name("measure_process", tests, NULL, NULL);
}
