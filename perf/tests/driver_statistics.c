/*
 * Medians and sign-test intervals: against the published tables of the sign test, by simulation, and at the edges.
 */
#include "perf/tests/driver.h"

#include "perf/driver/measurements.h"
#include "perf/driver/random.h"
#include "perf/driver/statistics.h"

#include <math.h>

/* From tables of the cumulative binomial distribution, and powers of a half. */
static void binomial_tails_are_those_of_the_tables(void **state)
{
    (void)state;
    assert_float_equal(statistics_binomial_tail(10, 2, 0.5), 56 / 1024.0, 1e-13);
    assert_float_equal(statistics_binomial_tail(20, 5, 0.5), 21700 / 1048576.0, 1e-13);
    assert_float_equal(statistics_binomial_tail(20, 1, 0.05), 0.7358395249, 1e-9);
    assert_float_equal(statistics_binomial_tail(15, 4, 0.3), 0.5154910592, 1e-9);
    assert_float_equal(statistics_binomial_tail(40, 0, 0.05), 0.1285121566, 1e-9);
    assert_float_equal(statistics_binomial_tail(1000, 0, 0.5), ldexp(1, -1000), ldexp(1e-9, -1000));
    assert_float_equal(statistics_binomial_tail(1000, 499, 0.5), 0.4873874908, 1e-9);
    assert_float_equal(statistics_binomial_tail(7, 7, 0.2), 1, 1e-13);
    assert_float_equal(statistics_binomial_tail(7, 0, 0), 1, 0);
    assert_float_equal(statistics_binomial_tail(7, 6, 1), 0, 0);
}

/* Largest number of minus signs that is significant, two-sided: the table of the sign test in statistics textbooks. */
static void ranks_are_those_of_the_sign_test_table(void **state)
{
    static const struct {
        size_t n, critical_5, critical_1;
    } table[] = {{8, 0, 0},  {9, 1, 0},  {10, 1, 0}, {11, 1, 0}, {12, 2, 1}, {13, 2, 1}, {14, 2, 1}, {15, 3, 2},
                 {16, 3, 2}, {17, 4, 2}, {18, 4, 3}, {19, 4, 3}, {20, 5, 3}, {25, 7, 5}, {30, 9, 7}, {40, 13, 11}};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(statistics_interval_rank(table[i].n, 0.05), table[i].critical_5 + 1);
        assert_int_equal(statistics_interval_rank(table[i].n, 0.01), table[i].critical_1 + 1);
    }
}

static void few_values_have_no_interval(void **state)
{
    (void)state;
    for (size_t n = 0; n < 6; n++)
        assert_int_equal(statistics_interval_rank(n, 0.05), 0);
    assert_int_equal(statistics_interval_rank(6, 0.05), 1);
    assert_int_equal(statistics_rounds_needed(0.05), 6);
    assert_int_equal(statistics_rounds_needed(0.05 / 2), 7);
    assert_int_equal(statistics_rounds_needed(0.05 / 3), 7);
    assert_int_equal(statistics_rounds_needed(0.05 / 5), 8);
    double values[] = {3, 1, 2, 5, 4};
    struct estimate estimate = statistics_estimate(values, 5, 0.05);
    assert_true(estimate.median == 3 && estimate.min == 1 && estimate.max == 5);
    assert_true(isnan(estimate.low) && isnan(estimate.high));
    estimate = statistics_estimate(values, 0, 0.05);
    assert_true(estimate.n == 0 && isnan(estimate.median));
}

static void interval_of_twelve_is_third_to_tenth(void **state)
{
    (void)state;
    double values[] = {12, 1, 11, 2, 10, 3, 9, 4, 8, 5, 7, 6};
    struct estimate estimate = statistics_estimate(values, 12, 0.05);
    assert_true(estimate.median == 6.5);
    assert_true(estimate.low == 3 && estimate.high == 10);
}

/* A value between -1 and 1 or, half of the time, one from 0 to a million: skewed, with outliers, of median 0. */
static double skewed(struct random_stream *random)
{
    double value = (double)(int64_t)random_next(random) / 0x1p63;
    return value > 0 ? pow(10, 6 * value) - 1 : value;
}

/* The share of intervals that hold the true median, 0. */
static double coverage(size_t n, double alpha)
{
    enum { TRIALS = 20000 };
    double values[64];
    int held = 0;
    struct random_stream random = random_stream_of(20251123, n);
    for (int trial = 0; trial < TRIALS; trial++) {
        for (size_t i = 0; i < n; i++)
            values[i] = skewed(&random);
        struct estimate estimate = statistics_estimate(values, n, alpha);
        held += estimate.low <= 0 && 0 <= estimate.high;
    }
    return (double)held / TRIALS;
}

/* Exact probabilities: 1 - 2 P(B <= k - 1).  20,000 trials have a standard error of at most 0.0015. */
static void intervals_cover_as_often_as_promised(void **state)
{
    (void)state;
    assert_float_equal(coverage(6, 0.05), 0.96875, 0.006);
    assert_float_equal(coverage(12, 0.05), 0.96143, 0.006);
    assert_float_equal(coverage(20, 0.05), 0.95861, 0.006);
    assert_float_equal(coverage(40, 0.05), 0.96153, 0.006);
    assert_float_equal(coverage(12, 0.01), 0.99365, 0.003);
}

static void ratios_above_one_mean_better(void **state)
{
    (void)state;
    const double slow_big[METRIC_COUNT] = {[METRIC_OPS_PER_SEC] = 100, [METRIC_PEAK_RSS_BYTES] = 3000};
    const double fast_small[METRIC_COUNT] = {[METRIC_OPS_PER_SEC] = 200, [METRIC_PEAK_RSS_BYTES] = 1000};
    double values[3];
    struct measurements *measurements = measurements_new(2, 2, 3);
    measurements_put(measurements, 1, 0, 1, slow_big);
    measurements_put(measurements, 1, 1, 1, fast_small);
    measurements_put(measurements, 1, 0, 3, slow_big); /* its partner is missing: no ratio */
    assert_int_equal(measurements_log_ratios(measurements, 1, METRIC_OPS_PER_SEC, 0, 1, values), 1);
    assert_float_equal(values[0], log(2), 1e-12);
    assert_int_equal(measurements_log_ratios(measurements, 1, METRIC_PEAK_RSS_BYTES, 0, 1, values), 1);
    assert_float_equal(values[0], log(3), 1e-12);
    assert_int_equal(measurements_log_ratios(measurements, 0, METRIC_OPS_PER_SEC, 0, 1, values), 0);
    assert_int_equal(measurements_values(measurements, 1, 0, METRIC_OPS_PER_SEC, values), 2);
    measurements_free(measurements);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binomial_tails_are_those_of_the_tables),
        cmocka_unit_test(ranks_are_those_of_the_sign_test_table),
        cmocka_unit_test(few_values_have_no_interval),
        cmocka_unit_test(interval_of_twelve_is_third_to_tenth),
        cmocka_unit_test(intervals_cover_as_often_as_promised),
        cmocka_unit_test(ratios_above_one_mean_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
