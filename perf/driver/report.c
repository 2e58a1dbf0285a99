/*
 * Making the report: reports/report.py under a Python that has what it imports.
 */
#define _GNU_SOURCE
#include "perf/driver/report.h"

#include "perf/driver/process.h"
#include "perf/driver/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPORT_TIMEOUT_S 300 /* a report takes seconds; a hung one must not hang the lab */

/* The first Python that can import what the report needs; NULL without one.  The caller frees it. */
static char *python_find(const struct paths *paths)
{
    char *script = text_format("%s/scripts/find-python", paths->root);
    const char *argv[] = {script, NULL};
    char *output = access(script, X_OK) == 0 ? process_output(argv) : NULL;
    char *python = output && *text_trim(output) ? text_copy(text_trim(output)) : NULL;
    free(output);
    free(script);
    return python;
}

int report_make(const struct paths *paths, const char *folder, char **path, struct lab_error *error)
{
    char *script = text_format("%s/reports/report.py", paths->root);
    char *python = python_find(paths);
    const char *argv[] = {python, script, folder, NULL};
    struct process process = {.argv = argv, .timeout_s = REPORT_TIMEOUT_S, .wants_output = true};
    struct process_end end = {0};
    int status = STATUS_DONE;
    if (access(script, R_OK))
        status = lab_error_set(error, STATUS_FAILED, "no report: %s is missing; set HAKMEM_ROOT to the project's root",
                               script);
    else if (!python)
        status = lab_error_set(
            error, STATUS_FAILED,
            "no report: no Python here can import matplotlib and jinja2; run scripts/setup, then './harness report %s'",
            folder);
    else if (process_run(&process, &end) || end.exit_status)
        status = lab_error_set(error, STATUS_FAILED, "no report of %s: %s", folder,
                               end.timed_out    ? "the report script hung"
                               : *end.complaint ? end.complaint
                                                : "the report script failed");
    else
        *path = text_format("%s/report.html", folder);
    process_end_free(&end);
    free(python);
    free(script);
    return status;
}
