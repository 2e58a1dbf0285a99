/*
 * Making the report: reports/report.py under a Python that has what it imports.
 */
#define _GNU_SOURCE
#include "perf/driver/report.h"

#include "perf/driver/process.h"
#include "perf/driver/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 10 };

#define DAMAGE "report: the folder is not whole: " /* how the script begins what is to be passed on */

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

/* The script's words, ending with NULL; `words` has room for all. */
static void script_words(const char **words, const char *python, const char *script,
                         const struct report_request *request)
{
    size_t count = 0;
    words[count++] = python;
    words[count++] = script;
    words[count++] = request->folder;
    if (request->other)
        words[count++] = request->other;
    if (request->form)
        words[count++] = request->form;
    if (request->out) {
        words[count++] = "--out";
        words[count++] = request->out;
    }
    if (request->workload) {
        words[count++] = "--workload";
        words[count++] = request->workload;
    }
    words[count] = NULL;
}

static int run_script(const char *python, const char *script, const struct report_request *request, char **output,
                      struct lab_error *error)
{
    const char *words[WORDS_MAX];
    struct process_end end = {0};
    struct process process = {.argv = words, .timeout_s = REPORT_TIMEOUT_S, .wants_output = true};
    int status = STATUS_DONE;
    script_words(words, python, script, request);
    if (process_run(&process, &end) || end.exit_status || !end.output)
        status = lab_error_set(error, end.exit_status == STATUS_USAGE ? STATUS_USAGE : STATUS_FAILED,
                               "no report of %s: %s", request->folder,
                               end.timed_out    ? "the report script hung"
                               : *end.complaint ? end.complaint
                                                : "the report script failed");
    else {
        *output = text_copy(end.output);
        if (!strncmp(end.complaint, DAMAGE, strlen(DAMAGE)))
            fprintf(stderr, "%s\n", end.complaint);
    }
    process_end_free(&end);
    return status;
}

int report_make(const struct paths *paths, const struct report_request *request, char **output, struct lab_error *error)
{
    char *script = text_format("%s/reports/report.py", paths->root);
    char *python = python_find(paths);
    int status = STATUS_DONE;
    if (access(script, R_OK))
        status = lab_error_set(error, STATUS_FAILED, "no report: %s is missing; set HAKMEM_ROOT to the project's root",
                               script);
    else if (!python)
        status = lab_error_set(
            error, STATUS_FAILED,
            "no report: no Python here can import matplotlib and jinja2; run scripts/setup, then './harness report %s'",
            request->folder);
    else
        status = run_script(python, script, request, output, error);
    free(python);
    free(script);
    return status;
}
