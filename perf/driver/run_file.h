#ifndef LAB_DRIVER_RUN_FILE_H
#define LAB_DRIVER_RUN_FILE_H

#include "perf/driver/paths.h"
#include "perf/driver/status.h"

#include <jansson.h>
#include <stddef.h>

/* A run that was measured before, as its run.json has it. */
struct run_file {
    char *name;   /* of its folder */
    char *path;   /* of run.json */
    json_t *json; /* all of it */
};

/*
 * Reads the run in a results folder, or the run.json itself, or a baseline by its name (results/baselines/NAME).
 * STATUS_USAGE and a message when there is no such run or it is none of ours.
 */
int run_file_load(const struct paths *paths, const char *place, struct run_file *run, struct lab_error *error);
void run_file_free(struct run_file *run);

/*
 * Every readable run in results/, baselines included, oldest first; *count receives how many, *unreadable how many
 * folders hold something else.  To be freed with run_files_free().
 */
struct run_file *run_files_list(const struct paths *paths, size_t *count, size_t *unreadable);
void run_files_free(struct run_file *runs, size_t count);

/* A text or a number of an object; "" and 0 when it is absent. */
const char *run_text(const json_t *object, const char *name);
double run_number(const json_t *object, const char *name);

/*
 * What an allocator is called when runs of different times are put beside each other: "hakmem" for the newest phase of
 * that run, otherwise its label.
 */
const char *run_allocator_name(const json_t *run, const char *label);

/* The label of the newest phase of hakmem that the run has; "" without one. */
const char *run_newest_phase(const json_t *run);

/* What made the run: lab, compare or ablate, as typed; "" when unknown. */
const char *run_kind(const json_t *run);

/* The plan's entry of an allocator or a workload; NULL without one. */
const json_t *run_allocator(const json_t *run, const char *label);
const json_t *run_workload(const json_t *run, const char *name);

#endif
