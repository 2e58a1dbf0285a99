/*
 * See drawn.h.  A program has as many places as threads at a time; in each one thread works, or several that follow one
 * another and take over the blocks.  At the end one thread frees what is left, so that every tag was read back.
 *
 * One thread alone is the first thread itself: the process then has no other, as most programs.
 */
#include "workloads/shapes/drawn_block.h"
#include "workloads/shapes/plan.h"

_Atomic(void *) drawn_shelf[DRAWN_SHELVES_MAX];

static struct drawn drawn;
static struct place places[DRAWN_THREADS_MAX];

static void (*const policies[POLICIES])(struct place *place) = {
    drawn_random, drawn_queue, drawn_stack, drawn_batch, drawn_generations, drawn_sawtooth, drawn_vectors, drawn_graphs,
};

static void *live(void *place)
{
    policies[drawn.policy](place);
    return NULL;
}

static pthread_t thread_start(void *(*body)(void *place), struct place *place)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, place) != 0)
        shape_fail("no thread");
    return thread;
}

static void *live_in_turn(void *place)
{
    for (unsigned i = 0; i < drawn.lives; i++)
        pthread_join(thread_start(live, place), NULL);
    return NULL;
}

static void run_all(void)
{
    if (drawn.threads == 1 && drawn.lives == 1) {
        live(&places[0]);
        return;
    }
    for (unsigned i = 0; i < drawn.threads; i++)
        places[i].thread = thread_start(drawn.lives == 1 ? live : live_in_turn, &places[i]);
    for (unsigned i = 0; i < drawn.threads; i++)
        pthread_join(places[i].thread, NULL);
}

/* Frees what is left in a place, and adds what its threads did. */
static void place_end(struct tally *tally, struct place *place)
{
    for (uint64_t i = 0; i < drawn.slots; i++) {
        if (place->lengths != NULL && place->slots[i] != NULL)
            tally->read += ((volatile unsigned char *)place->slots[i])[place->lengths[i].now - 1];
        block_drop(tally, place->slots[i]);
    }
    tally->ops += place->hand.tally.ops;
    tally->written += place->hand.tally.written + place->hand.touched;
    tally->read += place->hand.tally.read + place->hand.touched; /* so that the checksum has the bytes touched */
    tally->misaligned += place->hand.tally.misaligned;
}

struct tally drawn_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {0};
    const uint64_t share = ops / shape->drawn->threads / shape->drawn->lives;
    for (unsigned i = 0; i < drawn.threads; i++)
        places[i].ops = share > 0 ? share : 1;
    run_all();
    for (unsigned i = 0; i < drawn.threads; i++)
        place_end(&tally, &places[i]);
    /* Acquire: pairs with the release of who left a block there. */
    for (uint64_t i = 0; i < drawn.shelves; i++)
        block_drop(&tally, atomic_exchange_explicit(&drawn_shelf[i], NULL, memory_order_acq_rel));
    return tally;
}

const struct shape *drawn_make(char **words, int count)
{
    static struct shape shape = {.name = "drawn", .what = "a drawn program", .run = drawn_run, .drawn = &drawn};
    if (!drawn_parse(&drawn, words, count))
        return NULL;
    drawn_sizes_fill(&drawn);
    for (unsigned i = 0; i < drawn.threads; i++) {
        places[i] = (struct place){.drawn = &drawn, .hand = {.rng = rng_seed(drawn.seed, i)}};
        places[i].slots = plan_memory(drawn.slots * sizeof *places[i].slots, &shape.own_bytes);
        if (drawn.policy == POLICY_VECTORS)
            places[i].lengths = plan_memory(drawn.slots * sizeof *places[i].lengths, &shape.own_bytes);
    }
    shape.ops = drawn.ops;
    return &shape;
}
