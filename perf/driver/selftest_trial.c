/*
 * One trial of the self-test: a comparison made by the very code that `compare` runs, so that what is tested is the lab
 * and not a model of it.  Then, if wanted, the same two arms once more in the order of a benchmark that knows no
 * blocks: all of the baseline, then all of the candidate, each process timed from start to end.
 */
#define _GNU_SOURCE
#include "perf/driver/selftest_trial.h"

#include "perf/driver/campaign.h"
#include "perf/driver/file.h"
#include "perf/driver/interrupt.h"
#include "perf/driver/monotonic.h"
#include "perf/driver/summary.h"
#include "perf/driver/text.h"
#include "perf/driver/welch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Arms of the plan: what is compared stands in the order of its words, the A/A' arm last. */
enum { ARM_CANDIDATE, ARM_BASELINE, ARM_REPEAT, TRIAL_ARMS };

static const char *const arm_names[TRIAL_ARMS] = {"candidate", "baseline", "repeat"};

static int plan_trial(struct plan *plan, const struct paths *paths, const struct selftest_request *request,
                      struct lab_error *error)
{
    const char *words[] = {request->candidate, request->baseline};
    const struct options *asked = request->options;
    struct options options = {.workload = request->workload,
                              .quick = asked->quick,
                              .same_code = true,
                              .rounds = request->rounds,
                              .pin = asked->pin,
                              .ops = asked->ops,
                              .seed = request->seed,
                              .timeout_s = asked->timeout_s,
                              .phase = -1,
                              .words = words,
                              .word_count = 2};
    int status = plan_compare(plan, paths, &options, error);
    plan->silent = true;
    plan->time_limit_s = NAN;
    if (!asked->ops)
        plan->sample_s = request->sample_s;
    return status;
}

static json_t *speeds_json(const struct campaign *campaign)
{
    json_t *json = json_object();
    double *values = memory_take(campaign->plan->rounds_max, sizeof *values);
    for (size_t arm = 0; arm < TRIAL_ARMS; arm++) {
        json_t *list = json_array();
        size_t n = measurements_values(campaign->measurements, 0, arm, METRIC_OPS_PER_SEC, values);
        for (size_t i = 0; i < n; i++)
            json_array_append_new(list, json_real(values[i]));
        json_object_set_new(json, arm_names[arm], list);
    }
    free(values);
    return json;
}

static const json_t *of_metric(const json_t *list, enum metric metric)
{
    size_t i;
    json_t *item;
    json_array_foreach (list, i, item) {
        if (!strcmp(json_string_value(json_object_get(item, "metric")), metric_table[metric].name))
            return item;
    }
    return NULL;
}

static json_t *verdict_json(const json_t *run, enum metric metric)
{
    static const char *const fields[] = {"ratio", "ci_low", "ci_high", "rounds", "verdict", "words"};
    const json_t *comparison = of_metric(json_object_get(run, "comparisons"), metric);
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        json_object_set(json, fields[i], json_object_get(comparison, fields[i]));
    return json;
}

static json_t *describe(const struct campaign *campaign, double seconds)
{
    json_t *run = summary_make(campaign, "complete");
    json_t *json = json_object();
    const struct workload *workload = &campaign->plan->workloads[0];
    json_t *floor = json_object_get(of_metric(json_object_get(run, "noise_floor"), METRIC_OPS_PER_SEC), "floor");
    json_object_set_new(json, "workload", json_string(workload->name));
    json_object_set_new(json, "ops", json_integer(workload_get(workload, "ops")));
    json_object_set_new(json, "rounds", json_integer((json_int_t)campaign->states[0].rounds));
    json_object_set_new(json, "seconds", json_real(seconds));
    json_object_set_new(json, "speed", verdict_json(run, METRIC_OPS_PER_SEC));
    json_object_set_new(json, "memory", verdict_json(run, METRIC_PEAK_RSS_BYTES));
    json_object_set(json, "floor", floor);
    json_object_set_new(json, "discarded", json_integer((json_int_t)campaign->discarded));
    json_object_set(json, "failures", campaign->failures);
    json_object_set_new(json, "ops_per_sec", speeds_json(campaign));
    json_object_set_new(json, "means", json_null());
    json_decref(run);
    return json;
}

/* All of one arm: seconds of whole processes.  How many of them were good. */
static size_t time_arm(struct campaign *campaign, size_t arm, size_t count, double *seconds, double *outside_s)
{
    size_t good = 0;
    for (size_t i = 0; i < count && !campaign->interrupted; i++) {
        struct sample sample;
        struct sample_request request = campaign_request(campaign, 0, arm, i + 1);
        sample_take(&request, &sample);
        campaign->interrupted = sample.state == SAMPLE_INTERRUPTED || interrupt_came();
        if (sample.state == SAMPLE_OK) {
            seconds[good++] = (double)sample.wall_ns / 1e9;
            *outside_s += ((double)sample.wall_ns - (double)sample.elapsed_ns) / 1e9;
        }
        sample_free(&sample);
    }
    return good;
}

static json_t *seconds_json(const double *seconds, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_real(seconds[i]));
    return list;
}

static json_t *judge_by_means(struct campaign *campaign)
{
    size_t count = campaign->states[0].rounds;
    double outside_s = 0;
    double *seconds = memory_take(2 * count, sizeof *seconds);
    size_t baselines = time_arm(campaign, ARM_BASELINE, count, seconds, &outside_s);
    size_t candidates = time_arm(campaign, ARM_CANDIDATE, count, seconds + count, &outside_s);
    struct welch welch = welch_test(seconds, baselines, seconds + count, candidates);
    json_t *json = json_object();
    bool whole = baselines == count && candidates == count && !isnan(welch.p);
    json_object_set_new(json, "p", whole ? json_real(welch.p) : json_null());
    json_object_set_new(json, "ratio", whole ? json_real(welch.mean_a / welch.mean_b) : json_null());
    json_object_set_new(json, "outside_s",
                        baselines + candidates ? json_real(outside_s / (double)(baselines + candidates)) : json_null());
    json_object_set_new(json, "baseline_s", seconds_json(seconds, baselines));
    json_object_set_new(json, "candidate_s", seconds_json(seconds + count, candidates));
    free(seconds);
    return json;
}

static int carry_out(struct plan *plan, struct results *results, const struct selftest_request *request, json_t **trial,
                     struct lab_error *error)
{
    struct campaign campaign;
    double started_s = monotonic_s();
    campaign_begin(&campaign, plan, results, json_array());
    int status = counting_write(&plan->counting, results->scratch, error);
    if (!status)
        status = campaign_run(&campaign, error);
    if (!status && !campaign.interrupted) {
        *trial = describe(&campaign, monotonic_s() - started_s);
        if (request->means)
            json_object_set_new(*trial, "means", judge_by_means(&campaign));
    }
    if (!status && campaign.interrupted)
        status = lab_error_set(error, STATUS_INTERRUPTED, "interrupted");
    campaign_end(&campaign);
    return status;
}

int selftest_trial_run(const struct paths *paths, const struct selftest_request *request, json_t **trial,
                       struct lab_error *error)
{
    struct plan plan;
    struct results results = {.samples = -1};
    *trial = NULL;
    int status = plan_trial(&plan, paths, request, error);
    if (!status)
        status = results_open(&results, request->folder, NULL, NULL, error);
    if (!status)
        status = plan_add_repeat(&plan, results.scratch, error);
    if (!status)
        status = carry_out(&plan, &results, request, trial, error);
    if (status) {
        json_decref(*trial);
        *trial = NULL;
    }
    results_close(&results);
    plan_free(&plan);
    file_remove_folder(request->folder);
    return status;
}
