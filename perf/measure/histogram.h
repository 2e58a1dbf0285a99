/*
 * A latency histogram in fixed memory, of the HDR kind: every power of two is cut into equal steps, so that a value is
 * kept to within 1/64 of itself over the whole range.
 *
 *   value  0 .. 127      one bucket each
 *          128 .. 255    64 buckets of 2
 *          256 .. 511    64 buckets of 4            ...up to LAB_HISTOGRAM_LIMIT, above which all share the last one
 *
 * Thread safety: one histogram a thread; merge after the threads have ended.
 */
#ifndef LAB_HISTOGRAM_H
#define LAB_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define LAB_HISTOGRAM_STEP_BITS  6  /* 64 steps for each power of two: at most 1.6 % wide */
#define LAB_HISTOGRAM_VALUE_BITS 40 /* ticks: 2^40 is six minutes at 3 GHz */
#define LAB_HISTOGRAM_STEPS      (1u << LAB_HISTOGRAM_STEP_BITS)
#define LAB_HISTOGRAM_LIMIT      ((UINT64_C(1) << LAB_HISTOGRAM_VALUE_BITS) - 1)
/* 2 * STEPS exact values, then STEPS for each of the remaining powers of two. */
#define LAB_HISTOGRAM_BUCKETS ((LAB_HISTOGRAM_VALUE_BITS - LAB_HISTOGRAM_STEP_BITS + 1) * (size_t)LAB_HISTOGRAM_STEPS)

/* All zero is an empty histogram. */
struct lab_histogram {
    uint64_t total;                        /* values recorded: the sum of count[] */
    uint64_t sum;                          /* of the values, for the mean */
    uint64_t max;                          /* the largest value, exact */
    uint64_t count[LAB_HISTOGRAM_BUCKETS]; /* values by bucket */
};

/* The bucket of a value: monotonic, and below LAB_HISTOGRAM_BUCKETS. */
static inline size_t lab_histogram_bucket(uint64_t value)
{
    if (value > LAB_HISTOGRAM_LIMIT)
        value = LAB_HISTOGRAM_LIMIT;
    if (value < 2 * LAB_HISTOGRAM_STEPS)
        return (size_t)value;
    unsigned shift = (unsigned)(63 - __builtin_clzll(value)) - LAB_HISTOGRAM_STEP_BITS;
    return (size_t)shift * LAB_HISTOGRAM_STEPS + (size_t)(value >> shift);
}

static inline void lab_histogram_record(struct lab_histogram *histogram, uint64_t value)
{
    histogram->total++;
    histogram->sum += value;
    if (value > histogram->max)
        histogram->max = value;
    histogram->count[lab_histogram_bucket(value)]++;
}

/* The largest value that falls into a bucket. */
uint64_t lab_histogram_bucket_top(size_t bucket);

/*
 * The value that at least `share` (0 to 1) of the recorded values do not exceed: the top of the bucket, capped by the
 * largest value seen.  0 for an empty histogram.
 */
uint64_t lab_histogram_quantile(const struct lab_histogram *histogram, double share);

/* Adds `from` to `into`. */
void lab_histogram_merge(struct lab_histogram *into, const struct lab_histogram *from);

#endif
