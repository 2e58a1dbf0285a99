/*
 * The metrics that are compared.  Whatever the metric, ratios are turned so that above 1 means a better candidate.
 */
#include "perf/driver/metric.h"

const struct metric_traits metric_table[METRIC_COUNT] = {
    [METRIC_OPS_PER_SEC] = {"ops_per_sec", "1/s", true, "faster", "slower", false},
    [METRIC_PEAK_RSS_BYTES] = {"peak_rss_bytes", "B", false, "smaller", "larger", false},
    [METRIC_CPU_NS] = {"cpu_ns", "ns", false, "smaller", "larger", true},
    [METRIC_MINOR_FAULTS] = {"minor_faults", "1", false, "smaller", "larger", true},
};
