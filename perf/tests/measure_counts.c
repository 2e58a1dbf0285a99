/*
 * Counts of a counting allocator: found by weak reference, taken as differences, and only then in the record.
 *
 * This program stands in for the allocator: it exports the two functions itself.
 */
#include "perf/tests/measure_test.h"

#include <string.h>

#include "perf/measure/counts.h"
#include "perf/measure/sample.h"

static const char *names[LAB_COUNTS_MAX + 2];
static unsigned long long values[LAB_COUNTS_MAX + 2];

const char *hakmem_count_name(unsigned index);
unsigned long long hakmem_count_value(unsigned index);

const char *hakmem_count_name(unsigned index)
{
    return index < LAB_COUNTS_MAX + 2 ? names[index] : NULL;
}

unsigned long long hakmem_count_value(unsigned index)
{
    return values[index];
}

static int no_names(void **state)
{
    (void)state;
    memset(names, 0, sizeof names);
    return 0;
}

static void test_without_names_there_are_no_counts(void **state)
{
    struct lab_counts counts;
    (void)state;
    lab_counts_read(&counts);
    assert_int_equal(counts.count, 0);
}

static void test_counts_are_those_between_two_readings(void **state)
{
    struct lab_counts start, end, counts;
    (void)state;
    names[0] = "malloc_calls";
    names[1] = "collections";
    values[0] = 40;
    values[1] = 7;
    lab_counts_read(&start);
    values[0] = 100;
    lab_counts_read(&end);
    lab_counts_since(&start, &end, &counts);
    assert_int_equal(counts.count, 2);
    assert_string_equal(counts.of[0].name, "malloc_calls");
    assert_int_equal(counts.of[0].value, 60);
    assert_int_equal(counts.of[1].value, 0);
}

static void test_no_more_are_read_than_there_is_room_for(void **state)
{
    struct lab_counts counts;
    (void)state;
    for (size_t i = 0; i < LAB_COUNTS_MAX + 2; i++)
        names[i] = "event";
    lab_counts_read(&counts);
    assert_int_equal(counts.count, LAB_COUNTS_MAX);
}

static void test_the_record_has_counts_only_where_there_are_any(void **state)
{
    static char buffer[LAB_RECORD_BYTES];
    struct lab_json json;
    struct lab_sample sample = {.workload = "w", .allocator = {.linkage = "preload"}};
    (void)state;
    lab_json_init(&json, buffer, sizeof buffer);
    lab_sample_write(&sample, &json);
    assert_null(strstr(buffer, "\"counts\""));
    sample.region.counts = (struct lab_counts){.count = 2, .of = {{"malloc_calls", 60}, {"collections", 0}}};
    lab_json_init(&json, buffer, sizeof buffer);
    lab_sample_write(&sample, &json);
    assert_non_null(strstr(buffer, "\"counts\":{\"malloc_calls\":60,\"collections\":0},"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_without_names_there_are_no_counts, no_names),
        cmocka_unit_test_setup(test_counts_are_those_between_two_readings, no_names),
        cmocka_unit_test_setup(test_no_more_are_read_than_there_is_room_for, no_names),
        cmocka_unit_test_setup(test_the_record_has_counts_only_where_there_are_any, no_names),
    };
    return cmocka_run_group_tests_name("measure_counts", tests, NULL, NULL);
}
