/*
 * Hand-over: blocks that another thread frees than the one that made them.
 *
 * handover_pipe    one thread makes, the other frees, through a ring of `slots` pointers: a reader and its worker
 * handover_cross   every thread exchanges a random one of `slots` shared slots for a block of its own, and frees what
 *                  it got: the blocks of a server's connections, which any of its threads ends
 *
 * Who finds the ring full or empty sleeps: CPU time is what is measured, and one that spins or yields spends it, all
 * the more the less of the machine the other side gets.
 */
#include <stdatomic.h>
#include <time.h>

#include "workloads/shapes/crew.h"

#define WAIT_NS 50000 /* about the time that it takes to fill or empty half of a ring */

enum { SHARED_MAX = 8192 };

/* A pointer is published with release by who made its block, and taken with acquire by who frees it. */
static _Atomic(unsigned char *) shared[SHARED_MAX];

static void wait_briefly(void)
{
    nanosleep(&(struct timespec){0, WAIT_NS}, NULL);
}

static void produce(struct worker *worker)
{
    struct rng rng = rng_seed(17, 0);
    for (uint64_t i = 0; i < worker->ops; i++) {
        const uint64_t random = rng_next(&rng);
        _Atomic(unsigned char *) *slot = &shared[i % worker->shape->slots];
        unsigned char *block = block_make(&worker->tally, random_size(worker->shape, random), random_tag(random));
        /* Acquire: pairs with the release of who emptied the slot. */
        while (atomic_load_explicit(slot, memory_order_acquire) != NULL)
            wait_briefly();
        atomic_store_explicit(slot, block, memory_order_release);
    }
}

static void consume(struct worker *worker)
{
    for (uint64_t i = 0; i < worker->ops; i++) {
        _Atomic(unsigned char *) *slot = &shared[i % worker->shape->slots];
        unsigned char *block;
        while ((block = atomic_load_explicit(slot, memory_order_acquire)) == NULL)
            wait_briefly();
        atomic_store_explicit(slot, NULL, memory_order_release);
        block_drop(&worker->tally, block);
    }
    worker->tally.ops = worker->ops;
}

static void *pipe_end(void *argument)
{
    struct worker *worker = argument;
    if (worker->index == 0)
        produce(worker);
    else
        consume(worker);
    return NULL;
}

struct tally handover_pipe(const struct shape *shape, uint64_t ops)
{
    return crew_run(shape, ops * shape->threads, pipe_end); /* every operation is both threads' */
}

static void *exchange(void *argument)
{
    struct worker *worker = argument;
    struct rng rng = rng_seed(77, worker->index);
    for (uint64_t i = 0; i < worker->ops; i++) {
        const uint64_t random = rng_next(&rng);
        unsigned char *mine = block_make(&worker->tally, random_size(worker->shape, random), random_tag(random));
        _Atomic(unsigned char *) *slot = &shared[rng_below(random >> 32, worker->shape->slots)];
        block_drop(&worker->tally, atomic_exchange_explicit(slot, mine, memory_order_acq_rel));
    }
    worker->tally.ops = worker->ops;
    return NULL;
}

struct tally handover_cross(const struct shape *shape, uint64_t ops)
{
    struct tally tally = crew_run(shape, ops, exchange);
    for (uint64_t i = 0; i < shape->slots; i++)
        block_drop(&tally, atomic_exchange_explicit(&shared[i], NULL, memory_order_acq_rel));
    return tally;
}
