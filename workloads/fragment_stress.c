/*
 * fragment_stress: survivors leave holes, and the next blocks have another size.
 *
 * Models a server or an editor over hours: each phase of its work allocates many objects of about one size and frees
 * most of them, but one in eight lives on, now and then for many phases.  The holes between survivors are of the wrong
 * size for the next phase, so that an allocator which cannot give partly empty memory to other sizes, or find the
 * pages that still have room, grows or slows down.
 *
 * One phase: fill every empty slot with blocks of the phase's size band; then free blocks, in an order unrelated to
 * the one in which they were made, each with a chance of 7 in 8.  The bands double from the smallest size to the
 * largest (16 to 32 bytes, 32 to 64, ... 1024 to 2048 with the defaults), then start again.
 */
#include "workloads/slots.h"

#define SURVIVE_MASK UINT64_C(0x700000000) /* three random bits: one block in eight lives through a phase */

/* A walk over all slots in which phase `phase` frees: an odd stride over a power of two visits each slot once. */
struct walk {
    uint64_t position; /* of the next slot */
    uint64_t stride;   /* odd */
};

/* One thread's state while it runs. */
struct stress {
    struct lab_thread *thread; /* whose */
    struct slots *slots;       /* its memory */
    struct rng rng;            /* its stream */
    uint64_t left;             /* calls still to make */
    uint64_t low, high;        /* the phase's size band: low <= size < high */
    uint64_t sum;              /* checksum so far */
};

ALWAYS_INLINE void phase_fill(struct stress *stress, bool verify)
{
    const uint64_t count = stress->thread->params->slots, range = stress->high - stress->low;
    for (uint64_t i = 0; i < count && stress->left > 0; i++) {
        struct block *block = &stress->slots->block[i];
        if (block->start != NULL)
            continue;
        uint64_t random = rng_next(&stress->rng);
        block_make(block, (uint32_t)stress->low + rng_below(random, range), (uint8_t)(random >> 56), verify);
        stress->left--;
    }
}

ALWAYS_INLINE void phase_free(struct stress *stress, bool verify)
{
    const uint64_t count = stress->thread->params->slots, mask = count - 1;
    uint64_t random = rng_next(&stress->rng);
    struct walk walk = {random, random >> 32 | 1};
    for (uint64_t i = 0; i < count && stress->left > 0; i++) {
        struct block *block = &stress->slots->block[walk.position & mask];
        walk.position += walk.stride;
        if (block->start == NULL || (rng_next(&stress->rng) & SURVIVE_MASK) == 0)
            continue;
        stress->sum += block_drop(block, verify);
        stress->left--;
    }
}

/* The band after this one: doubled, or the first one again. */
static void phase_next(struct stress *stress)
{
    const struct lab_params *params = stress->thread->params;
    bool again = stress->high >= params->max_size;
    stress->low = again ? params->min_size : stress->high;
    stress->high = 2 * stress->low;
    if (stress->high >= params->max_size)
        stress->high = params->max_size + 1;
}

ALWAYS_INLINE void phases(struct lab_thread *thread, bool verify)
{
    struct slots *slots = thread->memory;
    struct stress stress = {
        .thread = thread, .slots = slots, .rng = slots->rng, .left = thread->ops, .high = thread->params->max_size + 1};
    while (stress.left > 0) {
        phase_next(&stress);
        phase_fill(&stress, verify);
        phase_free(&stress, verify);
    }
    thread->ops_done = thread->ops;
    thread->checksum = stress.sum;
}

static void run(struct lab_thread *thread)
{
    if (thread->verify)
        phases(thread, true);
    else
        phases(thread, false);
}

static const struct lab_workload workload = {
    .name = "fragment_stress",
    .summary = "phases of blocks in changing size bands, one block in eight surviving each phase",
    .models = "a server over hours: long-lived survivors leave holes, and what comes next has another size",
    .slots_meaning = "blocks live at the height of a phase, for each thread; a power of two",
    .defaults = {.ops = 4000000, .slots = 16384, .min_size = 16, .max_size = 2048, .threads = 1, .seed = 42},
    .malloc_function = CALLED_MALLOC,
    .memory_bytes = slots_memory_bytes,
    .prepare = slots_prepare,
    .run = run,
    .finish = slots_finish,
    .check = slots_check_power_of_two,
};

int main(int argc, char **argv)
{
    return lab_main(argc, argv, &workload);
}
