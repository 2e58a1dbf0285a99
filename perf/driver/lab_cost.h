#ifndef LAB_DRIVER_LAB_COST_H
#define LAB_DRIVER_LAB_COST_H

#include "perf/driver/paths.h"

#include <jansson.h>

/*
 * What measuring costs here, from the floor's program of a workload at `ops` operations:
 *
 *   overhead_ns_per_op   what the lab adds to an operation: the clock and the start and end of the region, shared out
 *   loop_ns_per_op       the workload's own loop with the least work that any malloc does
 *   outside_s            of one process: start, preparation, record and end
 *   process_bytes        resident memory of a measured process before the region
 *   harness_bytes        the most memory that this harness had resident
 *
 * null for what cannot be had, such as where there is no floor.
 */
json_t *lab_cost_measure(const struct paths *paths, const char *workload, int64_t ops, const char *record);

#endif
