/*
 * Bursts: what is freed goes by when it was made.
 *
 * queue_run   `slots` blocks are live and the oldest is replaced at a time: buffers, messages, frames
 * batch_run   `slots` blocks are made and then all are freed, in one of three orders: a request, a level, a parse
 */
#include "workloads/shapes/shape.h"

struct tally queue_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {.ops = ops};
    struct rng rng = rng_seed(3, 0);
    void **slots = slots_make(shape->slots);
    for (uint64_t i = 0, oldest = 0; i < ops; i++) {
        const uint64_t random = rng_next(&rng);
        block_drop(&tally, slots[oldest]);
        slots[oldest] = block_make(&tally, random_size(shape, random), random_tag(random));
        oldest = oldest + 1 == shape->slots ? 0 : oldest + 1;
    }
    slots_drop(&tally, slots, shape->slots);
    return tally;
}

/* Fisher and Yates. */
static void shuffle(void **slots, uint64_t count, struct rng *rng)
{
    for (uint64_t i = count - 1; i > 0; i--) {
        const uint64_t j = rng_below(rng_next(rng), i + 1);
        void *swapped = slots[i];
        slots[i] = slots[j];
        slots[j] = swapped;
    }
}

static void free_all(const struct shape *shape, struct tally *tally, void **slots, struct rng *rng)
{
    const uint64_t count = shape->slots;
    if (shape->order == RANDOM_ORDER)
        shuffle(slots, count, rng);
    for (uint64_t i = 0; i < count; i++)
        block_drop(tally, slots[shape->order == NEWEST_FIRST ? count - 1 - i : i]);
}

struct tally batch_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {0};
    struct rng rng = rng_seed(9, 0);
    void **slots = slots_make(shape->slots);
    do {
        for (uint64_t i = 0; i < shape->slots; i++) {
            const uint64_t random = rng_next(&rng);
            slots[i] = block_make(&tally, random_size(shape, random), random_tag(random));
        }
        free_all(shape, &tally, slots, &rng);
        tally.ops += shape->slots;
    } while (tally.ops < ops);
    free(slots);
    return tally;
}
