/*
 * What the self-test's figures rest on: shares, the t-test of the other method, the agenda, and the figures of trials
 * whose outcome is invented.
 */
#include "perf/tests/driver.h"

#include "perf/driver/agenda.h"
#include "perf/driver/fingerprint.h"
#include "perf/driver/roadmap.h"
#include "perf/driver/selftest_figures.h"
#include "perf/driver/selftest_recall.h"
#include "perf/driver/share.h"
#include "perf/driver/welch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Clopper and Pearson's own table, and closed forms at the ends. */
static void shares_have_exact_intervals(void **state)
{
    (void)state;
    struct share share = share_of(0, 40, 0.05);
    assert_float_equal(share.low, 0, 0);
    assert_float_equal(share.high, 1 - pow(0.025, 1 / 40.0), 1e-12);
    share = share_of(40, 40, 0.05);
    assert_float_equal(share.low, pow(0.025, 1 / 40.0), 1e-12);
    assert_float_equal(share.high, 1, 0);
    share = share_of(7, 30, 0.05);
    assert_float_equal(share.low, 0.0993, 5e-5);
    assert_float_equal(share.high, 0.4228, 5e-5);
    share = share_of(5, 10, 0.05);
    assert_float_equal(share.low, 0.1871, 5e-5);
    assert_float_equal(share.high, 0.8129, 5e-5);
    assert_true(isnan(share_of(0, 0, 0.05).rate));
}

/* From tables of Student's t: the two-sided 5 % and 1 % points. */
static void tails_of_t_are_those_of_the_tables(void **state)
{
    (void)state;
    assert_float_equal(welch_two_sided(12.7062, 1), 0.05, 1e-6);
    assert_float_equal(welch_two_sided(2.22814, 10), 0.05, 1e-6);
    assert_float_equal(welch_two_sided(3.16927, 10), 0.01, 1e-6);
    assert_float_equal(welch_two_sided(1.98397, 100), 0.05, 1e-6);
    assert_float_equal(welch_two_sided(-2.22814, 10), 0.05, 1e-6);
    assert_float_equal(welch_two_sided(0, 7), 1, 1e-12);
    assert_float_equal(welch_two_sided(1, 1), 0.5, 1e-12);
}

static void welch_compares_means(void **state)
{
    (void)state;
    const double a[] = {27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4};
    const double b[] = {27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.4};
    struct welch welch = welch_test(a, 15, b, 15);
    assert_float_equal(welch.t, -2.85295, 1e-5);
    assert_float_equal(welch.degrees, 27.8873, 1e-4);
    assert_float_equal(welch.p, 0.00807194, 1e-7);
    assert_true(isnan(welch_test(a, 1, b, 15).p));
    const double same[] = {1, 1, 1};
    assert_true(isnan(welch_test(same, 3, same, 3).p));
}

static void any_part_of_the_agenda_has_some_of_each(void **state)
{
    (void)state;
    struct agenda agenda = {.again = 40, .slowed = 20, .workloads = 2, .allocators = 2};
    size_t counts[6] = {0}, places[2][2] = {{0}};
    assert_int_equal(agenda_length(&agenda), 100);
    for (size_t i = 0; i < 100; i++) {
        struct agenda_item item = agenda_item(&agenda, i);
        counts[item.effect_percent]++;
        if (!item.effect_percent)
            places[item.workload][item.allocator]++;
        if (i == 9) {
            assert_int_equal(counts[0], 4);
            assert_int_equal(counts[1], 2);
            assert_int_equal(counts[2], 2);
            assert_int_equal(counts[5], 2);
        }
    }
    assert_int_equal(counts[0], 40);
    assert_int_equal(counts[1] + counts[2] + counts[5], 60);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(places[i / 2][i % 2], 10);
}

/* A trial with a verdict, whose ratio is as said with +-0.5 % around it. */
static json_t *trial(int effect_percent, const char *verdict, double ratio, double floor)
{
    return json_pack("{s:i, s:s, s:f, s:{s:f, s:f, s:f, s:s}, s:{s:s}, s:f, s:[], s:{s:f, s:f}, s:f}", "effect_percent",
                     effect_percent, "workload", "alpha", "rounds", 12.0, "speed", "ratio", ratio, "ci_low",
                     ratio * 0.995, "ci_high", ratio * 1.005, "verdict", verdict, "memory", "verdict", "same", "floor",
                     floor, "failures", "means", "p", 0.01, "ratio", 0.9, "seconds", 6.0);
}

static void add(json_t *trials, size_t count, json_t *owned)
{
    for (size_t i = 0; i < count; i++)
        json_array_append(trials, owned);
    json_decref(owned);
}

static double figure(const json_t *figures, const char *name)
{
    return json_number_value(json_object_get(figures, name));
}

static double share_seen(const json_t *figures, const char *effect)
{
    return json_number_value(json_object_get(json_object_get(figures, "detected"), effect));
}

static void trials_without_a_noise_floor_estimate_nothing(void **state)
{
    (void)state;
    json_t *trials = json_array(), *blind = trial(0, "unresolved", 1, 0);
    json_object_set_new(blind, "floor", json_null());
    add(trials, 40, blind);
    json_t *figures = selftest_figures(trials);
    assert_true(json_is_null(json_object_get(figures, "detectable_effect_estimate")));
    json_decref(figures);
    json_decref(trials);
}

/* A gain far beyond every goal, in a run whose A/A' control failed. */
static void without_a_noise_floor_no_goal_is_met(void **state)
{
    (void)state;
    json_t *run = json_pack("{s:[{s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:s}], s:[{s:s, s:s, s:f}]}", "comparisons",
                            "workload", "random_mixed", "metric", "ops_per_sec", "candidate", "phase1", "baseline",
                            "phase0", "ratio", 2.0, "ci_low", 1.9, "ci_high", 2.1, "words", "2.00x faster",
                            "noise_floor", "workload", "random_mixed", "metric", "ops_per_sec", "floor", 0.01);
    json_t *roadmap = roadmap_make(run);
    const json_t *gain = json_array_get(json_object_get(roadmap, "gains"), 0);
    assert_string_equal(json_string_value(json_object_get(gain, "verdict")), "met");
    json_decref(roadmap);
    json_object_set_new(json_array_get(json_object_get(run, "noise_floor"), 0), "floor", json_null());
    roadmap = roadmap_make(run);
    gain = json_array_get(json_object_get(roadmap, "gains"), 0);
    assert_string_equal(json_string_value(json_object_get(gain, "verdict")), "unresolved");
    json_decref(roadmap);
    json_decref(run);
}

static void figures_count_what_was_claimed(void **state)
{
    (void)state;
    json_t *trials = json_array();
    add(trials, 38, trial(0, "same", 1, 0.004));
    add(trials, 1, trial(0, "faster", 1.01, 0.004));
    add(trials, 1, trial(0, "slower", 0.99, 0.004));
    add(trials, 10, trial(1, "unresolved", 0.995, 0.02));
    add(trials, 5, trial(2, "slower", 0.98, 0.004));
    add(trials, 5, trial(2, "unresolved", 0.99, 0.02));
    add(trials, 9, trial(5, "slower", 0.952, 0.004));
    add(trials, 1, trial(5, "faster", 1.05, 0.004));
    json_t *figures = selftest_figures(trials);
    assert_float_equal(figure(figures, "aa_trials"), 40, 0);
    assert_float_equal(figure(figures, "false_claim_rate"), 0.05, 1e-12);
    assert_float_equal(figure(figures, "false_claim_rate_memory"), 0, 0);
    assert_float_equal(share_seen(figures, "1"), 0, 0);
    assert_float_equal(share_seen(figures, "2"), 0.5, 0);
    assert_float_equal(share_seen(figures, "5"), 0.9, 0);
    assert_float_equal(figure(figures, "smallest_detectable_effect"), 5, 0);
    assert_float_equal(figure(figures, "detectable_effect_estimate"), 0.5, 0.02);
    assert_true(json_is_true(json_object_get(figures, "passed")));
    const json_t *means = json_object_get(figures, "hyperfine");
    assert_float_equal(figure(means, "false_claim_rate"), 1, 0);
    json_decref(figures);
    json_decref(trials);
}

static void a_lab_that_claims_too_often_does_not_pass(void **state)
{
    (void)state;
    json_t *trials = json_array();
    add(trials, 32, trial(0, "same", 1, 0.004));
    add(trials, 8, trial(0, "faster", 1.01, 0.004));
    json_t *figures = selftest_figures(trials);
    assert_true(json_is_false(json_object_get(figures, "passed")));
    char *line = selftest_line(figures);
    assert_non_null(strstr(line, "unknown"));
    free(line);
    json_decref(figures);
    json_decref(trials);
}

/* Slowdowns that read as gains: worse than not seeing them. */
static void a_lab_that_points_the_wrong_way_does_not_pass(void **state)
{
    (void)state;
    json_t *trials = json_array();
    add(trials, 40, trial(0, "same", 1, 0.004));
    add(trials, 20, trial(5, "faster", 1.05, 0.004));
    json_t *figures = selftest_figures(trials);
    assert_float_equal(share_seen(figures, "5"), 0, 0);
    assert_true(json_is_null(json_object_get(figures, "smallest_detectable_effect")));
    assert_true(json_is_false(json_object_get(figures, "passed")));
    json_decref(figures);
    json_decref(trials);
}

/* What was not tried often enough is not said to be invisible. */
static void few_trials_leave_the_smallest_effect_unknown(void **state)
{
    (void)state;
    json_t *trials = json_array();
    add(trials, 40, trial(0, "same", 1, 0.004));
    add(trials, 10, trial(1, "unresolved", 0.99, 0.02));
    add(trials, 10, trial(2, "unresolved", 0.98, 0.02));
    add(trials, 9, trial(5, "slower", 0.952, 0.004));
    for (int i = 0; i < 2; i++) {
        json_t *figures = selftest_figures(trials);
        char *line = selftest_line(figures);
        assert_non_null(strstr(line, i ? "none of those tried" : "too few trials"));
        free(line);
        json_object_set_new(figures, "state", json_string("partial"));
        line = selftest_line(figures);
        assert_non_null(strstr(line, i ? "none of those tried" : "unknown, the self-test was cut short"));
        free(line);
        json_decref(figures);
        add(trials, 9, trial(5, "unresolved", 0.952, 0.1));
    }
    json_decref(trials);
}

static void failed_trials_are_told_and_in_no_share(void **state)
{
    (void)state;
    json_t *trials = json_array(), *failed = trial(0, "faster", 1.2, 0.004);
    json_object_set_new(failed, "failures", json_pack("[{}]"));
    add(trials, 40, trial(0, "same", 1, 0.004));
    add(trials, 1, failed);
    json_t *figures = selftest_figures(trials);
    assert_float_equal(figure(figures, "aa_trials"), 40, 0);
    assert_float_equal(figure(figures, "false_claims"), 0, 0);
    assert_float_equal(figure(figures, "failed_trials"), 1, 0);
    assert_true(json_is_false(json_object_get(figures, "passed")));
    json_decref(figures);
    json_decref(trials);
}

static void machines_differ_by_what_speed_depends_on(void **state)
{
    (void)state;
    json_t *one = json_pack("{s:s, s:i, s:f}", "cpu_model", "x", "cores", 2, "load_1min", 0.1);
    json_t *other = json_pack("{s:s, s:i, s:f}", "cpu_model", "x", "cores", 2, "load_1min", 1.9);
    assert_true(fingerprint_same(one, other));
    json_object_set_new(other, "cores", json_integer(4));
    assert_false(fingerprint_same(one, other));
    assert_false(fingerprint_same(one, NULL));
    json_decref(one);
    json_decref(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_have_exact_intervals),
        cmocka_unit_test(tails_of_t_are_those_of_the_tables),
        cmocka_unit_test(welch_compares_means),
        cmocka_unit_test(any_part_of_the_agenda_has_some_of_each),
        cmocka_unit_test(trials_without_a_noise_floor_estimate_nothing),
        cmocka_unit_test(without_a_noise_floor_no_goal_is_met),
        cmocka_unit_test(figures_count_what_was_claimed),
        cmocka_unit_test(a_lab_that_claims_too_often_does_not_pass),
        cmocka_unit_test(a_lab_that_points_the_wrong_way_does_not_pass),
        cmocka_unit_test(few_trials_leave_the_smallest_effect_unknown),
        cmocka_unit_test(failed_trials_are_told_and_in_no_share),
        cmocka_unit_test(machines_differ_by_what_speed_depends_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
