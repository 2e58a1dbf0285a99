/*
 * Lifetimes: the blocks of a profile, each of a size and freed when as many others were made as its lifetime says.
 *
 * The loop follows a plan (plan.h).  lifetimes_null is the same loop without malloc and free: what of the time is the
 * program's own.  It takes the tags from the plan's slots instead of from blocks, so that its checksum is the same.
 */
#include "workloads/shapes/shape.h"

#include "workloads/shapes/plan.h"

#define TAG_SHIFT 56

ALWAYS_INLINE uint8_t next_tag(uint64_t *state)
{
    *state += RNG_STEP;
    return (uint8_t)(*state >> TAG_SHIFT);
}

ALWAYS_INLINE void *make(struct tally *tally, uint32_t size, uint8_t tag, bool null)
{
    if (!null)
        return block_make(tally, size, tag);
    tally->written += tag;
    return (void *)(uintptr_t)tag;
}

ALWAYS_INLINE void drop(struct tally *tally, void *block, bool null)
{
    if (null)
        tally->read += (uintptr_t)block;
    else
        block_drop(tally, block);
}

ALWAYS_INLINE void live_once(const struct plan *plan, struct tally *tally, uint64_t *state, bool null)
{
    for (const uint32_t *word = plan->words; word < plan->end; word++)
        if ((*word & PLAN_FREE) != 0) {
            drop(tally, plan->slots[*word & ~PLAN_FREE], null);
        } else {
            void **slot = &plan->slots[*word++];
            *slot = make(tally, *word, next_tag(state), null);
        }
}

struct tally lifetimes_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {.ops = ops};
    uint64_t state = 0;
    for (uint64_t life = 0; life < shape->plan->lives; life++)
        live_once(shape->plan, &tally, &state, false);
    return tally;
}

struct tally lifetimes_null(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {.ops = ops};
    uint64_t state = 0;
    for (uint64_t life = 0; life < shape->plan->lives; life++)
        live_once(shape->plan, &tally, &state, true);
    return tally;
}
