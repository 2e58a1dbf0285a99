#ifndef LAB_DRIVER_VERDICT_H
#define LAB_DRIVER_VERDICT_H

#include "perf/driver/metric.h"
#include "perf/driver/statistics.h"

#include <stdbool.h>

/* What a comparison came to, in a word and in words. */
struct verdict {
    const char *name;   /* faster, slower, smaller, larger, same or unresolved */
    double same_within; /* with "same": 0.01 for 1 %; else NaN */
    char words[200];    /* "1.27x faster, 95 % interval 1.24 to 1.30" */
};

/* Why a comparison has no claim whatever its figures; all zero when nothing speaks against one. */
struct verdict_doubt {
    size_t failed;          /* failed samples of either arm */
    const char *failed_arm; /* the arm with most of them */
};

/* The family-wise confidence of all claims. */
#define CONFIDENCE 0.95

/* A noise floor above this, as a factor less 1, is no yardstick any more: the machine was doing something else. */
#define VERDICT_FLOOR_MAX 1.0

/*
 * `ratio` estimates the ratio (above 1: the candidate is better); `floor` is the noise floor of this workload and
 * metric as a factor less 1, NaN when unknown (which means no claim); `needed` is the number of rounds below which
 * nothing is claimed.
 */
struct verdict verdict_reach(enum metric metric, const struct estimate *ratio, double floor, size_t needed,
                             struct verdict_doubt doubt);

/* Whether anything may be claimed with this noise floor: it is known, and no more than VERDICT_FLOOR_MAX. */
bool verdict_floor_usable(double floor);

/* How far the interval reaches from 1, as a factor less 1; NaN without an interval. */
double verdict_reach_from_one(const struct estimate *ratio);

/* Decimals that a factor of at least 1 is worth: three close to 1, more where those would show 1, fewer the larger. */
int verdict_decimals(double ratio);

#endif
