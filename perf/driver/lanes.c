/*
 * Running the lanes, in an order that keeps them from disturbing each other: what is timed (latency) alone and first,
 * then what is not, side by side on every CPU.
 */
#define _GNU_SOURCE
#include "perf/driver/lanes.h"

#include "perf/driver/interrupt.h"
#include "perf/driver/lane_latency.h"
#include "perf/driver/lane_memory.h"
#include "perf/driver/lane_simulated.h"
#include "perf/driver/machine.h"
#include "perf/driver/pool.h"
#include "perf/driver/statistics.h"
#include "perf/driver/text.h"
#include "perf/driver/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CORE_WORKLOAD "random_mixed"
#define LANES_LEAST   0.1 /* of their time, if the rounds took all of it: enough for the core workload */

bool lane_is_built(const struct plan *plan, const char *probe)
{
    bool built = true;
    for (size_t i = 0; i < plan->workload_count; i++) {
        const char *name = workload_program(&plan->workloads[i]);
        char *program = text_format("%s/bench_%s_%s", plan->arms[0].folder, name, probe);
        built = built && access(program, X_OK) == 0;
        free(program);
    }
    return built;
}

double lane_share(const struct campaign *campaign)
{
    double lanes_s = campaign->plan->lanes_s;
    return lanes_s > 0 ? fmax(1 - campaign_overrun_s(campaign) / lanes_s, LANES_LEAST) : 1;
}

struct lane_budget lane_budget_left(const struct campaign *campaign)
{
    const struct plan *plan = campaign->plan;
    struct lane_budget budget = lane_budget_of(lane_pairs(plan), machine_threads(), plan->quick);
    budget.latency_s *= lane_share(campaign);
    budget.side_by_side_s *= lane_share(campaign);
    return budget;
}

struct lane_pair *lane_pairs_take(const struct plan *plan)
{
    struct lane_pair *pairs = memory_take(lane_pairs(plan), sizeof *pairs);
    lane_order(plan, pairs);
    return pairs;
}

struct workload *lane_workloads(const struct campaign *campaign,
                                int64_t (*ops)(const struct campaign *campaign, size_t workload))
{
    const struct plan *plan = campaign->plan;
    struct workload *workloads = memory_take(plan->workload_count, sizeof *workloads);
    for (size_t i = 0; i < plan->workload_count; i++) {
        struct lab_error ignored;
        const struct workload *planned = &plan->workloads[i];
        workloads[i] = *planned;
        workloads[i].cpus = NULL;
        workloads[i].params = json_deep_copy(planned->params);
        int64_t wanted = ops(campaign, i), least = workload_least(planned, "ops");
        workload_set(&workloads[i], "ops", wanted < least ? least : wanted, &ignored);
    }
    return workloads;
}

/* Of a sample's length much may be the start of its process, so that it is the speed that counts. */
int64_t lane_ops_lasting(const struct campaign *campaign, size_t workload, double seconds)
{
    const struct plan *plan = campaign->plan;
    int64_t planned = workload_get(&plan->workloads[workload], "ops");
    double *values = memory_take(plan->rounds_max, sizeof *values);
    double sum = 0;
    size_t arms = 0;
    for (size_t i = 0; i < plan->arm_count; i++) {
        size_t n = measurements_values(campaign->measurements, workload, i, METRIC_OPS_PER_SEC, values);
        if (plan->arms[i].reference || n == 0)
            continue;
        sum += log(statistics_estimate(values, n, 1).median);
        arms++;
    }
    free(values);
    return isnan(plan->sample_s) || arms == 0 ? planned : (int64_t)(exp(sum / (double)arms) * seconds);
}

void lane_workloads_free(struct workload *workloads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_decref(workloads[i].params);
    free(workloads);
}

void lane_keep(struct campaign *campaign, const char *lane, const char *label, json_t *record)
{
    struct lab_error error;
    if (results_append_lane(campaign->results, lane, label, record, &error))
        campaign_warn(campaign, text_copy(error.text));
}

const char *lane_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

void lane_print_label(FILE *file, const json_t *row, const char **workload)
{
    const char *name = lane_text(row, "workload"), *label = lane_text(row, "allocator");
    if (!*workload || strcmp(*workload, name))
        fprintf(file, "%s\n", name);
    *workload = name;
    int width = utf8_width(label, LANE_LABEL_COLUMNS);
    fprintf(file, "  %-*s", width, label);
    if ((int)strlen(label) > width)
        fprintf(file, "\n  %*s", LANE_LABEL_COLUMNS, "");
}

/*
 * The jobs of both lanes in turn, which are in the same order: where time is short, both have the first workloads. What
 * the processes of the memory lane sleep through at their end passes while others are simulated.
 */
static size_t jobs_make(struct memory_lane *memory, struct simulated_lane *simulated, size_t pairs,
                        struct pool_job *jobs)
{
    struct pool_job *own = memory_take(2 * pairs, sizeof *own);
    size_t watched = memory ? memory_lane_jobs(memory, own) : 0, count = 0;
    size_t both = watched + (simulated ? simulated_lane_jobs(simulated, own + watched) : 0);
    for (size_t i = 0; i < pairs; i++) {
        if (i < watched)
            jobs[count++] = own[i];
        if (watched + i < both)
            jobs[count++] = own[watched + i];
    }
    free(own);
    return count;
}

/* The lanes whose processes may run beside each other. */
static void run_side_by_side(json_t *run, struct campaign *campaign, const struct paths *paths, struct lane_gaps *gaps)
{
    const struct plan *plan = campaign->plan;
    struct memory_lane *memory = plan->memory ? memory_lane_new(campaign, paths) : NULL;
    struct simulated_lane *simulated = plan->simulate ? simulated_lane_new(campaign, paths) : NULL;
    struct pool_job *jobs = memory_take(2 * lane_pairs(plan), sizeof *jobs);
    size_t count = jobs_make(memory, simulated, lane_pairs(plan), jobs);
    progress_show(&campaign->progress, simulated ? "memory over time, simulating" : "memory over time", -1);
    pool_run(jobs, count, machine_threads(), isnan(plan->time_limit_s) ? 0 : lane_budget_left(campaign).side_by_side_s);
    campaign->interrupted = campaign->interrupted || interrupt_came();
    if (memory)
        json_object_set_new(run, "memory_over_time", memory_lane_end(memory, campaign, gaps));
    if (simulated)
        json_object_set_new(run, "simulated", simulated_lane_end(simulated, campaign, gaps));
    free(jobs);
}

/* Counters that are simulated are said to be so, and still why they are not measured. */
static void tell_counters(json_t *run)
{
    json_t *counters = json_object_get(run, "counters");
    if (json_array_size(json_object_get(run, "simulated")) && !strcmp(lane_text(counters, "state"), "unavailable"))
        json_object_set_new(counters, "state", json_string("simulated"));
}

void lanes_add(json_t *run, struct campaign *campaign, const struct paths *paths)
{
    const struct plan *plan = campaign->plan;
    struct lane_gaps gaps = {.pairs = lane_pairs(plan)};
    if (plan->latency) {
        json_t *latency = latency_lane_run(campaign, paths, &gaps);
        if (latency)
            json_object_set_new(run, "latency", latency);
    }
    if ((plan->simulate || plan->memory) && !campaign->interrupted)
        run_side_by_side(run, campaign, paths, &gaps);
    lane_gaps_tell(&gaps, campaign);
    tell_counters(run);
    progress_end(&campaign->progress);
}

/* The one that a lab shows of the lanes; of those that it measured the first, where the core one is not among them. */
static const char *core_workload(const json_t *run)
{
    size_t i;
    json_t *workload;
    const json_t *workloads = json_object_get(json_object_get(run, "plan"), "workloads");
    json_array_foreach (workloads, i, workload) {
        if (!strcmp(lane_text(workload, "name"), CORE_WORKLOAD))
            return CORE_WORKLOAD;
    }
    return lane_text(json_array_get(workloads, 0), "name");
}

void lanes_print(FILE *file, const json_t *run)
{
    const char *only = strcmp(lane_text(run, "kind"), "lab") ? NULL : core_workload(run);
    latency_lane_print(file, json_object_get(run, "latency"), only);
    memory_lane_print(file, json_object_get(run, "memory_over_time"), only);
    simulated_lane_print(file, json_object_get(run, "simulated"), only);
    if (only && (json_object_get(run, "latency") || json_object_get(run, "simulated")))
        fprintf(file, "\nLatency, memory over time and simulation of the other workloads are in the report.\n");
}
