/*
 * random_mixed: blocks of random sizes with random lifetimes, the core benchmark.
 *
 * Models a long-running program in its steady state, such as an interpreter or an in-memory index: some thousands of
 * small objects are live, any of them may be the next to die, and sizes have no pattern.  The allocator sees half
 * mallocs, half frees, in an order that neither it nor the branch predictor can foresee.
 *
 * One step: pick a slot at random; if it holds a block, free it, else allocate one of random size there.  After a
 * short start half of the slots are full.  The next slot is prefetched, so that the loop's own table costs no misses;
 * what is left of its own cost is mostly the branch on a full slot, which no predictor can foresee.  Defaults: 8192
 * slots of 16 to 1024 bytes, about 2 MiB live.
 */
#include "workloads/slots.h"

ALWAYS_INLINE void churn(struct lab_thread *thread, bool verify)
{
    const uint64_t count = thread->params->slots, smallest = thread->params->min_size;
    const uint64_t range = thread->params->max_size - smallest + 1;
    struct slots *slots = thread->memory;
    struct rng rng = slots->rng;
    uint64_t sum = 0;

    uint64_t random = rng_next(&rng);
    for (uint64_t i = 0; i < thread->ops; i++) {
        uint64_t next = rng_next(&rng);
        struct block *block = &slots->block[rng_below(random, count)];
        __builtin_prefetch(&slots->block[rng_below(next, count)]);
        if (block->start != NULL)
            sum += block_drop(block, verify);
        else
            block_make(block, (uint32_t)smallest + rng_below(random >> 32, range), (uint8_t)random, verify);
        random = next;
    }
    thread->ops_done = thread->ops;
    thread->checksum = sum;
}

static void run(struct lab_thread *thread)
{
    if (thread->verify)
        churn(thread, true);
    else
        churn(thread, false);
}

static const struct lab_workload workload = {
    .name = "random_mixed",
    .summary = "random sizes with random lifetimes: pick a slot, free what is there or allocate",
    .models = "the steady state of a long-running program with thousands of small live objects",
    .slots_meaning = "slots of each thread; half of them hold a block",
    .defaults = {.ops = 10000000, .slots = 8192, .min_size = 16, .max_size = 1024, .threads = 1, .seed = 42},
    .malloc_function = CALLED_MALLOC,
    .memory_bytes = slots_memory_bytes,
    .prepare = slots_prepare,
    .run = run,
    .finish = slots_finish,
};

int main(int argc, char **argv)
{
    return lab_main(argc, argv, &workload);
}
