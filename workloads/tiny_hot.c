/*
 * tiny_hot: a handful of tiny blocks, freed in the reverse order, over and over.
 *
 * Models temporaries: strings and nodes that live as long as a function call or one iteration of a parser's loop.  A
 * few sizes from 16 to 128 bytes, last in first out, a window of 16 blocks: everything stays in the first-level cache,
 * so that this measures the length of the allocator's fast path and little else.
 *
 * One step: allocate a window of blocks, then free them from the last to the first.  Sizes come from a table of 64,
 * drawn before the clock starts.
 */
#include "workloads/block.h"
#include "workloads/rng.h"

#define SIZES 64u /* a power of two; enough that window and table do not repeat together */

struct state {
    uint32_t size[SIZES]; /* requests, in bytes, used in turn */
    struct block block[]; /* the window: params->slots of them */
};

static size_t memory_bytes(const struct lab_params *params)
{
    return sizeof(struct state) + params->slots * sizeof(struct block);
}

static void prepare(struct lab_thread *thread)
{
    struct state *state = thread->memory;
    struct rng rng = rng_seed(thread->params->seed, thread->index);
    uint64_t smallest = thread->params->min_size, range = thread->params->max_size - smallest + 1;
    for (uint32_t i = 0; i < SIZES; i++)
        state->size[i] = (uint32_t)smallest + rng_below(rng_next(&rng), range);
}

ALWAYS_INLINE void windows(struct lab_thread *thread, bool verify)
{
    struct state *state = thread->memory;
    uint64_t sum = 0, made = 0, pairs = thread->ops / 2;

    while (made < pairs) {
        uint64_t depth = thread->params->slots < pairs - made ? thread->params->slots : pairs - made;
        for (uint64_t i = 0; i < depth; i++, made++)
            block_make(&state->block[i], state->size[made % SIZES], (uint8_t)made, verify);
        for (uint64_t i = depth; i-- > 0;)
            sum += block_drop(&state->block[i], verify);
    }
    thread->ops_done = 2 * pairs;
    thread->checksum = sum;
}

static void run(struct lab_thread *thread)
{
    if (thread->verify)
        windows(thread, true);
    else
        windows(thread, false);
}

/* Every window is freed within the region. */
static void finish(struct lab_thread *thread)
{
    (void)thread;
}

static const struct lab_workload workload = {
    .name = "tiny_hot",
    .summary = "windows of tiny blocks, freed last in first out",
    .models = "temporaries of a parser or an interpreter: strings and nodes that live as long as a call",
    .slots_meaning = "blocks in a window",
    .defaults = {.ops = 40000000, .slots = 16, .min_size = 16, .max_size = 128, .threads = 1, .seed = 42},
    .malloc_function = CALLED_MALLOC,
    .memory_bytes = memory_bytes,
    .prepare = prepare,
    .run = run,
    .finish = finish,
};

int main(int argc, char **argv)
{
    return lab_main(argc, argv, &workload);
}
