#ifndef LAB_DRIVER_TRIAL_H
#define LAB_DRIVER_TRIAL_H

#include "perf/driver/arguments.h"
#include "perf/driver/arm.h"
#include "perf/driver/process.h"

#include <jansson.h>

/* A process of one of the lanes beside the timed samples: simulated, latency, memory over time. */
struct trial {
    const struct arm *arm;
    const struct workload *workload;
    const char *program;        /* the workload's, which may stand behind a simulator in `arguments` */
    struct arguments arguments; /* the whole command line, but for --record */
    struct process process;     /* its time limit and hooks; argv and envp are filled in here */
};

/*
 * Runs it and reads its record from standard output.  The environment is that of the samples, always padded alike.
 * STATUS_INTERRUPTED after Ctrl-C; STATUS_FAILED and a sentence when the process failed, left no record, or its malloc
 * was not that of the arm.  *record is the caller's, and the arguments are freed.  Any thread.
 */
int trial_run(struct trial *trial, json_t **record, struct lab_error *error);

#endif
