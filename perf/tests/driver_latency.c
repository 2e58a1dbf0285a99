/*
 * From the records of several processes to one row: medians, the largest maximum, and quantiles that are not supported.
 */
#include "perf/tests/driver.h"

#include "perf/driver/latency_rows.h"

#include <stdlib.h>

static json_t *record(double p50_ns, double p99_9_ns, double max_ns, int n)
{
    return json_pack(
        "{s:{s:i, s:f, s:[{s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:[[f,f],[f,f]], s:{s:i, s:{s:i, s:i, "
        "s:i}}}]}}",
        "latency", "every", 8, "floor_p50_ns", 14.0, "operations", "operation", "malloc", "n", n, "p50_ns", p50_ns,
        "p90_ns", p50_ns, "p95_ns", p50_ns, "p99_ns", p50_ns, "p99_9_ns", p99_9_ns, "max_ns", max_ns, "switched", 7,
        "curve", 0.5, p50_ns, 0.999, p99_9_ns, "slow", "n", 20, "causes", "purge", 0, "page_fault", 5, "unknown", 15);
}

static json_t *rows_of(const int *calls, const double *p50_ns, const double *max_ns, size_t count)
{
    json_t *records[6], *list = json_array();
    for (size_t i = 0; i < count; i++)
        records[i] = record(p50_ns[i], 10 * p50_ns[i], max_ns[i], calls[i]);
    latency_rows_add(list, "tiny_hot", "phase1", records, count, records[0]);
    for (size_t i = 0; i < count; i++)
        json_decref(records[i]);
    return list;
}

static double number(const json_t *row, const char *name)
{
    return json_number_value(json_object_get(row, name));
}

static void quantiles_are_medians_and_the_maximum_is_the_largest(void **state)
{
    (void)state;
    json_t *list = rows_of((int[]){2000, 2000, 3000}, (double[]){20, 500, 21}, (double[]){90, 8, 7}, 3);
    const json_t *row = json_array_get(list, 0);
    assert_int_equal(json_array_size(list), 1); /* no process timed a free */
    assert_int_equal(number(row, "n"), 7000);
    assert_int_equal(number(row, "processes"), 3);
    assert_true(number(row, "p50_ns") == 21);
    assert_true(number(row, "p99_9_ns") == 210);
    assert_true(number(row, "max_ns") == 90);
    assert_true(number(row, "slowest_ns") == 8);
    assert_int_equal(number(row, "switched"), 21);
    assert_int_equal(json_object_size(json_object_get(row, "intervals")), 0);
    assert_true(number(row, "floor_p50_ns") == 14);
    assert_int_equal(json_array_size(json_object_get(row, "curve")), 2);
    json_decref(list);
}

static void a_quantile_needs_a_call_beyond_it(void **state)
{
    (void)state;
    json_t *list = rows_of((int[]){2000, 999}, (double[]){20, 22}, (double[]){90, 8}, 2);
    const json_t *row = json_array_get(list, 0);
    assert_true(json_is_null(json_object_get(row, "p99_9_ns")));
    assert_true(number(row, "p99_ns") == 21);
    assert_int_equal(json_array_size(json_object_get(row, "curve")), 1);
    json_decref(list);
}

static void many_processes_give_an_interval(void **state)
{
    (void)state;
    json_t *list = rows_of((int[]){2000, 2000, 2000, 2000, 2000, 2000}, (double[]){20, 25, 22, 24, 21, 23},
                           (double[]){1, 2, 3, 4, 5, 6}, 6);
    const json_t *intervals = json_object_get(json_array_get(list, 0), "intervals");
    const json_t *p99 = json_object_get(intervals, "p99_ns");
    assert_true(json_number_value(json_array_get(p99, 0)) == 20);
    assert_true(json_number_value(json_array_get(p99, 1)) == 25);
    assert_true(json_number_value(json_array_get(json_object_get(intervals, "slowest_ns"), 1)) == 6);
    assert_null(json_object_get(intervals, "p99_99_ns")); /* not supported */
    json_decref(list);
}

static void causes_are_told_by_their_share(void **state)
{
    (void)state;
    json_t *one = record(1, 2, 3, 1000);
    const json_t *operation = json_array_get(json_object_get(json_object_get(one, "latency"), "operations"), 0);
    char *text = latency_causes_text(json_object_get(operation, "slow"));
    assert_string_equal(text, "unknown 75 %, page fault 25 %");
    free(text);
    json_decref(one);
}

static void without_records_there_is_no_row(void **state)
{
    (void)state;
    json_t *list = json_array(), *none = json_object();
    latency_rows_add(list, "tiny_hot", "phase1", &none, 1, NULL);
    assert_int_equal(json_array_size(list), 0);
    char *text = latency_causes_text(NULL);
    assert_string_equal(text, "");
    free(text);
    json_decref(none);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_medians_and_the_maximum_is_the_largest),
        cmocka_unit_test(a_quantile_needs_a_call_beyond_it),
        cmocka_unit_test(many_processes_give_an_interval),
        cmocka_unit_test(causes_are_told_by_their_share),
        cmocka_unit_test(without_records_there_is_no_row),
    };
    return cmocka_run_group_tests_name("driver_latency", tests, NULL, NULL);
}
