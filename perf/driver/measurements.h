#ifndef LAB_DRIVER_MEASUREMENTS_H
#define LAB_DRIVER_MEASUREMENTS_H

#include "perf/driver/metric.h"

#include <stddef.h>

/* What was measured, by workload, arm, round (from 1) and metric.  Warm-ups are not in it. */
struct measurements;

struct measurements *measurements_new(size_t workloads, size_t arms, size_t rounds);
void measurements_free(struct measurements *measurements);

void measurements_put(struct measurements *measurements, size_t workload, size_t arm, size_t round,
                      const double values[METRIC_COUNT]);

/* Failures are counted, warm-up included: an arm with one has no claim. */
void measurements_fail(struct measurements *measurements, size_t workload, size_t arm);
size_t measurements_failed(const struct measurements *measurements, size_t workload, size_t arm);

/* All values of an arm; `values` has room for as many as there are rounds.  Returns how many. */
size_t measurements_values(const struct measurements *measurements, size_t workload, size_t arm, enum metric metric,
                           double *values);

/* ln of candidate over baseline, turned so that above 0 is better; NaN in a round that has not both. */
double measurements_log_ratio(const struct measurements *measurements, size_t workload, size_t round,
                              enum metric metric, size_t baseline, size_t candidate);

/* The same of each round that has both.  Returns how many. */
size_t measurements_log_ratios(const struct measurements *measurements, size_t workload, enum metric metric,
                               size_t baseline, size_t candidate, double *values);

#endif
