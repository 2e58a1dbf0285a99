/*
 * run.json: what was planned, on which machine, and what the samples come to.  perf/schema/run.schema.json describes
 * every field; everything that does not exist (an interval of too few rounds) is null there.
 */
#define _GNU_SOURCE
#include "perf/driver/summary.h"

#include "perf/driver/campaign.h"
#include "perf/driver/environment.h"
#include "perf/driver/gate.h"
#include "perf/driver/program.h"
#include "perf/driver/scaling.h"
#include "perf/driver/statistics.h"
#include "perf/driver/text.h"
#include "perf/driver/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *number_or_null(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

/* hakmem names its features behind version and phase: "hakmem 0.1.0 phase1 direct_cache". */
static json_t *features_of(const struct allocator *allocator)
{
    json_t *features = json_array();
    bool ours = allocator->identity && !strncmp(allocator->identity, "hakmem ", strlen("hakmem "));
    char *copy = text_copy(ours ? allocator->identity : "");
    char *rest = copy, *word;
    for (int i = 0; (word = text_next(&rest, ' ')); i++)
        if (i > 2 && *word)
            json_array_append_new(features, json_string(word));
    free(copy);
    return features;
}

static json_t *allocator_json(const struct plan *plan, size_t index)
{
    const struct allocator *allocator = &plan->allocators[index];
    const struct arm *arm = &plan->arms[index];
    char *path = arm_allocator_file(arm);
    json_t *json = json_object();
    json_object_set_new(json, "label", json_string(allocator->label));
    json_object_set_new(json, "kind", json_string(allocator_kind_names[allocator->kind]));
    json_object_set_new(json, "linkage", json_string(arm_linkage_name(arm)));
    json_object_set_new(json, "path", text_or_null(path));
    json_object_set_new(json, "version", text_or_null(allocator->identity));
    json_object_set_new(json, "sha256", text_or_null(allocator->sha256));
    json_object_set_new(json, "features", features_of(allocator));
    free(path);
    return json;
}

static json_t *workload_json(const struct plan *plan, size_t index)
{
    const struct workload *workload = &plan->workloads[index];
    const char *summary = json_string_value(json_object_get(workload->description, "summary"));
    const char *models = json_string_value(json_object_get(workload->description, "models"));
    json_t *json = json_object();
    json_object_set_new(json, "name", json_string(workload->name));
    json_object_set_new(json, "params", json_deep_copy(workload->params));
    json_object_set_new(json, "summary", json_string(summary ? summary : ""));
    json_object_set_new(json, "models", json_string(models ? models : ""));
    json_object_set_new(json, "sha256", text_or_null(workload->sha256));
    if (workload->placement)
        json_object_set(json, "placement", workload->placement);
    if (workload->base) {
        json_object_set_new(json, "base", json_string(workload->base));
        json_object_set_new(json, "oversubscribed", json_boolean(workload->oversubscribed));
    }
    if (workload->program)
        json_object_set_new(json, "program", program_json(workload->program));
    return json;
}

typedef json_t *make_json(const struct plan *plan, size_t index);

static json_t *json_of_each(const struct plan *plan, size_t count, make_json *make)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, make(plan, i));
    return list;
}

static json_t *plan_json(const struct plan *plan)
{
    json_t *json = json_object();
    bool repeats = plan->repeat != NO_ARM, based = plan->table_baseline != NO_ARM;
    json_object_set_new(json, "rounds", json_integer((json_int_t)plan->rounds_max));
    json_object_set_new(json, "rounds_min", json_integer((json_int_t)plan->rounds_min));
    json_object_set_new(json, "seed", json_integer((json_int_t)plan->seed));
    json_object_set_new(json, "order", json_string("shuffled-blocks"));
    json_object_set_new(json, "pin", json_string(plan->pin));
    json_object_set_new(json, "thp", json_string(plan->without_thp ? "never" : "system"));
    json_object_set_new(json, "linkage", json_string(plan->linkage == LINKAGE_STATIC ? "static" : "preload"));
    json_object_set_new(json, "time_limit_s", number_or_null(plan->time_limit_s));
    json_object_set_new(json, "environment", environment_describe());
    json_object_set_new(json, "relink", plan->relink ? relink_json(plan->relink) : json_null());
    json_object_set_new(json, "workloads", json_of_each(plan, plan->workload_count, workload_json));
    json_object_set_new(json, "allocators", json_of_each(plan, plan->allocator_count, allocator_json));
    json_object_set_new(json, "aa_arm", text_or_null(repeats ? plan->arms[plan->repeat].label : NULL));
    json_object_set_new(json, "baseline", text_or_null(based ? plan->arms[plan->table_baseline].label : NULL));
    return json;
}

static void add_summary(json_t *list, const struct campaign *campaign, size_t workload, size_t arm, enum metric metric,
                        double *values)
{
    const struct plan *plan = campaign->plan;
    size_t n = measurements_values(campaign->measurements, workload, arm, metric, values);
    struct estimate estimate = statistics_estimate(values, n, 1 - CONFIDENCE);
    if (!n)
        return;
    json_t *json = json_object();
    json_object_set_new(json, "workload", json_string(plan->workloads[workload].name));
    json_object_set_new(json, "allocator", json_string(plan->arms[arm].label));
    json_object_set_new(json, "metric", json_string(metric_table[metric].name));
    json_object_set_new(json, "unit", json_string(metric_table[metric].unit));
    json_object_set_new(json, "n", json_integer((json_int_t)n));
    json_object_set_new(json, "median", number_or_null(estimate.median));
    json_object_set_new(json, "ci_low", number_or_null(estimate.low));
    json_object_set_new(json, "ci_high", number_or_null(estimate.high));
    json_object_set_new(json, "min", number_or_null(estimate.min));
    json_object_set_new(json, "max", number_or_null(estimate.max));
    json_object_set_new(json, "failed",
                        json_integer((json_int_t)measurements_failed(campaign->measurements, workload, arm)));
    json_array_append_new(list, json);
}

/* The ratio of two arms with its interval, from logarithms back to factors. */
static struct estimate ratio_of(const struct campaign *campaign, size_t workload, enum metric metric, size_t baseline,
                                size_t candidate, double *values)
{
    size_t n = measurements_log_ratios(campaign->measurements, workload, metric, baseline, candidate, values);
    struct estimate ratio = statistics_estimate(values, n, campaign->plan->alpha);
    ratio.median = exp(ratio.median);
    ratio.low = exp(ratio.low);
    ratio.high = exp(ratio.high);
    return ratio;
}

static json_t *ratio_json(const struct campaign *campaign, size_t workload, enum metric metric,
                          const struct estimate *ratio)
{
    json_t *json = json_object();
    json_object_set_new(json, "workload", json_string(campaign->plan->workloads[workload].name));
    json_object_set_new(json, "metric", json_string(metric_table[metric].name));
    json_object_set_new(json, "ratio", number_or_null(ratio->median));
    json_object_set_new(json, "ci_low", number_or_null(ratio->low));
    json_object_set_new(json, "ci_high", number_or_null(ratio->high));
    json_object_set_new(json, "rounds", json_integer((json_int_t)ratio->n));
    return json;
}

/* Appends the noise floor and returns it; NaN when the A/A' arm has no interval. */
static double add_noise_floor(json_t *list, const struct campaign *campaign, size_t workload, enum metric metric,
                              double *values)
{
    const struct plan *plan = campaign->plan;
    if (plan->repeat == NO_ARM)
        return NAN;
    struct estimate ratio = ratio_of(campaign, workload, metric, plan->repeated, plan->repeat, values);
    double floor = verdict_reach_from_one(&ratio);
    json_t *json = ratio_json(campaign, workload, metric, &ratio);
    json_object_set_new(json, "floor", number_or_null(floor));
    json_array_append_new(list, json);
    return floor;
}

static struct verdict_doubt doubt_of(const struct campaign *campaign, size_t workload, struct pair pair)
{
    size_t baseline = measurements_failed(campaign->measurements, workload, pair.baseline);
    size_t candidate = measurements_failed(campaign->measurements, workload, pair.candidate);
    bool worse = candidate >= baseline;
    return (struct verdict_doubt){.failed = worse ? candidate : baseline,
                                  .failed_arm = campaign->plan->arms[worse ? pair.candidate : pair.baseline].label};
}

static void add_comparison(json_t *list, const struct campaign *campaign, size_t workload, enum metric metric,
                           struct pair pair, double floor, double *values)
{
    const struct plan *plan = campaign->plan;
    struct estimate ratio = ratio_of(campaign, workload, metric, pair.baseline, pair.candidate, values);
    struct verdict_doubt doubt = doubt_of(campaign, workload, pair);
    struct verdict verdict = verdict_reach(metric, &ratio, floor, statistics_rounds_needed(plan->alpha), doubt);
    if (doubt.failed)
        ratio.median = ratio.low = ratio.high = NAN;
    json_t *json = ratio_json(campaign, workload, metric, &ratio);
    json_object_set_new(json, "baseline", json_string(plan->arms[pair.baseline].label));
    json_object_set_new(json, "candidate", json_string(plan->arms[pair.candidate].label));
    json_object_set_new(json, "confidence", json_real(CONFIDENCE));
    json_object_set_new(json, "verdict", json_string(verdict.name));
    json_object_set_new(json, "same_within", number_or_null(verdict.same_within));
    json_object_set_new(json, "words", json_string(verdict.words));
    json_array_append_new(list, json);
}

static void add_results(json_t *run, const struct campaign *campaign)
{
    const struct plan *plan = campaign->plan;
    double *values = memory_take(plan->rounds_max, sizeof *values);
    json_t *summary = json_array(), *comparisons = json_array(), *noise = json_array();
    for (size_t workload = 0; workload < plan->workload_count; workload++) {
        for (int metric = 0; metric < METRIC_COUNT; metric++) {
            if (metric_table[metric].programs_only && !plan->program)
                continue;
            for (size_t arm = 0; arm < plan->arm_count; arm++)
                add_summary(summary, campaign, workload, arm, (enum metric)metric, values);
            double floor = add_noise_floor(noise, campaign, workload, (enum metric)metric, values);
            for (size_t i = 0; i < plan->pair_count; i++)
                add_comparison(comparisons, campaign, workload, (enum metric)metric, plan->pairs[i], floor, values);
        }
    }
    free(values);
    json_object_set_new(run, "summary", summary);
    json_object_set_new(run, "comparisons", comparisons);
    json_object_set_new(run, "noise_floor", noise);
}

json_t *summary_make(const struct campaign *campaign, const char *state)
{
    char *now = text_time_now();
    const char *reason = campaign->plan->counting.reason;
    if (!reason)
        reason = counter_metrics_reason(campaign->counter_metrics);
    json_t *run = json_object();
    json_object_set_new(run, "schema", json_string("hakmem-lab/run/1"));
    json_object_set_new(run, "kind", json_string(plan_kind(campaign->plan)));
    json_object_set_new(run, "state", json_string(state));
    json_object_set_new(run, "quick", json_boolean(campaign->plan->quick));
    json_object_set_new(run, "started_at", json_string(campaign->started_at));
    json_object_set_new(run, "finished_at", json_string(now));
    json_object_set(run, "command", campaign->command);
    json_object_set_new(run, "harness_version", json_string(HAKMEM_VERSION));
    json_object_set_new(run, "plan", plan_json(campaign->plan));
    json_object_set(run, "machine", campaign->machine);
    if (campaign->plan->provenance)
        json_object_set(run, "provenance", campaign->plan->provenance);
    add_results(run, campaign);
    scaling_add(run, campaign->plan);
    json_object_set_new(run, "counters",
                        json_pack("{s:s, s:s?}", "state", reason ? "unavailable" : "measured", "reason", reason));
    json_object_set_new(run, "counter_metrics", counter_metrics_rows(campaign->counter_metrics));
    json_object_set(run, "failures", campaign->failures);
    json_object_set(run, "warnings", campaign->warnings);
    json_object_set_new(run, "discarded",
                        json_pack("{s:I, s:s}", "count", (json_int_t)campaign->discarded, "rule", gate_rule));
    free(now);
    return run;
}
