#ifndef LAB_DRIVER_PLACEMENT_H
#define LAB_DRIVER_PLACEMENT_H

#include "perf/driver/paths.h"
#include "perf/driver/status.h"
#include "perf/driver/workload.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The policies as the help and messages name them. */
#define PLACEMENT_POLICIES "compact, spread, per-cache or none"

bool placement_is_policy(const char *text);

/*
 * Chooses the CPUs for so many threads of the workload and what they lie on: workload->cpus and workload->placement.
 * `policy` NULL stands for compact if that can be had; a policy that is named and cannot be had is STATUS_USAGE.
 */
int placement_find(struct workload *workload, const struct paths *paths, const char *policy, int64_t threads,
                   struct lab_error *error);

/* A warning about it, as a text to free: threads that share a core, or memory of several nodes.  NULL: none. */
char *placement_warning(const struct workload *workload);

/* One line for each way in which workloads were pinned, from run.json. */
void placement_print(FILE *file, const json_t *run);

#endif
