/*
 * Verdicts: which words an interval earns, given the noise floor, the rounds and the failures.
 */
#include "perf/tests/driver.h"

#include "perf/driver/verdict.h"

#include <math.h>
#include <string.h>

static const struct verdict_doubt no_doubt;

static struct estimate interval(double low, double median, double high)
{
    return (struct estimate){.n = 12, .median = median, .low = low, .high = high, .min = low, .max = high};
}

static struct verdict reach(double low, double median, double high, double floor)
{
    struct estimate ratio = interval(low, median, high);
    return verdict_reach(METRIC_OPS_PER_SEC, &ratio, floor, 6, no_doubt);
}

static void differences_are_named_both_ways(void **state)
{
    (void)state;
    struct verdict verdict = reach(1.24, 1.27, 1.30, 0.01);
    assert_string_equal(verdict.name, "faster");
    assert_string_equal(verdict.words, "1.27x faster, 95 % interval 1.24 to 1.30");
    verdict = reach(0.5, 0.625, 0.8, 0.01);
    assert_string_equal(verdict.name, "slower");
    assert_string_equal(verdict.words, "1.60x slower, 95 % interval 1.25 to 2.00");
    struct estimate ratio = interval(1.1, 1.25, 1.5);
    verdict = verdict_reach(METRIC_PEAK_RSS_BYTES, &ratio, 0.01, 6, no_doubt);
    assert_string_equal(verdict.name, "smaller");
    ratio = interval(0.5, 0.625, 0.8);
    verdict = verdict_reach(METRIC_PEAK_RSS_BYTES, &ratio, 0.01, 6, no_doubt);
    assert_string_equal(verdict.name, "larger");
}

static void small_differences_get_a_third_digit(void **state)
{
    (void)state;
    assert_string_equal(reach(1.003, 1.004, 1.006, 0.001).words, "1.004x faster, 95 % interval 1.003 to 1.006");
    assert_string_equal(reach(1.091, 1.094, 1.096, 0.001).words, "1.094x faster, 95 % interval 1.091 to 1.096");
}

static void no_claim_reads_as_one(void **state)
{
    (void)state;
    assert_string_equal(reach(1.0003, 1.0004, 1.0006, 0.0001).words, "1.0004x faster, 95 % interval 1.0003 to 1.0006");
    for (double effect = 0.09; effect > 1e-6; effect *= 0.7) {
        char zeros[] = "1.00000000";
        const char *words = reach(1 + effect, 1 + effect, 1 + effect, 0).words;
        size_t length = strcspn(words, "x");
        assert_in_range(length, 5, sizeof zeros - 1);
        assert_true(strncmp(words, zeros, length) != 0);
    }
}

static void an_effect_inside_the_noise_floor_is_no_difference(void **state)
{
    (void)state;
    struct verdict verdict = reach(1.01, 1.04, 1.07, 0.05);
    assert_string_equal(verdict.name, "unresolved");
    assert_string_equal(verdict.words, "unresolved (inside the noise floor of 5.0 %), 95 % interval 1.010 to 1.070");
    assert_string_equal(reach(1 / 1.07, 1 / 1.04, 1 / 1.01, 0.05).name, "unresolved");
    assert_string_equal(reach(1.01, 1.04, 1.07, 0.03).name, "faster");
}

static void without_a_usable_noise_floor_there_is_no_claim(void **state)
{
    (void)state;
    struct verdict verdict = reach(1.9, 2, 2.1, NAN);
    assert_string_equal(verdict.name, "unresolved");
    assert_string_equal(verdict.words, "no claim: the A/A' control failed, so the noise is unknown");
    assert_string_equal(reach(0.999, 1, 1.001, NAN).name, "unresolved");
    verdict = reach(3.9, 4, 4.1, 1.5);
    assert_string_equal(verdict.name, "unresolved");
    assert_string_equal(verdict.words, "no claim: the A/A' control is up to 150 % off from itself, more than 100 %");
    assert_string_equal(reach(3.9, 4, 4.1, 1).name, "faster");
}

static void narrow_intervals_around_one_are_the_same(void **state)
{
    (void)state;
    struct verdict verdict = reach(0.997, 1.001, 1.004, 0.01);
    assert_string_equal(verdict.name, "same");
    assert_float_equal(verdict.same_within, 0.005, 1e-12);
    assert_string_equal(verdict.words, "same within 0.5 %, 95 % interval 0.997 to 1.004");
    assert_float_equal(reach(0.985, 1, 1.01, 0.01).same_within, 0.02, 1e-12);
    assert_float_equal(reach(1, 1, 1, 0).same_within, 0.005, 1e-12);
    verdict = reach(0.9, 1, 1.1, 0.01);
    assert_string_equal(verdict.name, "unresolved");
    assert_true(isnan(verdict.same_within));
}

static void too_few_rounds_claim_nothing(void **state)
{
    (void)state;
    struct estimate ratio = interval(NAN, 2, NAN);
    ratio.n = 5;
    struct verdict verdict = verdict_reach(METRIC_OPS_PER_SEC, &ratio, 0.01, 6, no_doubt);
    assert_string_equal(verdict.name, "unresolved");
    assert_string_equal(verdict.words, "no claim: 5 rounds, a 95 % interval needs 6");
}

static void failed_samples_claim_nothing(void **state)
{
    (void)state;
    struct estimate ratio = interval(1.9, 2, 2.1);
    struct verdict_doubt doubt = {.failed = 1, .failed_arm = "phase1"};
    struct verdict verdict = verdict_reach(METRIC_OPS_PER_SEC, &ratio, 0.01, 6, doubt);
    assert_string_equal(verdict.name, "unresolved");
    assert_string_equal(verdict.words, "no claim: 1 sample of phase1 failed");
}

static void the_reach_of_an_interval_is_its_larger_distance_from_one(void **state)
{
    (void)state;
    struct estimate ratio = interval(0.8, 1, 1.1);
    assert_float_equal(verdict_reach_from_one(&ratio), 0.25, 1e-12);
    ratio = interval(0.99, 1, 1.1);
    assert_float_equal(verdict_reach_from_one(&ratio), 0.1, 1e-12);
    ratio.low = ratio.high = NAN;
    assert_true(isnan(verdict_reach_from_one(&ratio)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_are_named_both_ways),
        cmocka_unit_test(small_differences_get_a_third_digit),
        cmocka_unit_test(no_claim_reads_as_one),
        cmocka_unit_test(an_effect_inside_the_noise_floor_is_no_difference),
        cmocka_unit_test(without_a_usable_noise_floor_there_is_no_claim),
        cmocka_unit_test(narrow_intervals_around_one_are_the_same),
        cmocka_unit_test(too_few_rounds_claim_nothing),
        cmocka_unit_test(failed_samples_claim_nothing),
        cmocka_unit_test(the_reach_of_an_interval_is_its_larger_distance_from_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
