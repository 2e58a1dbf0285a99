/*
 * `harness plot DIR`: the charts by phase of a results folder, as SVG files or, with --term, in the terminal; and
 * `harness bundle DIR`: the run and its report in one archive.  Both are forms of the report.
 */
#include "perf/driver/commands.h"

#include "perf/driver/report.h"

#include <stdio.h>
#include <stdlib.h>

/* Has the one folder that was named put into a form, and prints what that prints. */
static int make_form(const struct paths *paths, const struct options *options, const char *name, const char *form,
                     struct lab_error *error)
{
    char *output = NULL;
    if (options->word_count != 1)
        return lab_error_set(error, STATUS_USAGE,
                             "%s needs one results folder, such as './harness %s results/20251123-101500-lab-phase3'",
                             name, name);
    struct report_request request = {
        .folder = options->words[0], .form = form, .out = options->out, .workload = options->workload};
    int status = report_make(paths, &request, &output, error);
    if (output)
        fputs(output, stdout);
    free(output);
    return status;
}

int command_plot(const struct paths *paths, const struct options *options, struct invocation typed,
                 struct lab_error *error)
{
    (void)typed;
    if (options->term && options->out)
        return lab_error_set(error, STATUS_USAGE, "plot: --term draws in the terminal, --out writes files; not both");
    return make_form(paths, options, "plot", options->term ? "--term" : "--plots", error);
}

int command_bundle(const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error)
{
    (void)typed;
    return make_form(paths, options, "bundle", "--bundle", error);
}
