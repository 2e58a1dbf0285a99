/*
 * The record of one process: everything that was measured, as one JSON object after perf/schema/sample.schema.json.
 */
#ifndef LAB_SAMPLE_H
#define LAB_SAMPLE_H

#include "perf/measure/json.h"
#include "perf/measure/proof.h"
#include "perf/measure/region.h"

#define LAB_SAMPLE_SCHEMA "hakmem-lab/sample/1"
#define LAB_RECORD_BYTES  65536 /* 16 counters with their reasons, two paths and 1024 CPUs stay well below */

struct lab_sample {
    const char *workload;                        /* its name */
    struct lab_params params;                    /* in force */
    struct lab_region_result region;             /* what the region gave */
    bool verify;                                 /* blocks were filled and checked: not a timing to compare */
    size_t counter_count;                        /* entries in counters[] */
    struct lab_counter counters[LAB_EVENTS_MAX]; /* in the order asked for */
    struct lab_proof allocator;                  /* whose malloc it was */
    struct lab_cpu_list cpus;                    /* pinned to these; count 0: not pinned */
    struct lab_clock clock;                      /* that timed it */
    uint64_t pid;                                /* of the process */
    bool thp_disabled;                           /* the kernel gives it no transparent huge pages */
};

/* Operations a second over the region, 0 for an empty one. */
double lab_sample_ops_per_sec(const struct lab_sample *sample);

/* Writes the object. */
void lab_sample_write(const struct lab_sample *sample, struct lab_json *json);

#endif
