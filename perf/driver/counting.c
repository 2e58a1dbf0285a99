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

#define GROUP_DEFAULT     "basic"
#define RESOLVE_TIMEOUT_S 20 /* it takes milliseconds */

int counting_find(struct counting *counting, const struct paths *paths, const char *group, struct lab_error *error)
{
    char *program = text_format("%s/lab-resolve", paths->bin);
    const char *argv[] = {program, "events", group ? group : GROUP_DEFAULT, NULL};
    struct process process = {.argv = argv, .timeout_s = RESOLVE_TIMEOUT_S, .wants_output = true};
    struct process_end end;
    *counting = (struct counting){0};
    int status = STATUS_DONE;
    int code = process_run(&process, &end);
    const char *fault = code ? strerror(-code) : end.complaint;
    if (!code && end.exit_status == 0 && end.output) {
        counting->events = text_copy(end.output);
        machine_pmu(&counting->reason, NULL);
    } else if (group) {
        status = lab_error_set(error, STATUS_USAGE, "--group %s: %s", group, fault);
    } else {
        counting->reason = text_format("no counter group '%s': %s", GROUP_DEFAULT, fault);
    }
    process_end_free(&end);
    free(program);
    return status;
}

int counting_write(struct counting *counting, const char *folder, struct lab_error *error)
{
    if (!counting->events)
        return STATUS_DONE;
    counting->file = text_format("%s/events", folder);
    FILE *file = fopen(counting->file, "we");
    bool good = file && fputs(counting->events, file) >= 0;
    if (file && fclose(file))
        good = false;
    return good ? STATUS_DONE
                : lab_error_set(error, STATUS_FAILED, "cannot write %s: %s", counting->file, strerror(errno));
}

void counting_free(struct counting *counting)
{
    free(counting->events);
    free(counting->file);
    free(counting->reason);
}
