/*
 * `harness report DIR`: makes report.html of a results folder again.
 */
#include "perf/driver/commands.h"

#include "perf/driver/report.h"

#include <stdio.h>
#include <stdlib.h>

int command_report(const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error)
{
    char *report = NULL;
    (void)typed;
    if (options->word_count != 1)
        return lab_error_set(
            error, STATUS_USAGE,
            "report needs one results folder, such as './harness report results/20251123-101500-lab-phase1'");
    int status = report_make(paths, options->words[0], &report, error);
    if (report)
        printf("%s\n", report);
    free(report);
    return status;
}
