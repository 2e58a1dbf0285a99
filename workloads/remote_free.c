/*
 * remote_free: one thread allocates, another one frees.
 *
 * Models a pipeline: a reader that makes messages and a worker that consumes them, an event loop and its pool, a
 * logger.  No block is ever freed by the thread that allocated it, so that an allocator whose threads keep what they
 * free moves all memory from producer to consumer and must bring it back.
 *
 *     producer 0 --> ring 0 --> consumer 0          threads 0, 2, 4 ... produce, 1, 3, 5 ... consume
 *     producer 1 --> ring 1 --> consumer 1
 *
 * A ring is bounded, lock-free, in the workload's own memory: a full one stops its producer, an empty one its consumer.
 * One side writes `tail`, the other `head`, each on its own cache lines, each with a private copy of the other that it
 * refreshes only when the ring looks full or empty.  One message is two calls.
 */
#include <sched.h>
#include <stdatomic.h>

#include "workloads/slots.h"

#define SPINS_BEFORE_YIELD 2000 /* some 50 us: longer than the other side needs, unless it has no CPU */

struct ring {
    /* The producer's. */
    _Atomic uint64_t tail
        __attribute__((aligned(LAB_TEAM_ALIGN))); /* written: release, pairs with consumer's acquire */
    uint64_t head_seen;                           /* producer's copy of head */
    /* The consumer's. */
    _Atomic uint64_t head
        __attribute__((aligned(LAB_TEAM_ALIGN))); /* written: release, pairs with producer's acquire */
    uint64_t tail_seen;                           /* consumer's copy of tail */
    /* Entry i belongs to the consumer while head <= i < tail, modulo slots; else to the producer. */
    struct block block[] __attribute__((aligned(LAB_TEAM_ALIGN)));
};

static size_t memory_bytes(const struct lab_params *params)
{
    return sizeof(struct ring) + params->slots * sizeof(struct block);
}

/* Mapped memory is zero, which is an empty ring. */
static void prepare(struct lab_thread *thread)
{
    (void)thread;
}

/* Waits a moment; gives the CPU away after a while, so that both sides may share one. */
static void wait_briefly(unsigned *spins)
{
    if (++*spins % SPINS_BEFORE_YIELD == 0)
        sched_yield();
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static __attribute__((noinline)) void wait_for_room(struct ring *ring, uint64_t tail, uint64_t slots)
{
    unsigned spins = 0;
    while (tail - ring->head_seen == slots) {
        wait_briefly(&spins);
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
    }
}

static __attribute__((noinline)) void wait_for_message(struct ring *ring, uint64_t head)
{
    unsigned spins = 0;
    while (head == ring->tail_seen) {
        wait_briefly(&spins);
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    }
}

ALWAYS_INLINE void produce(struct lab_thread *thread, struct ring *ring, uint64_t messages, bool verify)
{
    const uint64_t slots = thread->params->slots, smallest = thread->params->min_size;
    const uint64_t range = thread->params->max_size - smallest + 1;
    struct rng rng = rng_seed(thread->params->seed, thread->index);

    for (uint64_t tail = 0; tail < messages; tail++) {
        uint64_t random = rng_next(&rng);
        if (tail - ring->head_seen == slots)
            wait_for_room(ring, tail, slots);
        block_make(&ring->block[tail & (slots - 1)], (uint32_t)smallest + rng_below(random, range),
                   (uint8_t)(random >> 56), verify);
        atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    }
}

ALWAYS_INLINE uint64_t consume(struct lab_thread *thread, struct ring *ring, uint64_t messages, bool verify)
{
    const uint64_t slots = thread->params->slots;
    uint64_t sum = 0;

    for (uint64_t head = 0; head < messages; head++) {
        if (head == ring->tail_seen)
            wait_for_message(ring, head);
        sum += block_drop(&ring->block[head & (slots - 1)], verify);
        atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    }
    return sum;
}

ALWAYS_INLINE void pipeline(struct lab_thread *thread, bool verify)
{
    bool producer = thread->index % 2 == 0;
    struct lab_thread *maker = producer ? thread : thread - 1;
    uint64_t messages = maker[1].ops; /* the consumer's share of calls, which is never above the producer's */

    if (producer)
        produce(thread, maker->memory, messages, verify);
    else
        thread->checksum = consume(thread, maker->memory, messages, verify);
    thread->ops_done = messages;
}

static void run(struct lab_thread *thread)
{
    if (thread->verify)
        pipeline(thread, true);
    else
        pipeline(thread, false);
}

/* Every message is consumed within the region. */
static void finish(struct lab_thread *thread)
{
    (void)thread;
}

static int check(const struct lab_params *params, struct lab_error *error)
{
    if (params->threads % 2 != 0)
        return lab_error_set(error, -EINVAL, "--threads must be even, producers and consumers come in pairs, not %llu",
                             (unsigned long long)params->threads);
    return slots_check_power_of_two(params, error);
}

static const struct lab_workload workload = {
    .name = "remote_free",
    .summary = "producers allocate, consumers free, through bounded rings",
    .models = "a pipeline: readers make messages, workers consume and free them",
    .slots_meaning = "messages that a ring holds; a power of two",
    .defaults = {.ops = 2000000, .slots = 1024, .min_size = 16, .max_size = 1024, .threads = 2, .seed = 42},
    .malloc_function = CALLED_MALLOC,
    .memory_bytes = memory_bytes,
    .prepare = prepare,
    .run = run,
    .finish = finish,
    .check = check,
};

int main(int argc, char **argv)
{
    return lab_main(argc, argv, &workload);
}
