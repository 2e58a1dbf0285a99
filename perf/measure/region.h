/*
 * The measured region: runs a workload on its threads, all from one start, and reads clock, counters and kernel
 * figures at its two ends.
 */
#ifndef LAB_REGION_H
#define LAB_REGION_H

#include "perf/measure/clock.h"
#include "perf/measure/counters.h"
#include "perf/measure/counts.h"
#include "perf/measure/pin.h"
#include "perf/measure/usage.h"
#include "perf/measure/workload.h"

struct lab_region {
    const struct lab_workload *workload; /* what to run */
    const struct lab_params *params;     /* with what */
    const struct lab_clock *clock;       /* calibrated */
    const struct lab_cpu_list *cpus;     /* thread i runs on cpu[i % count]; count 0: not pinned */
    struct lab_counters *counters;       /* opened; may hold no event */
    bool verify;                         /* handed to the threads */
};

struct lab_region_result {
    uint64_t ops;             /* calls made, all threads */
    uint64_t elapsed_ns;      /* from the first thread's start to the last one's end */
    uint64_t checksum;        /* of all threads; independent of how they interleaved */
    struct lab_usage usage;   /* over the region */
    struct lab_memory start;  /* right before */
    struct lab_memory end;    /* right after, before anything is freed; its peak is that of the region */
    struct lab_counts counts; /* the allocator's own, over the region; none in a timed build */
};

/* Runs it.  0, or -errno with a sentence. */
int lab_region_run(const struct lab_region *region, struct lab_region_result *result, struct lab_error *error);

#endif
