/*
 * Heirs: threads come and go, what they made stays.  Each of `threads` threads replaces blocks in an array of `slots`
 * for a while and ends; the next generation takes over the arrays, each thread its neighbour's.
 */
#include "workloads/shapes/crew.h"

enum { HEIRS_MAX = 8, GENERATION_OPS = 20000 }; /* of each thread */

struct heir {
    pthread_t thread;
    const struct shape *shape;
    void **slots;    /* inherited */
    uint64_t stream; /* of its random numbers */
    struct tally tally;
};

static void *live(void *argument)
{
    struct heir *heir = argument;
    mix_slots(heir->shape, &heir->tally, heir->slots, GENERATION_OPS, heir->stream);
    return NULL;
}

static void generation(const struct shape *shape, struct tally *tally, void ***arrays, uint64_t number)
{
    struct heir heirs[HEIRS_MAX];
    for (unsigned i = 0; i < shape->threads; i++) {
        void **slots = arrays[(i + number) % shape->threads];
        heirs[i] = (struct heir){.shape = shape, .slots = slots, .stream = number * shape->threads + i};
        if (pthread_create(&heirs[i].thread, NULL, live, &heirs[i]) != 0)
            shape_fail("no thread");
    }
    for (unsigned i = 0; i < shape->threads; i++) {
        pthread_join(heirs[i].thread, NULL);
        tally->ops += heirs[i].tally.ops;
        tally->written += heirs[i].tally.written;
        tally->read += heirs[i].tally.read;
    }
}

struct tally heirs_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {0};
    void **arrays[HEIRS_MAX];
    for (unsigned i = 0; i < shape->threads; i++)
        arrays[i] = slots_make(shape->slots);
    for (uint64_t number = 0; number == 0 || tally.ops < ops; number++)
        generation(shape, &tally, arrays, number);
    for (unsigned i = 0; i < shape->threads; i++)
        slots_drop(&tally, arrays[i], shape->slots);
    return tally;
}
