/*
 * The loop of mid_large and mid_large_mt: as random_mixed's, with sizes spread evenly over the doublings between the
 * smallest and the largest (as many requests of 8 to 16 KiB as of 512 KiB to 1 MiB), the way buffer sizes are.
 */
#ifndef WORKLOADS_MID_LARGE_H
#define WORKLOADS_MID_LARGE_H

#include "workloads/slots.h"

/* How many times the smallest size can be doubled before it passes the largest, counted up: at least 1. */
static inline uint64_t doublings(const struct lab_params *params)
{
    uint64_t count = 0;
    while (params->min_size << count < params->max_size)
        count++;
    return count == 0 ? 1 : count;
}

/* A size: a random doubling of the smallest one, then a random place within it, at most the largest. */
static inline uint32_t doubled_size(uint64_t random, const struct lab_params *params, uint64_t count)
{
    uint64_t base = params->min_size << rng_below(random >> 16, count);
    uint64_t size = base + rng_below(random >> 32, base + 1);
    return (uint32_t)(size < params->max_size ? size : params->max_size);
}

ALWAYS_INLINE void churn(struct lab_thread *thread, bool verify)
{
    const struct lab_params *params = thread->params;
    const uint64_t count = doublings(params);
    struct slots *slots = thread->memory;
    struct rng rng = slots->rng;
    uint64_t sum = 0;

    for (uint64_t i = 0; i < thread->ops; i++) {
        uint64_t random = rng_next(&rng);
        struct block *block = &slots->block[rng_below(random, params->slots)];
        if (block->start != NULL)
            sum += block_drop(block, verify);
        else
            block_make(block, doubled_size(rng_next(&rng), params, count), (uint8_t)random, verify);
    }
    thread->ops_done = thread->ops;
    thread->checksum = sum;
}

static inline void churn_run(struct lab_thread *thread)
{
    if (thread->verify)
        churn(thread, true);
    else
        churn(thread, false);
}

#endif
