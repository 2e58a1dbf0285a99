#ifndef LAB_DRIVER_LANE_MEMORY_H
#define LAB_DRIVER_LANE_MEMORY_H

#include "perf/driver/lane_gaps.h"
#include "perf/driver/pool.h"

#include <stdio.h>

/* Memory over time: every allocator on every workload, once, watched from outside. */
struct memory_lane;

/* Prepares the jobs, without starting any.  NULL and a warning in the campaign where the programs are missing. */
struct memory_lane *memory_lane_new(struct campaign *campaign, const struct paths *paths);

/* Appends a job for each pair; returns how many.  `jobs` has room for lane_pairs(plan). */
size_t memory_lane_jobs(struct memory_lane *lane, struct pool_job *jobs);

/* After the pool: "memory_over_time" of run.json; what failed or was not reached is added to the gaps.  Frees
 * the lane. */
json_t *memory_lane_end(struct memory_lane *lane, struct campaign *campaign, struct lane_gaps *gaps);

/* The table of the list, on a terminal; of one workload alone unless `only` is NULL. */
void memory_lane_print(FILE *file, const json_t *list, const char *only);

#endif
