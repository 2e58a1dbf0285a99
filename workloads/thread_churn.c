/*
 * thread_churn: threads are born, inherit blocks, die.
 *
 * Models a program that starts a thread for each request or task: what a thread allocated outlives it and is freed by
 * another one, and the allocator must give each new thread a heap, take it back, and find the memory of the dead.
 *
 *     lineage:   life 0  -->  life 1  -->  life 2 ...    each life is a new thread; what it leaves is in the slots
 *
 * Each thread of the region is the parent of one lineage: it creates a child, waits for it, creates the next.  A life
 * first replaces every block that it inherited (free, then malloc) and then works in its slots as random_mixed does,
 * for as many calls again.  Creating and joining the thread is inside the measured time, since that is where an
 * allocator sets up and tears down its heap; lives are long enough that it does not drown the rest.
 */
#include <pthread.h>

#include "workloads/slots.h"

#define CALLS_PER_SLOT 8 /* of one life: about 2 on what was inherited, the rest on its own */

/* One thread's state and its lineage's. */
struct lineage {
    struct lab_thread *thread; /* the parent; children change only what is below, one child at a time */
    struct slots *slots;       /* handed from life to life */
    struct rng rng;            /* one stream for the whole lineage */
    uint64_t left;             /* calls still to make */
    uint64_t sum;              /* checksum so far */
};

/* One call: the block in the slot is freed, or one is made there. */
ALWAYS_INLINE void step(struct lineage *lineage, struct block *block, bool verify)
{
    const struct lab_params *params = lineage->thread->params;
    if (block->start != NULL) {
        lineage->sum += block_drop(block, verify);
    } else {
        uint64_t random = rng_next(&lineage->rng);
        uint32_t size = (uint32_t)params->min_size + rng_below(random, params->max_size - params->min_size + 1);
        block_make(block, size, (uint8_t)(random >> 56), verify);
    }
    lineage->left--;
}

ALWAYS_INLINE void life(struct lineage *lineage, bool verify)
{
    const uint64_t count = lineage->thread->params->slots;
    uint64_t calls = count * CALLS_PER_SLOT < lineage->left ? count * CALLS_PER_SLOT : lineage->left;
    const uint64_t end = lineage->left - calls;

    for (uint64_t i = 0; i < count && lineage->left > end; i++) {
        struct block *block = &lineage->slots->block[i];
        if (block->start != NULL)
            step(lineage, block, verify);
        if (lineage->left > end)
            step(lineage, block, verify);
    }
    while (lineage->left > end)
        step(lineage, &lineage->slots->block[rng_below(rng_next(&lineage->rng), count)], verify);
}

static void *life_main(void *argument)
{
    struct lineage local = *(struct lineage *)argument; /* a copy on this thread's stack: no sharing of lines */
    if (local.thread->verify)
        life(&local, true);
    else
        life(&local, false);
    *(struct lineage *)argument = local;
    return NULL;
}

static void run(struct lab_thread *thread)
{
    struct slots *slots = thread->memory;
    struct lineage lineage = {.thread = thread, .slots = slots, .rng = slots->rng, .left = thread->ops};
    while (lineage.left > 0) {
        pthread_t child;
        int status = pthread_create(&child, NULL, life_main, &lineage);
        if (status != 0)
            lab_fail("cannot create a thread: %s", strerror(status));
        pthread_join(child, NULL);
    }
    thread->ops_done = thread->ops;
    thread->checksum = lineage.sum;
}

static const struct lab_workload workload = {
    .name = "thread_churn",
    .summary = "threads are born, free what their predecessor left, allocate, die",
    .models = "a thread for each request: blocks outlive the thread that made them",
    .slots_meaning = "slots that are handed from life to life, for each lineage",
    .defaults = {.ops = 4000000, .slots = 512, .min_size = 16, .max_size = 1024, .threads = 2, .seed = 42},
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
