#ifndef LAB_DRIVER_LANE_SIMULATED_H
#define LAB_DRIVER_LANE_SIMULATED_H

#include "perf/driver/lane_gaps.h"
#include "perf/driver/pool.h"

#include <stdio.h>

/* The simulated lane of a run: every allocator on every workload, once, with few operations. */
struct simulated_lane;

/* Prepares the jobs, without starting any.  NULL and a warning in the campaign where nothing can be simulated. */
struct simulated_lane *simulated_lane_new(struct campaign *campaign, const struct paths *paths);

/* Appends a job for each pair; returns how many.  `jobs` has room for lane_pairs(plan). */
size_t simulated_lane_jobs(struct simulated_lane *lane, struct pool_job *jobs);

/* After the pool: "simulated" of run.json; what failed or was not reached is added to the gaps.  Frees
 * the lane. */
json_t *simulated_lane_end(struct simulated_lane *lane, struct campaign *campaign, struct lane_gaps *gaps);

/* The table of the list, on a terminal; of one workload alone unless `only` is NULL. */
void simulated_lane_print(FILE *file, const json_t *list, const char *only);

#endif
