/*
 * The values behind every figure, in one array:
 *
 *      values[((workload * arms + arm) * rounds + round - 1) * METRIC_COUNT + metric]      NaN: not measured
 *
 * Ratios are formed round by round: both samples come from one block, a fraction of a second apart, so what drifts over
 * minutes drops out.
 */
#include "perf/driver/measurements.h"

#include "perf/driver/text.h"

#include <math.h>
#include <stdlib.h>

struct measurements {
    size_t workloads, arms, rounds; /* dimensions */
    double *values;
    size_t *failed; /* by workload and arm */
};

struct measurements *measurements_new(size_t workloads, size_t arms, size_t rounds)
{
    size_t count = workloads * arms * rounds * METRIC_COUNT;
    struct measurements *measurements = memory_take(1, sizeof *measurements);
    *measurements = (struct measurements){.workloads = workloads, .arms = arms, .rounds = rounds};
    measurements->values = memory_take(count, sizeof *measurements->values);
    measurements->failed = memory_take(workloads * arms, sizeof *measurements->failed);
    for (size_t i = 0; i < count; i++)
        measurements->values[i] = NAN;
    return measurements;
}

void measurements_free(struct measurements *measurements)
{
    if (!measurements)
        return;
    free(measurements->values);
    free(measurements->failed);
    free(measurements);
}

static double *cell(const struct measurements *measurements, size_t workload, size_t arm, size_t round)
{
    size_t row = (workload * measurements->arms + arm) * measurements->rounds + round - 1;
    return measurements->values + row * METRIC_COUNT;
}

void measurements_put(struct measurements *measurements, size_t workload, size_t arm, size_t round,
                      const double values[METRIC_COUNT])
{
    for (int i = 0; i < METRIC_COUNT; i++)
        cell(measurements, workload, arm, round)[i] = values[i];
}

void measurements_fail(struct measurements *measurements, size_t workload, size_t arm)
{
    measurements->failed[workload * measurements->arms + arm]++;
}

size_t measurements_failed(const struct measurements *measurements, size_t workload, size_t arm)
{
    return measurements->failed[workload * measurements->arms + arm];
}

size_t measurements_values(const struct measurements *measurements, size_t workload, size_t arm, enum metric metric,
                           double *values)
{
    size_t count = 0;
    for (size_t round = 1; round <= measurements->rounds; round++) {
        double value = cell(measurements, workload, arm, round)[metric];
        if (!isnan(value))
            values[count++] = value;
    }
    return count;
}

double measurements_log_ratio(const struct measurements *measurements, size_t workload, size_t round,
                              enum metric metric, size_t baseline, size_t candidate)
{
    double old = cell(measurements, workload, baseline, round)[metric];
    double new = cell(measurements, workload, candidate, round)[metric];
    return metric_table[metric].higher_is_better ? log(new / old) : log(old / new);
}

size_t measurements_log_ratios(const struct measurements *measurements, size_t workload, enum metric metric,
                               size_t baseline, size_t candidate, double *values)
{
    size_t count = 0;
    for (size_t round = 1; round <= measurements->rounds; round++) {
        double ratio = measurements_log_ratio(measurements, workload, round, metric, baseline, candidate);
        if (!isnan(ratio))
            values[count++] = ratio;
    }
    return count;
}
