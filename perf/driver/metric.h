#ifndef LAB_DRIVER_METRIC_H
#define LAB_DRIVER_METRIC_H

#include <stdbool.h>

/* What is compared.  Further metrics are added at the end. */
enum metric { METRIC_OPS_PER_SEC, METRIC_PEAK_RSS_BYTES, METRIC_CPU_NS, METRIC_MINOR_FAULTS, METRIC_COUNT };

struct metric_traits {
    const char *name;      /* field of the sample record */
    const char *unit;      /* as in run.json */
    bool higher_is_better; /* decides which way a ratio above 1 points */
    const char *better;    /* verdict words */
    const char *worse;
    bool programs_only; /* compared for whole programs; the lab's own workloads do not have it */
};

extern const struct metric_traits metric_table[METRIC_COUNT];

#endif
