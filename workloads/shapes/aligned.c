/*
 * Aligned requests: `slots` live blocks of posix_memalign, of which a random one is replaced at a time.  The alignment
 * is one of `alignments` powers of two from `alignment` on.  Blocks that are not aligned as asked for are counted, and
 * the run goes on: some versions of some allocators return such blocks now and then.
 */
#include "workloads/shapes/shape.h"

static void *aligned_make(struct tally *tally, size_t alignment, size_t size, uint8_t tag)
{
    void *block = NULL;
    if (posix_memalign(&block, alignment, size) != 0)
        shape_fail("no memory");
    tally->misaligned += (uintptr_t)block % alignment != 0;
    block_mark(tally, block, size, tag);
    return block;
}

struct tally aligned_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {.ops = ops};
    struct rng rng = rng_seed(5, 0);
    void **slots = slots_make(shape->slots);
    for (uint64_t i = 0; i < ops; i++) {
        const uint64_t where = rng_next(&rng), random = rng_next(&rng);
        void **slot = &slots[rng_below(where, shape->slots)];
        const size_t alignment = (size_t)shape->alignment << rng_below(random >> 32, shape->alignments);
        block_drop(&tally, *slot);
        *slot = aligned_make(&tally, alignment, random_size(shape, random), random_tag(random));
    }
    slots_drop(&tally, slots, shape->slots);
    return tally;
}
