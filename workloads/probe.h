/*
 * Which probe this build of a workload feeds: none (the programs whose speed is measured), live bytes, or latency.
 * workloads/build.mk compiles a workload once for each; where a constant is 0 the compiler leaves nothing of it.
 */
#ifndef WORKLOADS_PROBE_H
#define WORKLOADS_PROBE_H

#include <stdlib.h>

#include "perf/measure/latency.h"
#include "perf/measure/live.h"

#ifndef PROBE_LIVE
#define PROBE_LIVE 0
#endif
#ifndef PROBE_LATENCY
#define PROBE_LATENCY 0
#endif

/* malloc and free by these names, one call in some timed. */

static inline void *latency_malloc(size_t size)
{
    if (!lab_latency_due())
        return malloc(size);
    struct lab_latency_call call;
    lab_latency_begin(&call);
    void *block = malloc(size);
    lab_latency_end(&call, LAB_LATENCY_MALLOC);
    return block;
}

static inline void latency_free(void *block)
{
    if (!lab_latency_due()) {
        free(block);
        return;
    }
    struct lab_latency_call call;
    lab_latency_begin(&call);
    free(block);
    lab_latency_end(&call, LAB_LATENCY_FREE);
}

#endif
