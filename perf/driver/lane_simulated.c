/*
 * The simulated lane.  Simulated counts do not depend on what else the machine does, so the jobs run side by side, and
 * a pair is simulated once: a single-threaded workload gives the same counts every time (perf/METHOD.md says how nearly
 * the others do).  A count per operation settles within some ten thousand operations, so there are few of them.
 *
 * The floor is left out: it reserves far more address space than valgrind has for its client.
 */
#define _GNU_SOURCE
#include "perf/driver/lane_simulated.h"

#include "perf/driver/lanes.h"
#include "perf/driver/simulator.h"
#include "perf/driver/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPS_DIVISOR = 16,  /* of a workload's usual operations */
    OPS_MOST = 250000, /* a second of simulation: enough for several turns of every workload's slots */
    OPS_QUICK = 8      /* the divisor of both for a quick run */
};

/* One pair. */
struct simulated_job {
    struct simulated_lane *lane;
    const struct workload *workload;
    const struct arm *arm;
    char *file; /* for callgrind */
    struct simulation simulation;
    bool run;               /* the job has ended */
    int status;             /* of it */
    struct lab_error error; /* when that is not STATUS_DONE */
};

struct simulated_lane {
    struct simulator simulator;
    struct workload *workloads; /* the plan's, with fewer operations */
    struct simulated_job *jobs;
    struct lane_pair *order; /* in which the jobs are taken; they are kept in that of the rows */
    size_t workload_count, job_count;
    double timeout_s; /* of one process */
};

static int64_t fewer_ops(const struct campaign *campaign, size_t index)
{
    const struct plan *plan = campaign->plan;
    const struct workload *workload = &plan->workloads[index];
    int64_t divisor = plan->quick ? OPS_QUICK : 1;
    int64_t ops = workload_usual(workload, "ops") / OPS_DIVISOR;
    ops = (ops < OPS_MOST ? ops : OPS_MOST) / divisor;
    int64_t planned = workload_get(workload, "ops");
    return isnan(plan->sample_s) && planned < ops ? planned : ops;
}

static void jobs_make(struct simulated_lane *lane, const struct campaign *campaign)
{
    const struct plan *plan = campaign->plan;
    lane->job_count = lane_pairs(plan);
    lane->jobs = memory_take(lane->job_count, sizeof *lane->jobs);
    lane->order = lane_pairs_take(plan);
    lane->workloads = lane_workloads(campaign, fewer_ops);
    lane->workload_count = plan->workload_count;
    for (size_t i = 0; i < lane->job_count; i++) {
        const struct lane_pair *pair = &lane->order[i];
        lane->jobs[pair->row] = (struct simulated_job){
            .lane = lane,
            .workload = &lane->workloads[pair->workload],
            .arm = &plan->arms[pair->allocator],
            .file = text_format("%s/callgrind-%zu", campaign->results->scratch, pair->row),
        };
    }
}

struct simulated_lane *simulated_lane_new(struct campaign *campaign, const struct paths *paths)
{
    struct lab_error error;
    struct simulated_lane *lane = memory_take(1, sizeof *lane);
    if (simulator_find(&lane->simulator, paths, &error)) {
        campaign_warn(campaign, text_format("nothing was simulated: %s", error.text));
        simulator_free(&lane->simulator);
        free(lane);
        return NULL;
    }
    lane->timeout_s = LANE_SLOWNESS * campaign->plan->timeout_s;
    jobs_make(lane, campaign);
    return lane;
}

static void job_run(struct pool *pool, void *context)
{
    struct simulated_job *job = context;
    job->status = simulator_run(&job->lane->simulator, job->arm, job->workload, job->lane->timeout_s, job->file,
                                &job->simulation, &job->error);
    job->run = true;
    pool_end_turn(pool);
}

size_t simulated_lane_jobs(struct simulated_lane *lane, struct pool_job *jobs)
{
    for (size_t i = 0; i < lane->job_count; i++)
        jobs[i] = (struct pool_job){.run = job_run, .context = &lane->jobs[lane->order[i].row]};
    return lane->job_count;
}

static void add_rows(json_t *list, const struct simulated_job *job)
{
    for (int i = 0; i < SIM_COUNTERS; i++) {
        enum simulated_counter counter = (enum simulated_counter)i;
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:f, s:I, s:I, s:s}", "workload", job->workload->name,
                                        "allocator", job->arm->label, "counter", simulated_counter_names[i], "per_op",
                                        simulation_per_op(&job->simulation, counter), "count",
                                        (json_int_t)simulation_count(&job->simulation, counter), "ops",
                                        (json_int_t)job->simulation.ops, "simulator", job->lane->simulator.words));
    }
}

json_t *simulated_lane_end(struct simulated_lane *lane, struct campaign *campaign, struct lane_gaps *gaps)
{
    json_t *list = json_array();
    for (size_t i = 0; i < lane->job_count; i++) {
        struct simulated_job *job = &lane->jobs[i];
        gaps->late[LANE_SIMULATED] += !job->run;
        if (job->run && job->status == STATUS_FAILED)
            lane_gaps_failed(gaps, LANE_SIMULATED, &job->error);
        if (job->run && job->status == STATUS_DONE) {
            add_rows(list, job);
            lane_keep(campaign, "simulated", job->arm->label, job->simulation.record);
        }
        simulation_free(&job->simulation);
        free(job->file);
    }
    lane_workloads_free(lane->workloads, lane->workload_count);
    simulator_free(&lane->simulator);
    free(lane->jobs);
    free(lane->order);
    free(lane);
    return list;
}

static void print_row(FILE *file, const json_t *list, size_t first, const char **workload)
{
    lane_print_label(file, json_array_get(list, first), workload);
    for (size_t i = 0; i < SIM_COUNTERS; i++)
        fprintf(file, " %13.*f", i == SIM_INSTRUCTIONS ? 2 : 4,
                json_number_value(json_object_get(json_array_get(list, first + i), "per_op")));
    fputc('\n', file);
}

void simulated_lane_print(FILE *file, const json_t *list, const char *only)
{
    const char *workload = NULL;
    if (!json_array_size(list))
        return;
    const char *simulator = lane_text(json_array_get(list, 0), "simulator"); /* "callgrind 3.19.0 (its caches)" */
    int name = (int)strcspn(simulator, "(");
    fprintf(file, "\nSimulated, not measured: per operation, by %.*s\n", name, simulator);
    fprintf(file, simulator[name] ? "%s\n  %-*s" : "%s  %-*s", simulator + name, LANE_LABEL_COLUMNS, "allocator");
    for (size_t i = 0; i < SIM_COUNTERS; i++)
        fprintf(file, " %13s", simulated_counter_names[i]);
    fputc('\n', file);
    for (size_t i = 0; i + SIM_COUNTERS <= json_array_size(list); i += SIM_COUNTERS)
        if (!only || !strcmp(lane_text(json_array_get(list, i), "workload"), only))
            print_row(file, list, i, &workload);
}
