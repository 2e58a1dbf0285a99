/*
 * The lanes' plan: time for every pair, what the run is about first, and what is missing in a line.
 */
#include "perf/tests/driver.h"

#include "perf/driver/lane_budget.h"
#include "perf/driver/lane_gaps.h"
#include "perf/driver/lane_order.h"

#include <string.h>

enum { WORKLOADS = 2, PHASES = 4, ARMS = PHASES + 2, PAIRS = WORKLOADS * ARMS };

static struct workload workloads[WORKLOADS];

/* phase0 to phase3, of which phase3 is in question, two peers, the floor. */
static struct plan lab_plan(void)
{
    struct plan plan = {.lab = true, .repeated = PHASES - 1, .workloads = workloads, .workload_count = WORKLOADS};
    for (size_t i = 0; i < ARMS; i++)
        plan.allocators[plan.allocator_count++].kind = i < PHASES ? KIND_PHASE : KIND_INSTALLED;
    plan.allocators[plan.allocator_count++].kind = KIND_FLOOR;
    return plan;
}

static void assert_order(const struct plan *plan, const char *expected)
{
    struct lane_pair pairs[PAIRS];
    char seen[PAIRS * 3 + 1] = "", rows[PAIRS] = {0};
    size_t count = lane_pairs(plan);
    assert_true(count <= PAIRS);
    lane_order(plan, pairs);
    for (size_t i = 0; i < count; i++) {
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%zu%c ", pairs[i].workload,
                 "0123ms"[pairs[i].allocator]);
        assert_true(pairs[i].row < count);
        assert_int_equal(rows[pairs[i].row]++, 0);
    }
    assert_string_equal(seen, expected);
}

static void a_lab_takes_the_phases_in_between_last(void **state)
{
    (void)state;
    struct plan plan = lab_plan();
    assert_order(&plan, "00 03 0m 0s 10 13 1m 1s 01 02 11 12 ");
    plan.quick = true;
    assert_order(&plan, "00 03 0m 0s 10 13 1m 1s ");
}

static void a_comparison_takes_all_as_they_were_named(void **state)
{
    (void)state;
    struct plan plan = lab_plan();
    plan.lab = false;
    assert_order(&plan, "00 01 02 03 0m 0s 10 11 12 13 1m 1s ");
    plan.quick = true;
    assert_int_equal(lane_pairs(&plan), PAIRS);
}

static void rows_are_workload_by_workload_in_the_plans_order(void **state)
{
    (void)state;
    struct plan plan = lab_plan();
    struct lane_pair pairs[PAIRS];
    lane_order(&plan, pairs);
    for (size_t i = 0; i < PAIRS; i++)
        assert_int_equal(pairs[i].row, pairs[i].workload * ARMS + pairs[i].allocator);
}

static void the_budget_grows_with_the_pairs(void **state)
{
    (void)state;
    struct lane_budget few = lane_budget_of(10, 2, false), many = lane_budget_of(100, 2, false);
    struct lane_budget twice = lane_budget_of(200, 2, false), alone = lane_budget_of(100, 1, false);
    assert_float_equal(lane_budget_total_s(&few), lane_budget_least_s(false), 0);
    assert_true(many.latency_s > few.latency_s && many.side_by_side_s > few.side_by_side_s);
    assert_float_equal(twice.latency_s, 2 * many.latency_s, 1e-9);
    assert_float_equal(twice.side_by_side_s, 2 * many.side_by_side_s, 1e-9);
    assert_float_equal(alone.side_by_side_s, 2 * many.side_by_side_s, 1e-9);
    assert_float_equal(alone.latency_s, many.latency_s, 0);
}

static void a_quick_budget_does_not(void **state)
{
    (void)state;
    struct lane_budget many = lane_budget_of(100, 2, true);
    assert_float_equal(lane_budget_total_s(&many), lane_budget_least_s(true), 0);
    assert_true(lane_budget_least_s(true) < lane_budget_least_s(false));
}

static const char *warning(const struct campaign *campaign, size_t index)
{
    return json_string_value(json_array_get(campaign->warnings, index));
}

static void what_time_left_out_is_one_line_for_all_lanes(void **state)
{
    (void)state;
    struct plan plan = lab_plan();
    struct campaign campaign = {.plan = &plan, .warnings = json_array()};
    struct lane_gaps none = {.pairs = 12}, late = {.pairs = 12, .late = {1, 0, 5}};
    lane_gaps_tell(&none, &campaign);
    assert_int_equal(json_array_size(campaign.warnings), 0);
    lane_gaps_tell(&late, &campaign);
    assert_int_equal(json_array_size(campaign.warnings), 1);
    assert_string_equal(warning(&campaign, 0),
                        "no time was left for latency of 1, simulation of 5 of 12 pairs of workload and allocator; "
                        "the phases in between come last");
    json_decref(campaign.warnings);
}

static void after_ctrl_c_nothing_is_late(void **state)
{
    (void)state;
    struct plan plan = lab_plan();
    struct campaign campaign = {.plan = &plan, .warnings = json_array(), .interrupted = true};
    struct lane_gaps late = {.pairs = 12, .late = {12, 12, 12}};
    lane_gaps_tell(&late, &campaign);
    assert_int_equal(json_array_size(campaign.warnings), 0);
    json_decref(campaign.warnings);
}

static void failures_of_a_lane_are_one_line_with_the_first_reason(void **state)
{
    (void)state;
    struct plan plan = lab_plan();
    struct campaign campaign = {.plan = &plan, .warnings = json_array()};
    struct lane_gaps gaps = {.pairs = 12};
    struct lab_error first = {.text = "tiny_hot under mimalloc: killed"},
                     second = {.text = "tiny_hot under system: no"};
    lane_gaps_failed(&gaps, LANE_MEMORY, &first);
    lane_gaps_failed(&gaps, LANE_MEMORY, &second);
    lane_gaps_failed(&gaps, LANE_SIMULATED, &second);
    lane_gaps_tell(&gaps, &campaign);
    assert_int_equal(json_array_size(campaign.warnings), 2);
    assert_string_equal(warning(&campaign, 0),
                        "no memory over time: tiny_hot under mimalloc: killed; 1 more pair failed there");
    assert_string_equal(warning(&campaign, 1), "no simulation: tiny_hot under system: no");
    json_decref(campaign.warnings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lab_takes_the_phases_in_between_last),
        cmocka_unit_test(a_comparison_takes_all_as_they_were_named),
        cmocka_unit_test(rows_are_workload_by_workload_in_the_plans_order),
        cmocka_unit_test(the_budget_grows_with_the_pairs),
        cmocka_unit_test(a_quick_budget_does_not),
        cmocka_unit_test(what_time_left_out_is_one_line_for_all_lanes),
        cmocka_unit_test(after_ctrl_c_nothing_is_late),
        cmocka_unit_test(failures_of_a_lane_are_one_line_with_the_first_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
