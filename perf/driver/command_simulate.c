/*
 * `harness simulate WORKLOAD ALLOCATOR`: instructions, cache misses and branch mispredictions of one pair, simulated
 * twice, so that the output says itself how nearly two runs agree.
 */
#define _GNU_SOURCE
#include "perf/driver/commands.h"

#include "perf/driver/plan.h"
#include "perf/driver/simulator.h"
#include "perf/driver/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RUNS = 2, OPS_DEFAULT = 250000 };

#define TIMEOUT_S 120 /* unless --timeout says otherwise, of one simulation: fifty times what it usually takes */

/* What was asked for, and what came of it. */
struct simulated_pair {
    struct workload *workload;
    struct allocator allocator;
    struct arm arm;
    struct simulator simulator;
    struct simulation runs[RUNS];
};

static int simulate(struct simulated_pair *pair, const struct paths *paths, const struct options *options,
                    struct lab_error *error)
{
    const char *temporary = getenv("TMPDIR");
    struct workload *workload = pair->workload;
    int status = plan_workload_options(workload, paths, options, error);
    if (!status && !options->ops && workload_get(workload, "ops") > OPS_DEFAULT)
        status = workload_set(workload, "ops", OPS_DEFAULT, error);
    if (!status)
        status = simulator_find(&pair->simulator, paths, error);
    char *file = text_format("%s/hakmem-lab-callgrind-%d", temporary && *temporary ? temporary : "/tmp", (int)getpid());
    double timeout_s = options->timeout_given ? options->timeout_s : TIMEOUT_S;
    for (int i = 0; i < RUNS && !status; i++)
        status = simulator_run(&pair->simulator, &pair->arm, workload, timeout_s, file, &pair->runs[i], error);
    free(file);
    return status;
}

/* How far two runs are from each other, as a share of the larger count. */
static double disagreement(const struct simulated_pair *pair, enum simulated_counter counter)
{
    double one = (double)simulation_count(&pair->runs[0], counter);
    double other = (double)simulation_count(&pair->runs[1], counter);
    return one == other ? 0 : fabs(one - other) / fmax(one, other);
}

static json_t *counters_json(const struct simulated_pair *pair)
{
    json_t *list = json_array();
    for (int i = 0; i < SIM_COUNTERS; i++) {
        enum simulated_counter counter = (enum simulated_counter)i;
        json_array_append_new(list, json_pack("{s:s, s:f, s:I, s:f}", "counter", simulated_counter_names[i], "per_op",
                                              simulation_per_op(&pair->runs[0], counter), "count",
                                              (json_int_t)simulation_count(&pair->runs[0], counter), "disagreement",
                                              disagreement(pair, counter)));
    }
    return list;
}

static void print_json(const struct simulated_pair *pair)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:O, s:I, s:s, s:o, s:o}", "state", "simulated", "workload",
                             pair->workload->name, "allocator", pair->arm.label, "params", pair->workload->params,
                             "ops", (json_int_t)pair->runs[0].ops, "simulator", pair->simulator.words, "simulated",
                             counters_json(pair), "events", simulation_events(&pair->runs[0]));
    json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(json);
}

static void print_table(const struct simulated_pair *pair)
{
    char *ops = text_grouped(pair->runs[0].ops);
    printf("%s under %s, %s operations, simulated, not measured\nby %s\n\n", pair->workload->name, pair->arm.label, ops,
           pair->simulator.words);
    free(ops);
    printf("  %-14s %12s %14s  %s\n", "", "per op", "in all", "second run");
    for (int i = 0; i < SIM_COUNTERS; i++) {
        enum simulated_counter counter = (enum simulated_counter)i;
        double off = disagreement(pair, counter);
        char *count = text_grouped(simulation_count(&pair->runs[0], counter));
        printf("  %-14s %12.4f %14s  ", simulated_counter_names[i], simulation_per_op(&pair->runs[0], counter), count);
        free(count);
        if (off == 0)
            printf("the same\n");
        else
            printf("%.2g %% apart\n", 100 * off);
    }
}

static int find_pair(struct simulated_pair *pair, struct workload **workloads, size_t *count, const struct paths *paths,
                     const struct options *options, struct lab_error *error)
{
    int status = workloads_find(paths, options->words[0], workloads, count, error);
    if (!status)
        status = allocator_find(paths, options->words[1], &pair->allocator, error);
    if (!status && pair->allocator.kind == KIND_FLOOR)
        status = lab_error_set(error, STATUS_USAGE,
                               "floor cannot be simulated: it reserves more address space than valgrind has");
    if (status)
        return status;
    pair->workload = *workloads;
    arm_make(&pair->arm, paths, &pair->allocator, LINKAGE_PRELOAD);
    return STATUS_DONE;
}

int command_simulate(const struct paths *paths, const struct options *options, struct invocation typed,
                     struct lab_error *error)
{
    struct simulated_pair pair = {.workload = NULL};
    struct workload *workloads = NULL;
    size_t count = 0;
    (void)typed;
    if (options->word_count > 2)
        return lab_error_set(error, STATUS_USAGE,
                             "simulate takes a workload and an allocator; '%s' is one word too many",
                             options->words[2]);
    if (options->word_count != 2 || strchr(options->words[0], ','))
        return lab_error_set(error, STATUS_USAGE,
                             "simulate needs a workload and an allocator, such as './harness simulate random_mixed "
                             "hakmem'");
    int status = find_pair(&pair, &workloads, &count, paths, options, error);
    if (!status)
        status = simulate(&pair, paths, options, error);
    if (!status && options->json)
        print_json(&pair);
    else if (!status)
        print_table(&pair);
    for (int i = 0; i < RUNS; i++)
        simulation_free(&pair.runs[i]);
    simulator_free(&pair.simulator);
    arm_free(&pair.arm);
    allocator_free(&pair.allocator);
    workloads_free(workloads, count);
    return status;
}
