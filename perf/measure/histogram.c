/*
 * Reading a histogram.  Invariant: total is the sum of count[], and every value v is in the bucket b with
 * top(b - 1) < v <= top(b), except those above LAB_HISTOGRAM_LIMIT, which are all in the last one.
 */
#include "perf/measure/histogram.h"

uint64_t lab_histogram_bucket_top(size_t bucket)
{
    if (bucket < 2 * LAB_HISTOGRAM_STEPS)
        return bucket;
    unsigned shift = (unsigned)(bucket / LAB_HISTOGRAM_STEPS) - 1;
    uint64_t step = bucket - (uint64_t)shift * LAB_HISTOGRAM_STEPS;
    return ((step + 1) << shift) - 1;
}

uint64_t lab_histogram_quantile(const struct lab_histogram *histogram, double share)
{
    double rank = share * (double)histogram->total;
    uint64_t wanted = (uint64_t)rank;
    wanted += (double)wanted < rank || wanted == 0; /* rounded up, at least the first */
    uint64_t seen = 0;
    if (histogram->total == 0)
        return 0;
    for (size_t bucket = 0; bucket < LAB_HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->count[bucket];
        if (seen < wanted)
            continue;
        uint64_t top = lab_histogram_bucket_top(bucket);
        return top < histogram->max ? top : histogram->max;
    }
    return histogram->max;
}

void lab_histogram_merge(struct lab_histogram *into, const struct lab_histogram *from)
{
    into->total += from->total;
    into->sum += from->sum;
    if (from->max > into->max)
        into->max = from->max;
    for (size_t bucket = 0; bucket < LAB_HISTOGRAM_BUCKETS; bucket++)
        into->count[bucket] += from->count[bucket];
}
