/*
 * Mixes: many live objects, of which a random one is replaced by a new one at a time.
 *
 * The plainest model of a program with state: objects die in no order.  The number of slots decides whether the live
 * blocks lie in a cache (small4k) or in none (live256k), the sizes which of an allocator's ways they take.
 */
#include "workloads/shapes/shape.h"

ALWAYS_INLINE void replace(const struct shape *shape, struct tally *tally, void **slots, struct rng *rng, bool tail)
{
    const uint64_t where = rng_next(rng), random = rng_next(rng);
    void **slot = &slots[rng_below(where, shape->slots)];
    block_drop(tally, *slot);
    *slot = block_make(tally, tail ? random_tail(random) : random_size(shape, random), random_tag(random));
}

void mix_slots(const struct shape *shape, struct tally *tally, void **slots, uint64_t ops, uint64_t stream)
{
    struct rng rng = rng_seed(1, stream);
    tally->ops += ops;
    if (shape->tail)
        for (uint64_t i = 0; i < ops; i++)
            replace(shape, tally, slots, &rng, true);
    else
        for (uint64_t i = 0; i < ops; i++)
            replace(shape, tally, slots, &rng, false);
}

struct tally mix_stream(const struct shape *shape, uint64_t ops, uint64_t stream)
{
    struct tally tally = {0};
    void **slots = slots_make(shape->slots);
    mix_slots(shape, &tally, slots, ops, stream);
    slots_drop(&tally, slots, shape->slots);
    return tally;
}

struct tally mix_run(const struct shape *shape, uint64_t ops)
{
    return mix_stream(shape, ops, 0);
}
