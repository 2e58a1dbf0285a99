/*
 * Counters against a scripted source: full counts, multiplexed ones, ones that are denied, missing, implausible or
 * lost, and software events that getrusage answers.  In every case but success there is a reason and no number.
 */
#include "perf/tests/measure_test.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

#include "perf/tests/measure_fake_events.h"

enum { INSTRUCTIONS, CYCLES, BRANCH_MISSES, HARDWARE_COUNT };

static const struct lab_event hardware[HARDWARE_COUNT] = {
    {.name = "instructions", .encoded = true, .type = PERF_TYPE_HARDWARE, .config = INSTRUCTIONS},
    {.name = "cycles", .encoded = true, .type = PERF_TYPE_HARDWARE, .config = CYCLES},
    {.name = "branch_misses", .encoded = true, .type = PERF_TYPE_HARDWARE, .config = BRANCH_MISSES},
};

static const struct lab_usage usage = {
    .minor_faults = 11, .major_faults = 2, .voluntary_switches = 3, .involuntary_switches = 4};

static struct fake_source script;
static struct lab_event_source source;
static struct lab_counters counters;
static struct lab_counter results[LAB_EVENTS_MAX];

/* A PMU on which everything works: the region counts 5000000 instructions, 2000000 cycles, 70 mispredictions. */
static int healthy(void **state)
{
    (void)state;
    script = (struct fake_source){
        .events = {[INSTRUCTIONS] = {.value = {500000, 500000, 5500000}},
                   [CYCLES] = {.value = {200000, 200000, 2200000}},
                   [BRANCH_MISSES] = {.value = {3, 3, 73}}},
        .enabled_ns = {1000, 1000, 9000},
        .running_ns = {1000, 1000, 9000},
    };
    source = fake_source(&script);
    return 0;
}

/* The whole life of a set of counters. */
static void measure(const struct lab_event *events, size_t count)
{
    lab_counters_open(&counters, events, count, &source);
    lab_counters_start(&counters);
    lab_counters_stop(&counters);
    lab_counters_result(&counters, &usage, results);
    lab_counters_close(&counters);
    for (int i = 0; i < FAKE_EVENTS; i++)
        assert_false(script.events[i].open);
    assert_int_equal(script.enabled, 0);
}

static void assert_value(const struct lab_counter *counter, enum lab_counter_state state, uint64_t value)
{
    assert_int_equal(counter->state, state);
    assert_int_equal((uint64_t)counter->value, value);
}

static void assert_unavailable(const struct lab_counter *counter, const char *word)
{
    assert_int_equal(counter->state, LAB_COUNTER_UNAVAILABLE);
    if (strstr(counter->reason, word) == NULL)
        fail_msg("the reason of %s is '%s', without '%s'", counter->name, counter->reason, word);
}

static void test_region_is_the_difference_of_two_readings(void **state)
{
    (void)state;
    measure(hardware, HARDWARE_COUNT);
    assert_value(&results[INSTRUCTIONS], LAB_COUNTER_MEASURED, 5000000);
    assert_value(&results[CYCLES], LAB_COUNTER_MEASURED, 2000000);
    assert_value(&results[BRANCH_MISSES], LAB_COUNTER_MEASURED, 70);
    assert_true(results[CYCLES].coverage == 1);
    assert_string_equal(results[CYCLES].reason, "");
}

static void test_hardware_events_form_one_group(void **state)
{
    (void)state;
    measure(hardware, HARDWARE_COUNT);
    assert_int_equal(script.events[INSTRUCTIONS].group_fd, -1);
    assert_int_equal(script.events[CYCLES].group_fd, script.events[BRANCH_MISSES].group_fd);
    assert_int_not_equal(script.events[CYCLES].group_fd, -1);
}

static void test_multiplexed_counts_are_scaled_and_say_so(void **state)
{
    (void)state;
    script.enabled_ns[2] = 1000 + 1000;
    script.running_ns[2] = 1000 + 900;
    measure(hardware, HARDWARE_COUNT);
    assert_value(&results[CYCLES], LAB_COUNTER_SCALED, 2222222);
    assert_true(results[CYCLES].coverage > 0.89 && results[CYCLES].coverage < 0.91);
}

static void test_low_coverage_is_refused(void **state)
{
    (void)state;
    script.enabled_ns[2] = 1000 + 1000;
    script.running_ns[2] = 1000 + 790;
    measure(hardware, HARDWARE_COUNT);
    assert_unavailable(&results[CYCLES], "only 79 %");
}

static void test_never_scheduled_is_refused_by_the_probe(void **state)
{
    (void)state;
    script.running_ns[0] = 0;
    measure(hardware, HARDWARE_COUNT);
    for (int i = 0; i < HARDWARE_COUNT; i++)
        assert_unavailable(&results[i], "never on the hardware");
}

static void test_region_without_time_is_refused(void **state)
{
    (void)state;
    script.enabled_ns[2] = script.running_ns[2] = 1000;
    measure(hardware, HARDWARE_COUNT);
    assert_unavailable(&results[INSTRUCTIONS], "0 %");
}

static void test_counting_nothing_is_implausible(void **state)
{
    (void)state;
    script.events[INSTRUCTIONS] = (struct fake_event){0};
    measure(hardware, HARDWARE_COUNT);
    assert_unavailable(&results[INSTRUCTIONS], "implausible");
    assert_value(&results[BRANCH_MISSES], LAB_COUNTER_MEASURED, 70);
}

static void test_missing_event_leaves_the_others(void **state)
{
    (void)state;
    script.events[INSTRUCTIONS].open_error = -ENOENT;
    measure(hardware, HARDWARE_COUNT);
    assert_unavailable(&results[INSTRUCTIONS], "no such event");
    assert_value(&results[CYCLES], LAB_COUNTER_MEASURED, 2000000);
    assert_int_equal(script.events[CYCLES].group_fd, -1);
}

static void test_no_event_at_all_means_no_pmu(void **state)
{
    (void)state;
    for (int i = 0; i < HARDWARE_COUNT; i++)
        script.events[i].open_error = -ENOENT;
    measure(hardware, HARDWARE_COUNT);
    for (int i = 0; i < HARDWARE_COUNT; i++)
        assert_unavailable(&results[i], "no PMU");
}

static void test_denied_access_names_the_setting(void **state)
{
    (void)state;
    for (int i = 0; i < HARDWARE_COUNT; i++)
        script.events[i].open_error = -EACCES;
    measure(hardware, HARDWARE_COUNT);
    for (int i = 0; i < HARDWARE_COUNT; i++)
        assert_unavailable(&results[i], "perf_event_paranoid");
}

static void test_no_system_call(void **state)
{
    (void)state;
    script.events[INSTRUCTIONS].open_error = -ENOSYS;
    measure(hardware, 1);
    assert_unavailable(&results[0], "no perf_event_open");
}

static void test_event_that_could_not_be_encoded_keeps_its_reason(void **state)
{
    (void)state;
    struct lab_event event = {.name = "l1d_misses", .reason = "libpfm4 does not know it"};
    measure(&event, 1);
    assert_string_equal(results[0].name, "l1d_misses");
    assert_unavailable(&results[0], "libpfm4 does not know it");
}

static void test_event_missing_from_the_last_reading(void **state)
{
    (void)state;
    script.events[CYCLES].hidden[2] = true;
    measure(hardware, HARDWARE_COUNT);
    assert_unavailable(&results[CYCLES], "could not be read");
    assert_value(&results[INSTRUCTIONS], LAB_COUNTER_MEASURED, 5000000);
}

static void test_failing_read_loses_the_whole_group(void **state)
{
    (void)state;
    script.read_error[2] = -EIO;
    measure(hardware, HARDWARE_COUNT);
    for (int i = 0; i < HARDWARE_COUNT; i++)
        assert_unavailable(&results[i], "could not be read");
}

static void test_end_of_file_is_no_reading(void **state)
{
    (void)state;
    script.read_error[0] = 8; /* the kernel returns a short count for an event in error state */
    measure(hardware, HARDWARE_COUNT);
    assert_unavailable(&results[CYCLES], strerror(EIO));
}

static void test_faults_and_switches_come_from_getrusage_without_the_kernel(void **state)
{
    (void)state;
    const struct lab_event software[] = {
        {.name = "page_faults",
         .encoded = true,
         .type = PERF_TYPE_SOFTWARE,
         .config = PERF_COUNT_SW_PAGE_FAULTS,
         .exclude_kernel = true},
        {.name = "context_switches",
         .encoded = true,
         .type = PERF_TYPE_SOFTWARE,
         .config = PERF_COUNT_SW_CONTEXT_SWITCHES,
         .exclude_kernel = true},
        {.name = "cpu_migrations",
         .encoded = true,
         .type = PERF_TYPE_SOFTWARE,
         .config = PERF_COUNT_SW_CPU_MIGRATIONS,
         .exclude_kernel = true},
    };
    measure(software, TEST_COUNT(software));
    assert_value(&results[0], LAB_COUNTER_MEASURED, 13);
    assert_string_equal(results[0].reason, "from getrusage");
    assert_value(&results[1], LAB_COUNTER_MEASURED, 7);
    assert_unavailable(&results[2], "perf_event_paranoid");
}

static void test_software_event_is_a_group_of_its_own(void **state)
{
    (void)state;
    const struct lab_event both[] = {
        hardware[INSTRUCTIONS],
        {.name = "page_faults", .encoded = true, .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_PAGE_FAULTS},
    };
    script.events[PERF_COUNT_SW_PAGE_FAULTS] = (struct fake_event){.value = {1, 1, 43}};
    script.events[INSTRUCTIONS].open_error = -ENOENT;
    measure(both, TEST_COUNT(both));
    assert_int_equal(script.events[PERF_COUNT_SW_PAGE_FAULTS].group_fd, -1);
    assert_value(&results[1], LAB_COUNTER_MEASURED, 42);
}

/* The kernel itself: whatever it can do here, a state comes out, and a number only with it. */
static void test_the_kernel_gives_a_number_or_a_reason(void **state)
{
    (void)state;
    struct lab_event event = {.name = "instructions",
                              .encoded = true,
                              .type = PERF_TYPE_HARDWARE,
                              .config = PERF_COUNT_HW_INSTRUCTIONS,
                              .exclude_kernel = true};
    lab_counters_open(&counters, &event, 1, &lab_kernel_events);
    lab_counters_start(&counters);
    lab_counters_stop(&counters);
    lab_counters_result(&counters, &usage, results);
    lab_counters_close(&counters);
    assert_true(results[0].state == LAB_COUNTER_UNAVAILABLE ? results[0].reason[0] != '\0' : results[0].value > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_region_is_the_difference_of_two_readings, healthy),
        cmocka_unit_test_setup(test_hardware_events_form_one_group, healthy),
        cmocka_unit_test_setup(test_multiplexed_counts_are_scaled_and_say_so, healthy),
        cmocka_unit_test_setup(test_low_coverage_is_refused, healthy),
        cmocka_unit_test_setup(test_never_scheduled_is_refused_by_the_probe, healthy),
        cmocka_unit_test_setup(test_region_without_time_is_refused, healthy),
        cmocka_unit_test_setup(test_counting_nothing_is_implausible, healthy),
        cmocka_unit_test_setup(test_missing_event_leaves_the_others, healthy),
        cmocka_unit_test_setup(test_no_event_at_all_means_no_pmu, healthy),
        cmocka_unit_test_setup(test_denied_access_names_the_setting, healthy),
        cmocka_unit_test_setup(test_no_system_call, healthy),
        cmocka_unit_test_setup(test_event_that_could_not_be_encoded_keeps_its_reason, healthy),
        cmocka_unit_test_setup(test_event_missing_from_the_last_reading, healthy),
        cmocka_unit_test_setup(test_failing_read_loses_the_whole_group, healthy),
        cmocka_unit_test_setup(test_end_of_file_is_no_reading, healthy),
        cmocka_unit_test_setup(test_faults_and_switches_come_from_getrusage_without_the_kernel, healthy),
        cmocka_unit_test_setup(test_software_event_is_a_group_of_its_own, healthy),
        cmocka_unit_test_setup(test_the_kernel_gives_a_number_or_a_reason, healthy),
    };
    return cmocka_run_group_tests_name("measure_counters", tests, NULL, NULL);
}
