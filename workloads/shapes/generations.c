/*
 * Generations: most blocks die young, some live a while, a few long: nine of ten go through a short queue, nine of a
 * hundred through a longer one, one of a hundred through one of `slots`.  Sizes are half of the heavy tail's.
 */
#include "workloads/shapes/shape.h"

enum { GENERATIONS = 3, YOUNG = 200, MIDDLE = 6000 };

struct generation {
    void **slots;
    uint64_t count, oldest;
};

static unsigned generation_of(uint64_t random)
{
    const uint32_t percent = rng_below(random, 100);
    return percent < 90 ? 0 : percent < 99 ? 1 : 2;
}

static void add(struct tally *tally, struct generation *generation, uint64_t random)
{
    void **oldest = &generation->slots[generation->oldest];
    block_drop(tally, *oldest);
    *oldest = block_make(tally, 8 + random_tail(random) / 2, random_tag(random));
    generation->oldest = generation->oldest + 1 == generation->count ? 0 : generation->oldest + 1;
}

struct tally generations_run(const struct shape *shape, uint64_t ops)
{
    const uint64_t count[GENERATIONS] = {YOUNG, MIDDLE, shape->slots};
    struct generation generations[GENERATIONS];
    struct tally tally = {.ops = ops};
    struct rng rng = rng_seed(37, 0);
    for (unsigned i = 0; i < GENERATIONS; i++)
        generations[i] = (struct generation){slots_make(count[i]), count[i], 0};
    for (uint64_t i = 0; i < ops; i++) {
        const uint64_t which = rng_next(&rng);
        add(&tally, &generations[generation_of(which)], rng_next(&rng));
    }
    for (unsigned i = 0; i < GENERATIONS; i++)
        slots_drop(&tally, generations[i].slots, count[i]);
    return tally;
}
