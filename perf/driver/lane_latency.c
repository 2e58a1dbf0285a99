/*
 * The latency lane.
 *
 *      round 1:   for each pair, in the lanes' order: a process that times calls, and one that explains slow ones
 *      round 2..: the former again, as long as there is time, or as often as asked for (--latency=N)
 *
 * One process at a time, pinned as the samples are.  What explains is another process than what times, because looking
 * for a cause disturbs; where a phase of hakmem runs on one thread it is the counting build, which tells what happened
 * inside.  The floor has no row: it is not linked with a probe, and its calls take what an empty one does.
 */
#define _GNU_SOURCE
#include "perf/driver/lane_latency.h"

#include "perf/driver/findings.h"
#include "perf/driver/interrupt.h"
#include "perf/driver/lanes.h"
#include "perf/driver/latency_rows.h"
#include "perf/driver/monotonic.h"
#include "perf/driver/text.h"
#include "perf/driver/trial.h"
#include "perf/driver/variant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS_USUAL = 3,
    EVERY = 8,           /* one call in so many is timed */
    TIMED_LEAST = 50000, /* calls; with fewer operations more of them are timed, so that there is a tail to see */
    EXPLAIN_DIVISOR = 4  /* of the operations where slow calls are explained: about as much slower */
};

/* Of a full and of a quick run, in seconds. */
static const double region_s[] = {0.08, 0.025}; /* wanted length of a process's region */

/* One pair. */
struct latency_pair {
    const struct workload *workload;
    const struct arm *arm;
    struct arm counting; /* its counting build, or the same again */
    json_t *records[LATENCY_ROUNDS_MAX];
    size_t count;
    json_t *explained;
    bool failed; /* once: then it is left alone */
};

struct latency_lane {
    struct campaign *campaign;
    struct workload *workloads; /* the plan's, with another number of operations */
    struct arm arms[PLAN_ALLOCATORS_MAX];
    struct allocator counting[PLAN_ALLOCATORS_MAX]; /* counting builds of the phases */
    struct latency_pair *pairs;                     /* in the order of the rows */
    struct lane_pair *order;                        /* in which they are taken */
    struct lane_gaps *gaps;
    size_t arm_count, pair_count;
    double deadline_s; /* on the monotonic clock; 0: none */
    bool late;         /* a process was not started because of it */
};

static int64_t wanted_ops(const struct campaign *campaign, size_t workload)
{
    return lane_ops_lasting(campaign, workload, region_s[campaign->plan->quick]);
}

/* Counting builds, where the harness can have them; without, the causes inside the allocator stay unknown. */
static void counting_make(struct latency_lane *lane, const struct paths *paths)
{
    struct lab_error error;
    const struct plan *plan = lane->campaign->plan;
    size_t phases = 0;
    if (findings_build_counting(plan, paths, &phases, &error)) {
        campaign_warn(lane->campaign,
                      text_format("slow calls are explained without the allocator's own events: %s", error.text));
        return;
    }
    for (size_t i = 0; i < plan->allocator_count; i++)
        if (plan->allocators[i].kind == KIND_PHASE)
            lane->counting[i] =
                (struct allocator){.kind = KIND_PHASE,
                                   .label = plan->allocators[i].label,
                                   .library = variant_counting_library(paths, plan->allocators[i].label)};
}

static void pairs_make(struct latency_lane *lane, const struct paths *paths)
{
    const struct plan *plan = lane->campaign->plan;
    lane->pair_count = lane_pairs(plan);
    lane->pairs = memory_take(lane->pair_count, sizeof *lane->pairs);
    lane->order = lane_pairs_take(plan);
    for (size_t j = 0; j < plan->allocator_count; j++)
        arm_make(&lane->arms[lane->arm_count++], paths, &plan->allocators[j], LINKAGE_PRELOAD);
    for (size_t i = 0; i < lane->pair_count; i++) {
        const struct lane_pair *place = &lane->order[i];
        struct latency_pair *pair = &lane->pairs[place->row];
        bool counts =
            workload_get(&plan->workloads[place->workload], "threads") == 1 && lane->counting[place->allocator].library;
        *pair =
            (struct latency_pair){.workload = &lane->workloads[place->workload], .arm = &lane->arms[place->allocator]};
        arm_make(&pair->counting, paths,
                 counts ? &lane->counting[place->allocator] : &plan->allocators[place->allocator], LINKAGE_PRELOAD);
    }
}

static int64_t every_of(int64_t ops)
{
    int64_t every = ops / TIMED_LEAST;
    return every < 1 ? 1 : every < EVERY ? every : EVERY;
}

/* One process.  NULL when it failed, which is told, or when there was no time for it. */
static json_t *take(struct latency_lane *lane, struct latency_pair *pair, const struct arm *arm, bool explain)
{
    struct lab_error error;
    json_t *record = NULL;
    struct workload workload = *pair->workload;
    if (pair->failed || lane->campaign->interrupted)
        return NULL;
    if (lane->deadline_s > 0 && monotonic_s() >= lane->deadline_s) {
        lane->late = true;
        return NULL;
    }
    int64_t ops = workload_get(&workload, "ops") / (explain ? EXPLAIN_DIVISOR : 1);
    workload.params = json_deep_copy(pair->workload->params);
    workload_set(&workload, "ops", ops > workload_least(&workload, "ops") ? ops : workload_least(&workload, "ops"),
                 &error);
    struct trial trial = {.arm = arm, .workload = &workload, .process = {.timeout_s = lane->campaign->plan->timeout_s}};
    char *program = text_format("%s/bench_%s_latency", arm->folder, workload_program(&workload));
    trial.program = program;
    arguments_add_program(&trial.arguments, program, &workload);
    arguments_add_option(&trial.arguments, "probe", text_format("every=%lld", (long long)every_of(ops)));
    if (explain)
        arguments_add_option(&trial.arguments, "probe", text_copy("explain=1"));
    if (workload.cpus)
        arguments_add_option(&trial.arguments, "cpus", text_copy(workload.cpus));
    int status = trial_run(&trial, &record, &error);
    lane->campaign->interrupted = lane->campaign->interrupted || status == STATUS_INTERRUPTED;
    pair->failed = status == STATUS_FAILED;
    if (pair->failed)
        lane_gaps_failed(lane->gaps, LANE_LATENCY, &error);
    json_decref(workload.params);
    if (record)
        lane_keep(lane->campaign, "latency", arm->label, record);
    return record;
}

static void run_round(struct latency_lane *lane, int round)
{
    for (size_t i = 0; i < lane->pair_count; i++) {
        struct latency_pair *pair = &lane->pairs[lane->order[i].row];
        json_t *record = take(lane, pair, pair->arm, false);
        if (record)
            pair->records[pair->count++] = record;
        if (record && round == 1)
            pair->explained = take(lane, pair, &pair->counting, true);
    }
}

static void run(struct latency_lane *lane)
{
    const struct plan *plan = lane->campaign->plan;
    int rounds = plan->quick || isnan(plan->time_limit_s) ? 1 : ROUNDS_USUAL;
    rounds = plan->latency_rounds ? plan->latency_rounds : rounds;
    for (int round = 1; round <= rounds && !lane->late && !lane->campaign->interrupted; round++) {
        char *what = text_format("latency: round %d of %d", round, rounds);
        progress_show(&lane->campaign->progress, what, -1);
        free(what);
        run_round(lane, round);
    }
}

/* The rows; frees the pairs. */
static json_t *rows_make(struct latency_lane *lane)
{
    json_t *list = json_array();
    for (size_t i = 0; i < lane->pair_count; i++) {
        struct latency_pair *pair = &lane->pairs[i];
        if (pair->count)
            latency_rows_add(list, pair->workload->name, pair->arm->label, pair->records, pair->count, pair->explained);
        lane->gaps->late[LANE_LATENCY] += !pair->count && !pair->failed;
        for (size_t j = 0; j < pair->count; j++)
            json_decref(pair->records[j]);
        json_decref(pair->explained);
        arm_free(&pair->counting);
    }
    return list;
}

json_t *latency_lane_run(struct campaign *campaign, const struct paths *paths, struct lane_gaps *gaps)
{
    const struct plan *plan = campaign->plan;
    struct latency_lane lane = {.campaign = campaign, .gaps = gaps};
    if (!lane_is_built(plan, "latency")) {
        campaign_warn(campaign, text_copy("no latency: bench_*_latency is not built; run make"));
        return NULL;
    }
    progress_show(&campaign->progress, "latency", -1);
    lane.workloads = lane_workloads(campaign, wanted_ops);
    for (size_t i = 0; i < plan->workload_count; i++)
        lane.workloads[i].cpus = plan->workloads[i].cpus;
    counting_make(&lane, paths);
    pairs_make(&lane, paths);
    lane.deadline_s =
        isnan(plan->time_limit_s) || plan->latency_rounds ? 0 : monotonic_s() + lane_budget_left(campaign).latency_s;
    run(&lane);
    json_t *list = rows_make(&lane);
    for (size_t i = 0; i < lane.arm_count; i++) {
        arm_free(&lane.arms[i]);
        free(lane.counting[i].library);
    }
    lane_workloads_free(lane.workloads, plan->workload_count);
    free(lane.pairs);
    free(lane.order);
    return list;
}

enum { COLUMNS = 80 }; /* of a terminal */

/* Below its row, in as many lines as it takes. */
static void print_causes(FILE *file, const json_t *slow)
{
    char *causes = latency_causes_text(slow), *rest = causes;
    int column = 0;
    while (*causes && rest) {
        const char *cause = text_trim(text_next(&rest, ','));
        int length = (int)strlen(cause) + 2;
        bool breaks = column == 0 || column + length > COLUMNS;
        fprintf(file, breaks ? "%s    %s%s" : "%s %s%s", breaks && column ? "\n" : "", cause, rest ? "," : "");
        column = breaks ? 4 + length : column + length;
    }
    if (column)
        fputc('\n', file);
    free(causes);
}

static void print_row(FILE *file, const json_t *row, const char **workload)
{
    static const char *const fields[] = {"p50_ns", "p99_ns", "p99_9_ns", "p99_99_ns", "slowest_ns", "max_ns"};
    lane_print_label(file, row, workload);
    fprintf(file, " %-7s", lane_text(row, "operation"));
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const json_t *value = json_object_get(row, fields[i]);
        if (json_is_number(value))
            fprintf(file, i + 1 == sizeof fields / sizeof fields[0] ? " %9.0f" : " %7.0f", json_number_value(value));
        else
            fprintf(file, " %7s", "-");
    }
    fputc('\n', file);
    print_causes(file, json_object_get(row, "slow"));
}

void latency_lane_print(FILE *file, const json_t *list, const char *only)
{
    size_t i;
    json_t *row;
    const char *workload = NULL;
    if (!json_array_size(list))
        return;
    fprintf(file,
            "\nLatency: service time of one call in ns; an empty call takes %.0f;\n"
            "slowest: of one process, max: of all processes; below each row: what its calls\n"
            "above p99.9 were busy with\n"
            "  %-*s %-7s %7s %7s %7s %7s %7s %9s\n",
            json_number_value(json_object_get(json_array_get(list, 0), "floor_p50_ns")), LANE_LABEL_COLUMNS,
            "allocator", "call", "p50", "p99", "p99.9", "p99.99", "slowest", "max");
    json_array_foreach (list, i, row) {
        if (!only || !strcmp(lane_text(row, "workload"), only))
            print_row(file, row, &workload);
    }
}
