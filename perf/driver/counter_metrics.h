#ifndef LAB_DRIVER_COUNTER_METRICS_H
#define LAB_DRIVER_COUNTER_METRICS_H

#include "perf/driver/counting.h"
#include "perf/driver/plan.h"

#include <jansson.h>

/*
 * What is derived from counters, such as instructions per cycle: by workload, arm, group and metric of that group, a
 * value for each round in which the group had its turn.  Warm-ups are not in it.
 */
struct counter_metrics;

/* Keeps the pointer to the plan. */
struct counter_metrics *counter_metrics_new(const struct plan *plan);
void counter_metrics_free(struct counter_metrics *metrics);

/* Takes the counters of a good sample's record. */
void counter_metrics_put(struct counter_metrics *metrics, size_t workload, size_t arm, size_t round,
                         const json_t *record);

/* Rows for run.json: medians, each with its state; of allocators, not of the A/A' arm. */
json_t *counter_metrics_rows(const struct counter_metrics *metrics);

/* Why no hardware event was counted in any sample; NULL when one was, or nothing was put yet.  Not to be freed. */
const char *counter_metrics_reason(const struct counter_metrics *metrics);

#endif
