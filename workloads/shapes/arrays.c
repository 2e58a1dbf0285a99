/*
 * Arrays: a numeric program's temporaries.  Each step makes an array of `min_size` bytes, writes all of it, and drops
 * the oldest of `slots`.
 */
#include <string.h>

#include "workloads/shapes/shape.h"

static void *array_make(struct tally *tally, size_t size, uint8_t tag)
{
    void *array = malloc(size);
    if (array == NULL)
        shape_fail("no memory");
    memset(array, tag, size);
    block_mark(tally, array, size, tag);
    return array;
}

struct tally arrays_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {.ops = ops};
    struct rng rng = rng_seed(23, 0);
    void **slots = slots_make(shape->slots);
    for (uint64_t i = 0; i < ops; i++) {
        void **oldest = &slots[i % shape->slots];
        block_drop(&tally, *oldest);
        *oldest = array_make(&tally, shape->min_size, random_tag(rng_next(&rng)));
    }
    slots_drop(&tally, slots, shape->slots);
    return tally;
}
