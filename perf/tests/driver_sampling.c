/*
 * What decides about single samples: the calibrated operation count, the gate, the file that is preloaded, and how a
 * child process ends.
 */
#include "perf/tests/driver.h"

#include "perf/driver/allocator.h"
#include "perf/driver/calibrate.h"
#include "perf/driver/gate.h"
#include "perf/driver/interrupt.h"
#include "perf/driver/lanes.h"
#include "perf/driver/library.h"
#include "perf/driver/process.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void operations_are_scaled_to_the_wanted_time(void **state)
{
    (void)state;
    assert_int_equal(calibrate_ops(1000, 0.01, 0.01, 0.1), 10000);
    assert_int_equal(calibrate_ops(1000, 0.01, 0.01, 0.1234), 12000); /* two digits */
    assert_int_equal(calibrate_ops(1000, 0.01, 0.03, 0.1), 8000);     /* 20 ms go into starting */
    assert_int_equal(calibrate_ops(1000, 0.01, 0.50, 0.1), 2500);     /* but a quarter is for the region */
    assert_int_equal(calibrate_ops(7, 1, 1, 0.01), 1);                /* at least one */
    assert_int_equal(calibrate_ops(1000, 0, 0, 1), 1000000000000);    /* too fast to see: no division by 0 */
}

static void no_arm_is_left_with_samples_of_no_length(void **state)
{
    const double even[] = {0.1, 0.1, 0.1}, regions[] = {0.09, 0.09, 0.09};
    (void)state;
    assert_float_equal(calibrate_factor(even, regions, 3, 0.1), 1, 0); /* good enough */
    assert_float_equal(calibrate_factor(even, regions, 3, 0.2), 2, 1e-12);
    assert_float_equal(calibrate_factor(even, regions, 0, 0.2), 1, 0);
    /* One arm stalls: by the mean alone the others would be left with 9 ms of 200. */
    const double stalled[] = {0.1, 0.1, 6}, stalled_regions[] = {0.1, 0.1, 6};
    double factor = calibrate_factor(stalled, stalled_regions, 3, 0.2);
    assert_true(factor * 0.1 >= 0.2 / 5 - 1e-12);
    assert_true(factor < 0.5);
    /* One that takes a thousand times as long does not get a thousand times the time. */
    const double slow[] = {0.001, 0.001, 1}, slow_regions[] = {0.001, 0.001, 1};
    assert_true(calibrate_factor(slow, slow_regions, 3, 0.2) * 1.002 / 3 <= 8.001 * 0.2);
    const double floor[] = {0.2, 0.2}, floor_regions[] = {0.2, INFINITY};
    assert_float_equal(calibrate_factor(floor, floor_regions, 2, 0.2), 1, 0);
}

static void samples_shrink_to_let_the_rounds_fit(void **state)
{
    (void)state;
    assert_float_equal(calibrate_fit(20, 0, 30), 1, 0);
    assert_float_equal(calibrate_fit(40, 0, 30), 22.5 / 40, 1e-12);
    assert_float_equal(calibrate_fit(1000, 0, 30), 0.2, 0);
    assert_float_equal(calibrate_fit(1, 0, 0), 0.2, 0);
    /* Starting processes takes its time however short the regions are: these have to give way. */
    assert_float_equal(calibrate_fit(20, 2.5, 30), 1, 0);
    assert_float_equal(calibrate_fit(20, 12.5, 30), 0.5, 1e-12);
    assert_float_equal(calibrate_fit(20, 50, 30), 0.2, 0);
}

static void rounds_of_a_claim_may_borrow_from_the_lanes(void **state)
{
    (void)state;
    struct plan plan = {.rounds_min = 10, .time_limit_s = 29, .lanes_s = 16};
    struct campaign campaign = {.plan = &plan, .measured_s = 28};
    assert_float_equal(plan_limit_s(&plan, 10), 41, 0);
    assert_float_equal(plan_limit_s(&plan, 11), 29, 0);
    assert_float_equal(lane_share(&campaign), 1, 0);
    campaign.measured_s = 37;
    assert_float_equal(lane_share(&campaign), 0.5, 0);
    campaign.measured_s = 60;
    assert_float_equal(lane_share(&campaign), 0.1, 0);
    plan.lanes_s = 0;
    assert_float_equal(plan_limit_s(&plan, 1), 29, 0);
    assert_float_equal(lane_share(&campaign), 1, 0);
    plan.time_limit_s = NAN;
    assert_true(isnan(plan_limit_s(&plan, 1)));
    assert_float_equal(campaign_overrun_s(&campaign), 0, 0);
}

static struct sample quiet_sample(void)
{
    return (struct sample){.elapsed_ns = 500000000, .cpu_ns = 499000000, .wall_ns = 510000000, .threads = 1};
}

static void assert_gated(const struct sample *sample, const char *words)
{
    char *objection = gate_objection(sample);
    assert_non_null(objection);
    assert_non_null(strstr(objection, words));
    free(objection);
}

static void the_gate_lets_quiet_samples_pass(void **state)
{
    struct sample sample = quiet_sample();
    (void)state;
    assert_null(gate_objection(&sample));
    sample.involuntary = 40;
    assert_null(gate_objection(&sample));
    sample.steal_ns = 10000000; /* one tick, which may be rounding */
    assert_null(gate_objection(&sample));
}

static void the_gate_objects_to_disturbances(void **state)
{
    struct sample sample = quiet_sample();
    (void)state;
    sample.steal_ns = 30000000;
    assert_gated(&sample, "stole 30 ms of 510 ms");
    sample = quiet_sample();
    sample.cpu_ns = 400000000;
    assert_gated(&sample, "waited for a CPU: 500.0 ms wall, 400.0 ms CPU");
    sample = quiet_sample();
    sample.involuntary = 500;
    assert_gated(&sample, "preempted 500 times");
    sample.threads = 2; /* threads that wait for each other are no disturbance */
    sample.cpu_ns = 400000000;
    assert_null(gate_objection(&sample));
}

static void reruns_are_limited(void **state)
{
    (void)state;
    assert_true(gate_reruns(0, 0, 1));
    assert_true(gate_reruns(1, 1, 2));
    assert_false(gate_reruns(2, 2, 3));
    assert_false(gate_reruns(0, 20, 100));
    assert_true(gate_reruns(0, 20, 1000));
}

static void only_allocators_can_be_preloaded(void **state)
{
    struct lab_error error;
    char *libc = allocator_system_library();
    (void)state;
    assert_non_null(libc);
    assert_int_equal(library_check(libc, &error), STATUS_DONE);
    free(libc);
    assert_int_equal(library_check("/nonexistent.so", &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "No such file"));
    assert_int_equal(library_check("/etc/passwd", &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "not an ELF file"));
    assert_int_equal(library_check("/etc", &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "not a file"));
    assert_int_equal(library_check("/bin/true", &error), STATUS_USAGE);
}

static void the_same_code_is_recognised(void **state)
{
    (void)state;
    char *libc = allocator_system_library();
    assert_true(library_same_code(libc, libc));
    assert_false(library_same_code(libc, "/proc/self/exe"));
    assert_false(library_same_code("/etc/passwd", "/etc/passwd"));
    free(libc);
}

static struct process_end run_shell(const char *script, double timeout_s)
{
    struct process_end end;
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    struct process process = {.argv = argv, .timeout_s = timeout_s, .wants_output = true};
    assert_int_equal(process_run(&process, &end), 0);
    return end;
}

static void assert_ended(struct process_end end, const char *words)
{
    char *text = process_end_text(&end, 0.2);
    assert_string_equal(text, words);
    free(text);
    process_end_free(&end);
}

static void ends_of_processes_are_told_apart(void **state)
{
    (void)state;
    struct process_end end = run_shell("echo one; echo two", 60);
    assert_int_equal(end.exit_status, 0);
    assert_string_equal(end.output, "one\ntwo\n");
    process_end_free(&end);
    assert_ended(run_shell("echo first >&2; echo last >&2; exit 3", 60), "exit status 3: last");
    assert_ended(run_shell("kill -SEGV $$", 60), "ended by signal 11 (Segmentation fault)");
    assert_ended(run_shell("sleep 60 & sleep 60", 0.2), "killed after 0.2 s, its limit (--timeout)");
    const char *argv[] = {"/nonexistent/program", NULL};
    struct process process = {.argv = argv, .timeout_s = 1};
    assert_true(process_run(&process, &end) < 0);
}

static void ctrl_c_ends_a_process(void **state)
{
    (void)state;
    raise(SIGINT);
    struct process_end end = run_shell("sleep 60", 60);
    assert_true(end.interrupted);
    assert_true(interrupt_came());
    interrupt_forget();
    assert_false(interrupt_came());
    process_end_free(&end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_arm_is_left_with_samples_of_no_length),
        cmocka_unit_test(samples_shrink_to_let_the_rounds_fit),
        cmocka_unit_test(rounds_of_a_claim_may_borrow_from_the_lanes),
        cmocka_unit_test(operations_are_scaled_to_the_wanted_time),
        cmocka_unit_test(the_gate_lets_quiet_samples_pass),
        cmocka_unit_test(the_gate_objects_to_disturbances),
        cmocka_unit_test(reruns_are_limited),
        cmocka_unit_test(only_allocators_can_be_preloaded),
        cmocka_unit_test(the_same_code_is_recognised),
        cmocka_unit_test(ends_of_processes_are_told_apart),
        cmocka_unit_test(ctrl_c_ends_a_process),
    };
    interrupt_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
