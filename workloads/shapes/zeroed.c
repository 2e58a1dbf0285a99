/*
 * Zeroed memory: blocks of calloc, of which the program then writes little or all.
 *
 * zeroed_slots   `slots` live blocks, of which a random one is replaced at a time
 * zeroed_pairs   calloc and free by turns, min_size bytes each: a table that is built for one use
 *
 * Both ends must be zero before they are written.
 */
#include <string.h>

#include "workloads/shapes/shape.h"

static void *zeroed_make(const struct shape *shape, struct tally *tally, size_t size, uint8_t tag)
{
    const volatile unsigned char *bytes = calloc(1, size);
    void *block = (void *)bytes;
    if (block == NULL)
        shape_fail("no memory");
    if (bytes[0] != 0 || bytes[size - 1] != 0)
        shape_fail("calloc returned a block that is not zero");
    if (shape->full)
        memset(block, tag, size);
    block_mark(tally, block, size, tag);
    return block;
}

struct tally zeroed_slots(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {.ops = ops};
    struct rng rng = rng_seed(23, 0);
    void **slots = slots_make(shape->slots);
    for (uint64_t i = 0; i < ops; i++) {
        const uint64_t random = rng_next(&rng);
        void **slot = &slots[rng_below(random >> 32, shape->slots)];
        block_drop(&tally, *slot);
        *slot = zeroed_make(shape, &tally, random_size(shape, random), random_tag(random));
    }
    slots_drop(&tally, slots, shape->slots);
    return tally;
}

struct tally zeroed_pairs(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {.ops = ops};
    for (uint64_t i = 0; i < ops; i++)
        block_drop(&tally, zeroed_make(shape, &tally, shape->min_size, (uint8_t)(i + 1)));
    return tally;
}
