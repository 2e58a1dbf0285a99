/*
 * Start-up: a program reads its input into LOADED small blocks and drops all but one in STAYING_ONE_IN, in no order;
 * then it works in what is left, with `slots` live blocks of other sizes.
 */
#include "workloads/shapes/shape.h"

enum { LOADED = 200000, STAYING_ONE_IN = 20, LOADED_MIN = 16, LOADED_RANGE = 112 };

static uint64_t load(struct tally *tally, void **slots)
{
    struct rng rng = rng_seed(47, 0);
    for (uint64_t i = 0; i < LOADED; i++) {
        const uint64_t random = rng_next(&rng);
        slots[i] = block_make(tally, LOADED_MIN + rng_below(random, LOADED_RANGE), random_tag(random));
    }
    for (uint64_t i = 0; i < LOADED; i++)
        if (rng_next(&rng) % STAYING_ONE_IN != 0) {
            block_drop(tally, slots[i]);
            slots[i] = NULL;
        }
    return LOADED;
}

struct tally startup_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {0};
    void **loaded = slots_make(LOADED);
    const uint64_t made = load(&tally, loaded);
    struct tally work = mix_stream(shape, ops > made ? ops - made : 1, 0);
    slots_drop(&tally, loaded, LOADED);
    work.ops += made;
    work.written += tally.written;
    work.read += tally.read;
    return work;
}
