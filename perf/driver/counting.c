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
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESOLVE_TIMEOUT_S 20 /* it takes milliseconds */

/* Has lab-resolve encode one group.  NULL, or why it did not; to be freed. */
static char *group_encode(struct counting_group *group, const struct paths *paths, const char *name)
{
    char *program = text_format("%s/lab-resolve", paths->bin);
    const char *argv[] = {program, "events", name, NULL};
    struct process process = {.argv = argv, .timeout_s = RESOLVE_TIMEOUT_S, .wants_output = true};
    struct process_end end;
    char *fault = NULL;
    int code = process_run(&process, &end);
    if (!code && end.exit_status == 0 && end.output)
        group->events = text_copy(end.output);
    else
        fault = text_copy(code ? strerror(-code) : end.complaint);
    process_end_free(&end);
    free(program);
    return fault;
}

/* Reads the group's file too.  NULL, or why the group cannot be had; to be freed. */
static char *group_find(struct counting_group *group, const struct paths *paths, const char *name)
{
    char folder[PATH_MAX];
    struct lab_error error;
    *group = (struct counting_group){0};
    char *fault = group_encode(group, paths, name);
    if (fault)
        return fault;
    if (lab_event_group_folder(folder, sizeof folder) == 0 &&
        lab_event_group_load(folder, name, &group->group, &error) == 0)
        return NULL;
    free(group->events);
    return text_format("its file cannot be read: %s", error.text);
}

static bool has_group(const struct counting *counting, const char *name)
{
    for (size_t i = 0; i < counting->count; i++)
        if (!strcmp(counting->groups[i].group.name, name))
            return true;
    return false;
}

int counting_find(struct counting *counting, const struct paths *paths, const char *list, bool asked,
                  struct lab_error *error)
{
    int status = STATUS_DONE;
    char *names = text_copy(list), *place = NULL;
    *counting = (struct counting){.groups = memory_take(strlen(list) / 2 + 1, sizeof *counting->groups)};
    for (char *name = strtok_r(names, ",", &place); name && !status; name = strtok_r(NULL, ",", &place)) {
        if (has_group(counting, name))
            continue;
        char *fault = group_find(&counting->groups[counting->count], paths, name);
        if (!fault)
            counting->count++;
        else if (asked)
            status = lab_error_set(error, STATUS_USAGE, "--group %s: %s", name, fault);
        else if (!counting->reason)
            counting->reason = text_format("no counter group '%s': %s", name, fault);
        free(fault);
    }
    free(names);
    if (!status && asked && counting->count == 0)
        status = lab_error_set(error, STATUS_USAGE, "--group '%s' names no group; see './harness list'", list);
    if (!status && counting->count > 0 && !counting->reason)
        machine_pmu(&counting->reason, NULL);
    return status;
}

int counting_write(struct counting *counting, const char *folder, struct lab_error *error)
{
    for (size_t i = 0; i < counting->count; i++) {
        struct counting_group *group = &counting->groups[i];
        free(group->file);
        group->file = text_format("%s/events-%s", folder, group->group.name);
        FILE *file = fopen(group->file, "we");
        bool good = file && fputs(group->events, file) >= 0;
        if (file && fclose(file))
            good = false;
        if (!good)
            return lab_error_set(error, STATUS_FAILED, "cannot write %s: %s", group->file, strerror(errno));
    }
    return STATUS_DONE;
}

size_t counting_turn(const struct counting *counting, size_t round)
{
    return counting->count == 0 ? 0 : (round + counting->count - 1) % counting->count;
}

const char *counting_file(const struct counting *counting, size_t round)
{
    return counting->count == 0 ? NULL : counting->groups[counting_turn(counting, round)].file;
}

void counting_free(struct counting *counting)
{
    for (size_t i = 0; i < counting->count; i++) {
        free(counting->groups[i].events);
        free(counting->groups[i].file);
    }
    free(counting->groups);
    free(counting->reason);
    *counting = (struct counting){0};
}
