#ifndef LAB_DRIVER_LANE_LATENCY_H
#define LAB_DRIVER_LANE_LATENCY_H

#include "perf/driver/lane_gaps.h"

#include <stdio.h>

/*
 * The latency lane: times of single calls, in processes of their own, one at a time.  Runs it and returns "latency" of
 * run.json; what failed or was not reached is added to the gaps.  NULL, and a warning, where the programs are missing.
 */
json_t *latency_lane_run(struct campaign *campaign, const struct paths *paths, struct lane_gaps *gaps);

/* The table of the list, on a terminal; of one workload alone unless `only` is NULL. */
void latency_lane_print(FILE *file, const json_t *list, const char *only);

#endif
