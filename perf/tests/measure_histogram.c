/*
 * The histogram: buckets tile the numbers without gap or overlap, quantiles are within a bucket's width, and a value
 * above the range is kept in the last bucket with its exact maximum.
 */
#include "perf/tests/measure_test.h"

#include "perf/measure/histogram.h"

static struct lab_histogram histogram, other;

static int clear(void **state)
{
    (void)state;
    histogram = other = (struct lab_histogram){0};
    return 0;
}

/* The bottom of each bucket is one above the top of the one before, and both ends map back to it. */
static void test_buckets_tile_the_range(void **state)
{
    (void)state;
    uint64_t bottom = 0;
    for (size_t bucket = 0; bucket < LAB_HISTOGRAM_BUCKETS; bucket++) {
        uint64_t top = lab_histogram_bucket_top(bucket);
        assert_true(top >= bottom);
        assert_int_equal(lab_histogram_bucket(bottom), bucket);
        assert_int_equal(lab_histogram_bucket(top), bucket);
        bottom = top + 1;
    }
    assert_int_equal(bottom - 1, LAB_HISTOGRAM_LIMIT);
}

static void test_buckets_are_narrow(void **state)
{
    (void)state;
    uint64_t bottom = 0;
    for (size_t bucket = 0; bucket < LAB_HISTOGRAM_BUCKETS; bucket++) {
        uint64_t width = lab_histogram_bucket_top(bucket) - bottom;
        assert_true(width * LAB_HISTOGRAM_STEPS <= bottom);
        bottom += width + 1;
    }
}

static void test_small_values_are_exact(void **state)
{
    (void)state;
    for (uint64_t value = 1; value <= 100; value++)
        lab_histogram_record(&histogram, value);
    assert_int_equal(histogram.total, 100);
    assert_int_equal(histogram.sum, 5050);
    assert_int_equal(lab_histogram_quantile(&histogram, 0.50), 50);
    assert_int_equal(lab_histogram_quantile(&histogram, 0.99), 99);
    assert_int_equal(lab_histogram_quantile(&histogram, 0.999), 100);
    assert_int_equal(lab_histogram_quantile(&histogram, 0), 1);
    assert_int_equal(lab_histogram_quantile(&histogram, 1), 100);
}

static void test_quantiles_of_large_values_are_close(void **state)
{
    (void)state;
    for (uint64_t value = 1; value <= 1000000; value++)
        lab_histogram_record(&histogram, value);
    uint64_t p90 = lab_histogram_quantile(&histogram, 0.90);
    assert_in_range(p90, 900000, 900000 + 900000 / LAB_HISTOGRAM_STEPS);
    assert_int_equal(lab_histogram_quantile(&histogram, 1), 1000000);
}

static void test_empty_histogram_says_zero(void **state)
{
    (void)state;
    assert_int_equal(lab_histogram_quantile(&histogram, 0.5), 0);
}

static void test_values_above_the_range_are_kept(void **state)
{
    (void)state;
    lab_histogram_record(&histogram, UINT64_MAX);
    lab_histogram_record(&histogram, 1);
    assert_int_equal(histogram.count[LAB_HISTOGRAM_BUCKETS - 1], 1);
    assert_true(histogram.max == UINT64_MAX);
    assert_int_equal(lab_histogram_quantile(&histogram, 0.5), 1);
    assert_int_equal(lab_histogram_quantile(&histogram, 1), LAB_HISTOGRAM_LIMIT);
}

static void test_merge_equals_recording_into_one(void **state)
{
    (void)state;
    struct lab_histogram *both = &other;
    static struct lab_histogram odd;
    odd = (struct lab_histogram){0};
    for (uint64_t value = 0; value < 5000; value++) {
        lab_histogram_record(both, value * value);
        lab_histogram_record(value % 2 == 0 ? &histogram : &odd, value * value);
    }
    lab_histogram_merge(&histogram, &odd);
    assert_memory_equal(&histogram, both, sizeof histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_buckets_tile_the_range, clear),
        cmocka_unit_test_setup(test_buckets_are_narrow, clear),
        cmocka_unit_test_setup(test_small_values_are_exact, clear),
        cmocka_unit_test_setup(test_quantiles_of_large_values_are_close, clear),
        cmocka_unit_test_setup(test_empty_histogram_says_zero, clear),
        cmocka_unit_test_setup(test_values_above_the_range_are_kept, clear),
        cmocka_unit_test_setup(test_merge_equals_recording_into_one, clear),
    };
    return cmocka_run_group_tests_name("measure_histogram", tests, NULL, NULL);
}
