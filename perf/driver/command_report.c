/*
 * `harness report DIR [DIR2]`: makes report.html of a results folder again, or puts two side by side; or prints either
 * as Markdown or CSV, or every sample as CSV.
 */
#include "perf/driver/commands.h"

#include "perf/driver/report.h"

#include <stdio.h>
#include <stdlib.h>

int command_report(const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error)
{
    char *output = NULL;
    (void)typed;
    if (options->word_count > 2)
        return lab_error_set(error, STATUS_USAGE, "report takes one results folder, or two; '%s' is one too many",
                             options->words[2]);
    if (options->word_count < 1)
        return lab_error_set(error, STATUS_USAGE,
                             "report needs one results folder, or two to put side by side, such as "
                             "'./harness report results/20251123-101500-lab-phase1'");
    if (options->markdown + options->csv + options->samples > 1)
        return lab_error_set(error, STATUS_USAGE, "report: --markdown, --csv or --samples, one of them");
    struct report_request request = {.folder = options->words[0],
                                     .other = options->word_count > 1 ? options->words[1] : NULL,
                                     .out = options->out,
                                     .form = options->markdown  ? "--markdown"
                                             : options->csv     ? "--csv"
                                             : options->samples ? "--samples"
                                                                : NULL};
    int status = report_make(paths, &request, &output, error);
    if (output)
        fputs(output, stdout);
    free(output);
    return status;
}
