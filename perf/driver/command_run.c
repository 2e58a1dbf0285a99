/*
 * `harness run WORKLOAD ALLOCATOR`: one process, its record to standard output.
 */
#define _GNU_SOURCE
#include "perf/driver/commands.h"

#include "perf/driver/counting.h"
#include "perf/driver/huge_pages.h"
#include "perf/driver/plan.h"
#include "perf/driver/sample.h"
#include "perf/driver/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int run_sample(const struct workload *workload, const struct arm *arm, const struct options *options,
                      const char *events, const char *folder, struct lab_error *error)
{
    struct sample sample;
    char *record = text_format("%s/record.json", folder);
    struct sample_request request = {.workload = workload,
                                     .arm = arm,
                                     .timeout_s = options->timeout_s,
                                     .verify = options->verify,
                                     .without_thp = options->without_thp,
                                     .events = events,
                                     .record = record};
    sample_take(&request, &sample);
    int status = STATUS_DONE;
    if (sample.state == SAMPLE_INTERRUPTED)
        status = lab_error_set(error, STATUS_INTERRUPTED, "interrupted");
    else if (sample.state == SAMPLE_FAILED)
        status = lab_error_set(error, STATUS_FAILED, "%s under %s failed: %s", workload->name, arm->label,
                               sample_reason(&sample));
    if (sample.state != SAMPLE_INTERRUPTED) {
        json_dumpf(sample.json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
        putchar('\n');
    }
    sample_free(&sample);
    free(record);
    return status;
}

/* Chooses how the allocator gets in: the floor is always linked. */
static int run_with(const struct paths *paths, const struct options *options, struct workload *workload,
                    const struct allocator *allocator, const char *folder, struct lab_error *error)
{
    struct arm arm;
    struct counting counting = {0};
    if (options->linkage == LINKAGE_STATIC && allocator->kind != KIND_PHASE && allocator->kind != KIND_FLOOR)
        return lab_error_set(error, STATUS_USAGE, "--linkage static: %s cannot be linked in, only phases can",
                             allocator->label);
    if (options->threads > 1 && workload_limit(workload, "threads") == 1)
        return lab_error_set(error, STATUS_USAGE, "--threads %lld: %s has one thread", (long long)options->threads,
                             workload->name);
    int status = plan_workload_options(workload, paths, options, error);
    if (!status && options->without_thp)
        status = huge_pages_refuse(error);
    if (!status)
        status = counting_find(&counting, paths, options->group ? options->group : COUNTING_GROUP,
                               options->group != NULL, error);
    if (!status && counting.count > 1)
        status = lab_error_set(error, STATUS_USAGE, "--group %s: a single sample counts one group", options->group);
    if (!status)
        status = counting_write(&counting, folder, error);
    arm_make(&arm, paths, allocator, options->linkage);
    if (!status)
        status = run_sample(workload, &arm, options, counting_file(&counting, 0), folder, error);
    if (counting_file(&counting, 0))
        unlink(counting_file(&counting, 0));
    counting_free(&counting);
    arm_free(&arm);
    return status;
}

int command_run(const struct paths *paths, const struct options *options, struct invocation typed,
                struct lab_error *error)
{
    struct workload *workloads = NULL;
    struct allocator allocator = {0};
    size_t count = 0;
    (void)typed;
    if (options->word_count > 2)
        return lab_error_set(error, STATUS_USAGE, "run takes a workload and an allocator; '%s' is one word too many",
                             options->words[2]);
    if (options->word_count != 2)
        return lab_error_set(error, STATUS_USAGE,
                             "run needs a workload and an allocator, such as './harness run random_mixed hakmem'");
    const char *temporary = getenv("TMPDIR");
    char *folder = text_format("%s/hakmem-lab-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    int status = strchr(options->words[0], ',')
                     ? lab_error_set(error, STATUS_USAGE, "run takes one workload, not '%s'", options->words[0])
                     : workloads_find(paths, options->words[0], &workloads, &count, error);
    if (!status)
        status = allocator_find(paths, options->words[1], &allocator, error);
    if (!status && !mkdtemp(folder))
        status = lab_error_set(error, STATUS_FAILED, "cannot create %s: %m; set TMPDIR to a folder that can be written",
                               folder);
    else if (!status) {
        status = run_with(paths, options, &workloads[0], &allocator, folder, error);
        rmdir(folder);
    }
    allocator_free(&allocator);
    workloads_free(workloads, count);
    free(folder);
    return status;
}
