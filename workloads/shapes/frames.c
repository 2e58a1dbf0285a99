/*
 * Frames: a game or a simulation.  Each frame makes `slots` temporaries of three sizes and drops them at its end, the
 * newest first; one in KEPT_ONE_IN lives for KEPT_FRAMES frames.
 */
#include "workloads/shapes/shape.h"

enum { KEPT_ONE_IN = 64, KEPT_FRAMES = 32 };

static const size_t temporary_bytes[] = {32, 96, 400};
#define SORTS (sizeof temporary_bytes / sizeof *temporary_bytes)

/* `kept` has room for the blocks of one frame that live on. */
static void frame(struct tally *tally, void **temporaries, uint64_t count, void **kept, struct rng *rng)
{
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t random = rng_next(rng);
        temporaries[i] = block_make(tally, temporary_bytes[rng_below(random, SORTS)], random_tag(random));
    }
    for (uint64_t i = count; i-- > 0;)
        if (i % KEPT_ONE_IN == 0) {
            block_drop(tally, kept[i / KEPT_ONE_IN]); /* of KEPT_FRAMES frames ago */
            kept[i / KEPT_ONE_IN] = temporaries[i];
        } else {
            block_drop(tally, temporaries[i]);
        }
    tally->ops += count;
}

struct tally frames_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {0};
    struct rng rng = rng_seed(31, 0);
    const uint64_t kept_each = shape->slots / KEPT_ONE_IN + 1;
    void **temporaries = slots_make(shape->slots), **kept = slots_make(kept_each * KEPT_FRAMES);
    for (uint64_t i = 0; tally.ops < ops; i++)
        frame(&tally, temporaries, shape->slots, &kept[i % KEPT_FRAMES * kept_each], &rng);
    free(temporaries);
    slots_drop(&tally, kept, kept_each * KEPT_FRAMES);
    return tally;
}
