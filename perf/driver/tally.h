#ifndef LAB_DRIVER_TALLY_H
#define LAB_DRIVER_TALLY_H

#include "perf/driver/allocator.h"
#include "perf/driver/workload.h"

#include <jansson.h>
#include <stdio.h>

/*
 * Runs a workload once under a counting build and makes figures of what it counted:
 *
 *   {"workload", "allocator", "ops", "direct_cache_hit_rate", "atomic_ops_per_op", ..., "counts": {event: number}}
 *
 * A rate whose denominator is 0 is null, and so is a figure of events that this build does not have.  STATUS_USAGE when
 * the allocator does not count, STATUS_FAILED when the process failed.  *tally is the caller's.
 */
int tally_take(const struct paths *paths, const struct workload *workload, const struct allocator *allocator,
               double timeout_s, json_t **tally, struct lab_error *error);

/* The figures of the counts: the middle part of a tally. */
json_t *tally_figures(const json_t *counts, double ops);

/* One line for each figure with its meaning, then the counts. */
void tally_print(FILE *file, const json_t *tally);

#endif
