/*
 * Which events the measured processes shall count.  Encoding needs libpfm4, which lab-resolve has; the measured process
 * only gets numbers to hand to perf_event_open and itself says in its record what could be counted.
 */
#define _GNU_SOURCE
#include "perf/driver/counting.h"

#include "perf/driver/machine.h"
#include "perf/driver/process.h"
#include "perf/driver/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_DEFAULT "basic"

static int write_events(struct counting *counting, const char *events, struct lab_error *error)
{
    FILE *file = fopen(counting->file, "we");
    bool good = file && fputs(events, file) >= 0;
    if (file && fclose(file))
        good = false;
    return good ? STATUS_DONE
                : lab_error_set(error, STATUS_FAILED, "cannot write %s: %s", counting->file, strerror(errno));
}

int counting_find(struct counting *counting, const struct paths *paths, const char *group, const char *folder,
                  struct lab_error *error)
{
    char *program = text_format("%s/lab-resolve", paths->bin);
    const char *argv[] = {program, "events", group ? group : GROUP_DEFAULT, NULL};
    struct process process = {.argv = argv, .timeout_s = 20, .wants_output = true};
    struct process_end end;
    *counting = (struct counting){0};
    int code = process_run(&process, &end);
    int status = STATUS_DONE;
    if (!code && end.exit_status == 0 && end.output) {
        counting->file = text_format("%s/events", folder);
        status = write_events(counting, end.output, error);
        machine_pmu(&counting->reason, NULL);
    } else if (group) {
        status = lab_error_set(error, STATUS_USAGE, "--group %s: %s", group, code ? strerror(-code) : end.complaint);
    } else {
        counting->reason =
            text_format("no counter group '%s': %s", GROUP_DEFAULT, code ? strerror(-code) : end.complaint);
    }
    process_end_free(&end);
    free(program);
    return status;
}

void counting_free(struct counting *counting)
{
    free(counting->file);
    free(counting->reason);
}
