#ifndef LAB_DRIVER_WORKLOAD_H
#define LAB_DRIVER_WORKLOAD_H

#include "perf/driver/status.h"
#include "perf/driver/paths.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct program;

/* A workload program as it describes itself. */
struct workload {
    char *name;              /* unique in a run */
    char *base;              /* the programs are bench_<base>_*, where that is not the name; else NULL */
    bool oversubscribed;     /* of several numbers of threads, one that is above that of the CPUs */
    json_t *description;     /* what --describe printed: summary, models, params */
    json_t *params;          /* chosen value of every parameter, by name */
    char *sha256;            /* of the program that preload arms run, once a plan has asked for it; else NULL */
    char *cpus;              /* list to pin to, such as "0,1"; NULL: not pinned */
    json_t *placement;       /* what these CPUs lie on, as in run.json; NULL: not pinned */
    struct program *program; /* a program that is not the lab's, see program.h; NULL: bench_<name>_* */
};

/*
 * Finds the workloads of the comma list, or all when it is NULL, and asks each to describe itself; parameters get their
 * default values.  On success *workloads is an array of *count that workloads_free() frees.
 */
int workloads_find(const struct paths *paths, const char *list, struct workload **workloads, size_t *count,
                   struct lab_error *error);
void workloads_free(struct workload *workloads, size_t count);

/* The name that its programs have. */
const char *workload_program(const struct workload *workload);

/* Sets a parameter if the workload has it and the value is within its limits. */
int workload_set(struct workload *workload, const char *param, int64_t value, struct lab_error *error);
int64_t workload_get(const struct workload *workload, const char *param);

/* Least and most that the parameter may be; 0 and INT64_MAX without limits. */
int64_t workload_least(const struct workload *workload, const char *param);
int64_t workload_limit(const struct workload *workload, const char *param);

/* What the workload itself would choose; 0 for what it has not. */
int64_t workload_usual(const struct workload *workload, const char *param);

#endif
