/*
 * Where the threads of a workload run.  lab-resolve, which has hwloc, chooses; the driver passes the list on, shows
 * what it lies on, and every sample has to say that its threads really were there.
 */
#define _GNU_SOURCE
#include "perf/driver/placement.h"

#include "perf/driver/process.h"
#include "perf/driver/run_file.h"
#include "perf/driver/text.h"

#include <stdlib.h>
#include <string.h>

#define RESOLVE_TIMEOUT_S 20 /* it takes milliseconds */

bool placement_is_policy(const char *text)
{
    static const char *const policies[] = {"compact", "spread", "per-cache", "none"};
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
        if (!strcmp(policies[i], text))
            return true;
    return false;
}

/* "0,1" and "cores 2 caches 1 packages 1 nodes 1 siblings 0" on two lines; false when it is something else. */
static bool read_answer(char *answer, struct workload *workload)
{
    unsigned facts[5];
    char *rest = answer;
    char *list = text_next(&rest, '\n');
    if (!rest || !*list ||
        sscanf(rest, "cores %u caches %u packages %u nodes %u siblings %u", &facts[0], &facts[1], &facts[2], &facts[3],
               &facts[4]) != 5)
        return false;
    workload->cpus = text_copy(text_trim(list));
    workload->placement =
        json_pack("{s:s, s:i, s:i, s:i, s:i, s:i}", "cpus", workload->cpus, "cores", (int)facts[0], "caches",
                  (int)facts[1], "packages", (int)facts[2], "numa_nodes", (int)facts[3], "smt_siblings", (int)facts[4]);
    return true;
}

int placement_find(struct workload *workload, const struct paths *paths, const char *policy, int64_t threads,
                   struct lab_error *error)
{
    if (policy && !strcmp(policy, "none"))
        return STATUS_DONE;
    char *program = text_format("%s/lab-resolve", paths->bin);
    char *number = text_format("%lld", (long long)threads);
    const char *argv[] = {program, "places", policy ? policy : "compact", number, NULL};
    struct process process = {.argv = argv, .timeout_s = RESOLVE_TIMEOUT_S, .wants_output = true};
    struct process_end end;
    int status = STATUS_DONE;
    int code = process_run(&process, &end);
    bool found = !code && end.exit_status == 0 && end.output && read_answer(end.output, workload);
    if (!found && policy)
        status = lab_error_set(error, STATUS_USAGE, "--pin %s cannot be had for %s with %s threads: %s", policy,
                               workload->name, number, code ? strerror(-code) : end.complaint);
    process_end_free(&end);
    free(program);
    free(number);
    return status;
}

char *placement_warning(const struct workload *workload)
{
    int shared = (int)run_number(workload->placement, "smt_siblings");
    int nodes = (int)run_number(workload->placement, "numa_nodes");
    if (shared)
        return text_format("%s: %d of its CPUs (%s) are hardware threads that share a core; --pin spread takes cores "
                           "first",
                           workload->name, shared, workload->cpus);
    if (nodes > 1)
        return text_format("%s: its CPUs (%s) lie on %d NUMA nodes; memory may be far from its thread", workload->name,
                           workload->cpus, nodes);
    return NULL;
}

/* "2 cores", "1 cache": the counts that are known, separated. */
static void print_counts(FILE *file, const json_t *placement)
{
    static const char *const names[][2] = {{"cores", "core"}, {"caches", "cache"}, {"numa_nodes", "NUMA node"}};
    const char *separator = "";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int count = (int)run_number(placement, names[i][0]);
        if (!count)
            continue;
        fprintf(file, "%s%d %s%s", separator, count, names[i][1], count == 1 ? "" : "s");
        separator = ", ";
    }
}

/* Whether an earlier workload has the same list. */
static bool told(const json_t *workloads, size_t before, const char *cpus)
{
    for (size_t i = 0; i < before; i++)
        if (!strcmp(run_text(json_object_get(json_array_get(workloads, i), "placement"), "cpus"), cpus))
            return true;
    return false;
}

void placement_print(FILE *file, const json_t *run)
{
    size_t i;
    json_t *workload;
    const json_t *plan = json_object_get(run, "plan");
    const json_t *workloads = json_object_get(plan, "workloads");
    json_array_foreach (workloads, i, workload) {
        const json_t *placement = json_object_get(workload, "placement");
        if (!placement || told(workloads, i, run_text(placement, "cpus")))
            continue;
        fprintf(file, "pinned, %s: CPU %.30s (", run_text(plan, "pin"), run_text(placement, "cpus"));
        print_counts(file, placement);
        fprintf(file, ")%s\n", run_number(placement, "smt_siblings") > 0 ? ", shared cores" : "");
    }
}
