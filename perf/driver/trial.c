/*
 * A trial: one process that is not a sample.  Its figures never meet those of the samples; what it has in common with
 * them is the environment, and that it counts only if malloc came from the allocator that the row will name.
 */
#define _GNU_SOURCE
#include "perf/driver/trial.h"

#include "perf/driver/environment.h"
#include "perf/driver/text.h"

#include <stdlib.h>
#include <string.h>

static bool is_from_arm(const struct trial *trial, const json_t *record)
{
    const char *object = json_string_value(json_object_get(json_object_get(record, "allocator"), "malloc_object"));
    char *actual = realpath(object ? object : "", NULL);
    char *expected = arm_malloc_object(trial->arm, workload_program(trial->workload));
    bool same = actual && expected && !strcmp(actual, expected);
    free(actual);
    free(expected);
    return same;
}

static int judge(const struct trial *trial, const struct process_end *end, json_t **record, struct lab_error *error)
{
    if (end->interrupted)
        return lab_error_set(error, STATUS_INTERRUPTED, "interrupted");
    if (end->exit_status != 0) {
        char *reason = process_end_text(end, trial->process.timeout_s);
        lab_error_set(error, STATUS_FAILED, "%s under %s: %s", trial->workload->name, trial->arm->label, reason);
        free(reason);
        return STATUS_FAILED;
    }
    *record = json_loads(end->output ? end->output : "", 0, NULL);
    if (!*record)
        return lab_error_set(error, STATUS_FAILED, "%s under %s left no readable record", trial->workload->name,
                             trial->arm->label);
    if (is_from_arm(trial, *record))
        return STATUS_DONE;
    json_decref(*record);
    *record = NULL;
    return lab_error_set(error, STATUS_FAILED, "%s under %s: malloc came from another object", trial->workload->name,
                         trial->arm->label);
}

int trial_run(struct trial *trial, json_t **record, struct lab_error *error)
{
    struct environment environment;
    struct process_end end;
    *record = NULL;
    arguments_add_option(&trial->arguments, "record", text_copy("-"));
    environment_make(&environment, trial->arm->preload, 0, 2 * strlen(trial->program));
    trial->process.argv = (const char *const *)trial->arguments.words;
    trial->process.envp = environment.variables;
    trial->process.wants_output = true;
    int code = process_run(&trial->process, &end);
    int status =
        code ? lab_error_set(error, STATUS_FAILED, "cannot start %s: %s", trial->arguments.words[0], strerror(-code))
             : judge(trial, &end, record, error);
    process_end_free(&end);
    environment_free(&environment);
    arguments_free(&trial->arguments);
    return status;
}
