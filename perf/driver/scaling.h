#ifndef LAB_DRIVER_SCALING_H
#define LAB_DRIVER_SCALING_H

#include "perf/driver/options.h"
#include "perf/driver/plan.h"
#include "perf/driver/status.h"

#include <jansson.h>
#include <stdio.h>

/*
 * Puts every workload of the plan into it once for each count of --threads, as NAME_tN, smallest first.  Workloads that
 * have one thread only are left out, or refused with STATUS_USAGE where --workload names one.
 */
int scaling_expand(struct plan *plan, const struct options *options, struct lab_error *error);

/*
 * Adds "scaling" to a run.json that has its summary, if the plan was expanded:
 *
 *   {"allowed_cpus", "rows": [{"workload", "entry", "allocator", "threads", "oversubscribed", "ops_per_sec", "ci_low",
 *     "ci_high", "peak_rss_bytes", "speedup"}]}
 *
 * `speedup` is the throughput over that with the fewest threads, null for what has not been measured.
 */
void scaling_add(json_t *run, const struct plan *plan);

/* Throughput and memory by number of threads, where the run has it. */
void scaling_print(FILE *file, const json_t *run);

#endif
