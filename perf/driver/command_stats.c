/*
 * `harness stats WORKLOAD ALLOCATOR`: what a counting build counted, never how fast it was.
 */
#define _GNU_SOURCE
#include "perf/driver/commands.h"

#include "perf/driver/plan.h"
#include "perf/driver/tally.h"
#include "perf/driver/variant.h"

#include <stdio.h>
#include <string.h>

static int print_tally(const struct paths *paths, const struct options *options, struct workload *workload,
                       const struct allocator *allocator, struct lab_error *error)
{
    json_t *tally = NULL;
    int status = plan_workload_options(workload, paths, options, error);
    if (!status)
        status = tally_take(paths, workload, allocator, options->timeout_s, &tally, error);
    if (status)
        return status;
    if (options->json) {
        json_dumpf(tally, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else {
        tally_print(stdout, tally);
    }
    json_decref(tally);
    return STATUS_DONE;
}

int command_stats(const struct paths *paths, const struct options *options, struct invocation typed,
                  struct lab_error *error)
{
    struct workload *workloads = NULL;
    struct allocator allocator = {0};
    size_t count = 0;
    (void)typed;
    if (options->word_count > 2)
        return lab_error_set(error, STATUS_USAGE, "stats takes a workload and an allocator; '%s' is one word too many",
                             options->words[2]);
    if (options->word_count != 2 || strchr(options->words[0], ','))
        return lab_error_set(error, STATUS_USAGE,
                             "stats needs a workload and an allocator, such as './harness stats random_mixed hakmem'");
    int status = workloads_find(paths, options->words[0], &workloads, &count, error);
    if (!status)
        status = variant_find_counting(paths, options->words[1], &allocator, error);
    if (!status)
        status = print_tally(paths, options, &workloads[0], &allocator, error);
    allocator_free(&allocator);
    workloads_free(workloads, count);
    return status;
}
