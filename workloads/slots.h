/*
 * The thread state and hooks that the slot workloads share: one array of slots a thread, and a generator.
 */
#ifndef WORKLOADS_SLOTS_H
#define WORKLOADS_SLOTS_H

#include <errno.h>

#include "workloads/block.h"
#include "workloads/rng.h"

struct slots {
    struct rng rng;       /* the thread's stream */
    struct block block[]; /* params->slots of them, empty at first */
};

static inline size_t slots_memory_bytes(const struct lab_params *params)
{
    return sizeof(struct slots) + params->slots * sizeof(struct block);
}

static inline void slots_prepare(struct lab_thread *thread)
{
    struct slots *slots = thread->memory;
    slots->rng = rng_seed(thread->params->seed, thread->index);
}

static inline void slots_finish(struct lab_thread *thread)
{
    struct slots *slots = thread->memory;
    thread->checksum += blocks_drop_all(slots->block, thread->params->slots, thread->verify);
}

/* Some workloads walk their slots in a stride that only a power of two makes a permutation. */
static inline int slots_check_power_of_two(const struct lab_params *params, struct lab_error *error)
{
    if ((params->slots & (params->slots - 1)) == 0)
        return 0;
    return lab_error_set(error, -EINVAL, "--slots must be a power of two, not %llu", (unsigned long long)params->slots);
}

#endif
