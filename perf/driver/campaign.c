/*
 * Carrying out a plan.
 *
 *      for each workload:  calibrate on one arm, then a warm-up block of all arms (round 0) that confirms the length
 *      round 1, 2, ...:    for each workload, in a shuffled order: one block, which runs every arm once
 *
 * Rounds go around all workloads, so that a run which is cut short (time limit, Ctrl-C) has been equally fair to all.
 * After the least number of rounds a workload ends when its speed intervals are narrow.  It stops on the width of an
 * interval, never on what the interval says: stopping as soon as a difference shows would invent differences.
 */
#define _GNU_SOURCE
#include "perf/driver/campaign.h"

#include "perf/driver/calibrate.h"
#include "perf/driver/gate.h"
#include "perf/driver/interrupt.h"
#include "perf/driver/machine.h"
#include "perf/driver/monotonic.h"
#include "perf/driver/statistics.h"
#include "perf/driver/summary.h"
#include "perf/driver/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NARROW_LOG_WIDTH 0.02 /* of both halves together: an interval of +-1 % */
#define FAILURES_MAX     2    /* of one arm on one workload, after which it is left out there */
#define PADDING_MAX      4096 /* a page: every alignment of the stack below that is reached */

void campaign_warn(struct campaign *campaign, char *owned)
{
    size_t i;
    json_t *other;
    bool known = false;
    json_array_foreach (campaign->warnings, i, other) {
        known = known || !strcmp(json_string_value(other), owned);
    }
    if (!known)
        json_array_append_new(campaign->warnings, json_string(owned));
    free(owned);
}

void campaign_begin(struct campaign *campaign, struct plan *plan, struct results *results, json_t *command)
{
    *campaign = (struct campaign){.plan = plan, .results = results, .command = command};
    campaign->started_at = text_time_now();
    campaign->started_s = monotonic_s();
    campaign->machine = machine_describe();
    campaign->measurements = measurements_new(plan->workload_count, plan->arm_count, plan->rounds_max);
    campaign->counter_metrics = counter_metrics_new(plan);
    campaign->states = memory_take(plan->workload_count, sizeof *campaign->states);
    for (size_t i = 0; i < plan->workload_count; i++)
        campaign->states[i].schedule = schedule_new(plan->arm_count, plan->seed + i);
    campaign->failures = json_array();
    campaign->warnings = json_array();
    company_begin(&campaign->company);
    progress_begin(&campaign->progress);
    campaign->progress.silent = plan->silent;
}

void campaign_end(struct campaign *campaign)
{
    company_end(&campaign->company);
    for (size_t i = 0; i < campaign->plan->workload_count; i++) {
        schedule_free(campaign->states[i].schedule);
        free(campaign->states[i].checksum);
    }
    measurements_free(campaign->measurements);
    counter_metrics_free(campaign->counter_metrics);
    free(campaign->states);
    free(campaign->started_at);
    json_decref(campaign->command);
    json_decref(campaign->machine);
    json_decref(campaign->failures);
    json_decref(campaign->warnings);
}

struct sample_request campaign_request(const struct campaign *campaign, size_t workload, size_t arm, size_t round)
{
    const struct plan *plan = campaign->plan;
    return (struct sample_request){.workload = &plan->workloads[workload],
                                   .arm = plan_arm(plan, arm, round),
                                   .round = round,
                                   .order = campaign->order,
                                   .padding = schedule_padding(plan->seed, round, PADDING_MAX),
                                   .timeout_s = plan->timeout_s,
                                   .without_thp = plan->without_thp,
                                   .events = counting_file(&plan->counting, round),
                                   .record = campaign->results->record};
}

static void note_failure(struct campaign *campaign, size_t workload, size_t arm, size_t round, const char *reason)
{
    const char *name = campaign->plan->workloads[workload].name;
    const char *label = campaign->plan->arms[arm].label;
    measurements_fail(campaign->measurements, workload, arm);
    json_array_append_new(campaign->failures, json_pack("{s:s, s:s, s:I, s:s}", "workload", name, "allocator", label,
                                                        "round", (json_int_t)round, "reason", reason));
    progress_note(&campaign->progress, "%s under %s failed: %s", name, label, reason);
    if (measurements_failed(campaign->measurements, workload, arm) == FAILURES_MAX)
        progress_note(&campaign->progress, "%s is left out of %s from here on", label, name);
}

/* What the first good sample tells of the work and of the allocator. */
static void learn(struct campaign *campaign, size_t workload, size_t arm, const struct sample *sample)
{
    struct workload_state *state = &campaign->states[workload];
    size_t index = arm == campaign->plan->repeat ? campaign->plan->repeated : arm;
    struct allocator *allocator = &campaign->plan->allocators[index];
    if (!state->checksum)
        state->checksum = text_copy(sample_checksum(sample));
    if (!allocator->identity && sample_identity(sample))
        allocator->identity = text_copy(sample_identity(sample));
}

/* Lets the gate judge a good sample, which was run again `reruns` times already. */
static void pass_gate(struct campaign *campaign, struct sample *sample, size_t reruns)
{
    char *objection = gate_objection(sample);
    if (!objection)
        return;
    bool last = !gate_reruns(reruns, campaign->discarded, campaign->order);
    sample_mark(sample, last ? SAMPLE_OK : SAMPLE_GATED, objection);
    free(objection);
    campaign->discarded += !last;
    campaign->kept += last;
}

/* One sample, run again while the gate says so.  *wall_s and *region_s are of the one that counts; NaN without one. */
static int measure(struct campaign *campaign, size_t workload, size_t arm, size_t round, double *wall_s,
                   double *region_s, struct lab_error *error)
{
    int status = STATUS_DONE;
    bool again = true;
    for (size_t reruns = 0; again && !status; reruns++) {
        struct sample sample;
        struct sample_request request = campaign_request(campaign, workload, arm, round);
        request.checksum = campaign->states[workload].checksum;
        sample_take(&request, &sample);
        if (sample.state == SAMPLE_INTERRUPTED) {
            campaign->interrupted = true;
            sample_free(&sample);
            return STATUS_DONE;
        }
        campaign->order++;
        if (sample.state == SAMPLE_OK) {
            learn(campaign, workload, arm, &sample);
            if (round)
                pass_gate(campaign, &sample, reruns);
        } else {
            note_failure(campaign, workload, arm, round, sample_reason(&sample));
        }
        again = sample.state == SAMPLE_GATED;
        if (sample.state == SAMPLE_OK && round) {
            measurements_put(campaign->measurements, workload, arm, round, sample.values);
            counter_metrics_put(campaign->counter_metrics, workload, arm, round, sample.json);
        }
        if (sample.state == SAMPLE_OK) {
            *wall_s = (double)sample.wall_ns / 1e9;
            *region_s = (double)sample.elapsed_ns / 1e9;
        }
        status = results_append(campaign->results, sample.json, error);
        sample_free(&sample);
    }
    return status;
}

/* What the good samples of a block took. */
struct block_times {
    size_t count;
    double walls_s[PLAN_ALLOCATORS_MAX + 1];   /* the whole process */
    double regions_s[PLAN_ALLOCATORS_MAX + 1]; /* its measured region */
};

/* One block: every arm once. */
static int block(struct campaign *campaign, size_t workload, size_t round, struct block_times *times,
                 struct lab_error *error)
{
    size_t order[PLAN_ALLOCATORS_MAX + 1];
    int status = STATUS_DONE;
    times->count = 0;
    schedule_next(campaign->states[workload].schedule, order);
    for (size_t i = 0; i < campaign->plan->arm_count && !status && !campaign->interrupted; i++) {
        if (measurements_failed(campaign->measurements, workload, order[i]) >= FAILURES_MAX)
            continue;
        double *wall_s = &times->walls_s[times->count], *region_s = &times->regions_s[times->count];
        *wall_s = NAN;
        status = measure(campaign, workload, order[i], round, wall_s, region_s, error);
        if (campaign->plan->arms[order[i]].reference)
            *region_s = INFINITY; /* the floor is as short as it is */
        times->count += !isnan(*wall_s);
        campaign->interrupted = campaign->interrupted || interrupt_came();
    }
    return status;
}

/* Sets the operation count; other work has another checksum. */
static void correct_ops(struct campaign *campaign, size_t index, double factor)
{
    struct workload_state *state = &campaign->states[index];
    int64_t ops = workload_get(&campaign->plan->workloads[index], "ops");
    calibrate_confirm(campaign, index, factor);
    state->region_s *= factor;
    if (workload_get(&campaign->plan->workloads[index], "ops") == ops)
        return;
    free(state->checksum);
    state->checksum = NULL;
}

/* Shortens all samples when the rounds that a claim needs would not end before the time limit: rounds are what counts.
 */
static void fit_into_limit(struct campaign *campaign)
{
    const struct plan *plan = campaign->plan;
    double region_s = 0, fixed_s = 0, left_s = plan->time_limit_s - (monotonic_s() - campaign->started_s);
    for (size_t i = 0; i < plan->workload_count; i++) {
        region_s += campaign->states[i].region_s * (double)plan->rounds_min;
        fixed_s += campaign->states[i].fixed_s * (double)plan->rounds_min;
    }
    if (isnan(left_s) || isnan(plan->sample_s) || campaign->interrupted)
        return;
    double factor = calibrate_fit(region_s, fixed_s, fmax(left_s, 0));
    for (size_t i = 0; i < plan->workload_count && factor < 1; i++)
        correct_ops(campaign, i, factor);
}

/* Chooses the operation count and runs the warm-up block. */
static int prepare(struct campaign *campaign, size_t index, struct lab_error *error)
{
    struct block_times times;
    struct workload *workload = &campaign->plan->workloads[index];
    struct workload_state *state = &campaign->states[index];
    char *what = text_format("calibrating %s", workload->name);
    progress_show(&campaign->progress, what, -1);
    free(what);
    bool calibrated = !isnan(campaign->plan->sample_s);
    if (calibrated)
        calibrate_pilot(campaign, index);
    int status = block(campaign, index, 0, &times, error);
    for (size_t i = 0; i < times.count; i++) {
        double region_s = isinf(times.regions_s[i]) ? 0 : times.regions_s[i];
        state->region_s += region_s;
        state->fixed_s += times.walls_s[i] - region_s;
    }
    if (calibrated && !campaign->interrupted)
        correct_ops(campaign, index,
                    calibrate_factor(times.walls_s, times.regions_s, times.count, campaign->plan->sample_s));
    return status;
}

static bool time_is_up(const struct campaign *campaign, size_t round)
{
    double limit_s = plan_limit_s(campaign->plan, round);
    return !isnan(limit_s) && monotonic_s() - campaign->started_s >= limit_s;
}

double campaign_overrun_s(const struct campaign *campaign)
{
    return fmax(campaign->measured_s - campaign->plan->time_limit_s, 0);
}

/* Whether every speed interval of the workload is narrow; arms that failed have none to wait for. */
static bool is_narrow(const struct campaign *campaign, size_t workload)
{
    const struct plan *plan = campaign->plan;
    bool narrow = true;
    double *values = memory_take(plan->rounds_max, sizeof *values);
    for (size_t i = 0; i < plan->pair_count && narrow; i++) {
        struct pair pair = plan->pairs[i];
        if (measurements_failed(campaign->measurements, workload, pair.baseline) ||
            measurements_failed(campaign->measurements, workload, pair.candidate))
            continue;
        size_t n = measurements_log_ratios(campaign->measurements, workload, METRIC_OPS_PER_SEC, pair.baseline,
                                           pair.candidate, values);
        struct estimate estimate = statistics_estimate(values, n, plan->alpha);
        narrow = estimate.high - estimate.low <= NARROW_LOG_WIDTH;
    }
    free(values);
    return narrow;
}

static void show_round(struct campaign *campaign, size_t round, size_t workload)
{
    const struct plan *plan = campaign->plan;
    double now_s = monotonic_s();
    double left_s = -1;
    if (campaign->blocks && round <= plan->rounds_min)
        left_s = (now_s - campaign->rounds_began_s) / (double)campaign->blocks *
                 (double)(plan->rounds_min * plan->workload_count - campaign->blocks);
    double limit_s = plan_limit_s(plan, round) - (now_s - campaign->started_s);
    if (!isnan(limit_s) && campaign->blocks && (left_s < 0 || left_s > limit_s))
        left_s = fmax(limit_s, 0);
    bool extra = round > plan->rounds_min;
    const char *name = campaign->progress.terminal ? plan->workloads[workload].name : "";
    char *what = text_format("round %zu of %zu%s%s%s", round, extra ? plan->rounds_max : plan->rounds_min,
                             extra ? " at most, narrowing" : "", *name ? ": " : "", name);
    progress_show(&campaign->progress, what, left_s);
    free(what);
}

static int run_round(struct campaign *campaign, size_t round, size_t *ran, struct lab_error *error)
{
    struct plan *plan = campaign->plan;
    struct block_times times;
    int status = STATUS_DONE;
    size_t *order = memory_take(plan->workload_count, sizeof *order);
    schedule_shuffle(plan->seed, round, order, plan->workload_count);
    for (size_t i = 0; i < plan->workload_count && !status && !campaign->interrupted && !time_is_up(campaign, round);
         i++) {
        struct workload_state *state = &campaign->states[order[i]];
        if (state->ended)
            continue;
        show_round(campaign, round, order[i]);
        status = block(campaign, order[i], round, &times, error);
        campaign->blocks++;
        (*ran)++;
        state->rounds = round;
        state->ended = round >= plan->rounds_min && is_narrow(campaign, order[i]);
    }
    free(order);
    return status;
}

/* Where the A/A' arm failed there is no noise floor, and without one no claim. */
static void warn_of_control(struct campaign *campaign, size_t workload)
{
    const struct plan *plan = campaign->plan;
    size_t failed = plan->repeat == NO_ARM ? 0 : measurements_failed(campaign->measurements, workload, plan->repeat);
    if (failed)
        campaign_warn(campaign, text_format("the A/A' control %s failed %zu time%s on %s: its noise floor is %s",
                                            plan->arms[plan->repeat].label, failed, failed == 1 ? "" : "s",
                                            plan->workloads[workload].name,
                                            failed < FAILURES_MAX ? "of fewer rounds" : "unknown or of few rounds"));
}

static void warn_at_end(struct campaign *campaign)
{
    const struct plan *plan = campaign->plan;
    size_t cut = 0;
    for (size_t i = 0; i < plan->workload_count; i++)
        cut += campaign->states[i].rounds < plan->rounds_min;
    for (size_t i = 0; i < plan->workload_count; i++)
        warn_of_control(campaign, i);
    if (cut && time_is_up(campaign, plan->rounds_min) && !campaign->interrupted)
        campaign_warn(campaign,
                      text_format("the time limit of %g s ended %zu of %zu workloads before round %zu",
                                  plan_limit_s(plan, plan->rounds_min), cut, plan->workload_count, plan->rounds_min));
    if (company_met(&campaign->company))
        campaign_warn(campaign, text_copy("another harness measured on this machine at the same time: each disturbs "
                                          "the other; measure one after the other"));
    if (campaign->kept)
        campaign_warn(campaign, text_format("%zu samples were disturbed and kept, because reruns were disturbed too",
                                            campaign->kept));
}

static int save_partial(struct campaign *campaign, struct lab_error *error)
{
    json_t *run = summary_make(campaign, "partial");
    int status = results_save(campaign->results, run, error);
    json_decref(run);
    return status;
}

static void announce(struct campaign *campaign)
{
    const struct plan *plan = campaign->plan;
    char length[48] = "";
    if (!isnan(plan->sample_s))
        snprintf(length, sizeof length, ", samples of about %.2f s", plan->sample_s);
    progress_note(&campaign->progress, "%zu workload%s, %zu arms, %zu round%s%s%s", plan->workload_count,
                  plan->workload_count == 1 ? "" : "s", plan->arm_count, plan->rounds_min,
                  plan->rounds_min == 1 ? "" : "s", plan->rounds_max > plan->rounds_min ? " or more" : "", length);
}

int campaign_run(struct campaign *campaign, struct lab_error *error)
{
    const struct plan *plan = campaign->plan;
    int status = save_partial(campaign, error);
    announce(campaign);
    if (company_met(&campaign->company))
        progress_note(&campaign->progress, "another harness measures on this machine right now: each disturbs the "
                                           "other; measure one after the other");
    for (size_t i = 0; i < plan->workload_count && !status && !campaign->interrupted; i++)
        status = prepare(campaign, i, error);
    fit_into_limit(campaign);
    campaign->rounds_began_s = monotonic_s();
    for (size_t round = 1; round <= plan->rounds_max && !status && !campaign->interrupted; round++) {
        size_t ran = 0;
        status = run_round(campaign, round, &ran, error);
        if (!ran)
            break;
        if (!status)
            status = save_partial(campaign, error);
    }
    campaign->measured_s = monotonic_s() - campaign->started_s;
    progress_end(&campaign->progress);
    warn_at_end(campaign);
    return status;
}
