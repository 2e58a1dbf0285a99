#ifndef LAB_DRIVER_PROGRAM_H
#define LAB_DRIVER_PROGRAM_H

#include "perf/driver/arguments.h"
#include "perf/driver/options.h"
#include "perf/driver/paths.h"
#include "perf/driver/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* A whole program that is not one of the lab's: a workload whose one operation is one run of it. */
struct program {
    const char *const *argv; /* as typed behind `--`, ending with NULL; not owned */
    char *path;              /* the file that argv[0] means, its links resolved */
    char *runner;            /* lab-program */
    char *witness;           /* liblab-witness.so */
    char *output;            /* where a run's standard output goes; NULL before program_learn() */
    char *reference;         /* what it has to be, as the system's malloc had it; NULL the same */
    char *checksum;          /* of that and of the exit status, as the record has it */
    int64_t exit_status;     /* that every run has to end with: the reference's */
    uint64_t output_bytes;   /* of the reference */
    int64_t expected_status; /* that the reference has to end with */
    bool ignore_output;      /* only the exit status is held against the reference */
    const char *input;       /* file that is its standard input; NULL: nothing; not owned */
    const char *prepare;     /* shell command before each run; NULL: none; not owned */
};

struct workload;
struct sample_request;
struct sample;

/*
 * Makes the one workload of `compare ... -- PROGRAM ARGS`.  STATUS_USAGE and a message when the program is not found or
 * an option cannot be had for a program, STATUS_FAILED when lab-program is not built.  workloads_free() frees it.
 */
int program_make_workload(const struct paths *paths, const struct options *options, struct workload **workloads,
                          size_t *count, struct lab_error *error);
void program_free(struct program *program);

/*
 * Runs it twice under the system's malloc, in `folder`, and keeps what it printed and ended with as the reference.
 * STATUS_FAILED when it crashes, cannot be preloaded into, or prints something else each time; STATUS_INTERRUPTED.
 */
int program_learn(struct workload *workload, const struct paths *paths, const char *folder, double timeout_s,
                  struct lab_error *error);

/*
 * Runs what prepares a run, if there is anything.  NULL when it is prepared; else what went wrong, to be freed, or
 * *interrupted set.  The command gets the harness's environment, /dev/null as its standard input and no allocator.
 */
char *program_prepare(const struct program *program, double timeout_s, bool *interrupted);

/* The command that runs it once. */
void program_arguments(const struct sample_request *request, struct arguments *arguments);

/* What is wrong with a run whose record is whole, as a text to free: another malloc, exit status or output. */
char *program_objection(const struct program *program, const json_t *record);

/* For run.json: argv, path, and what the reference is. */
json_t *program_json(const struct program *program);

#endif
