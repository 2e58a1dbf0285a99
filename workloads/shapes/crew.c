/* See crew.h.  The workers' records stand in the caller's frame, not in memory that is measured. */
#include "workloads/shapes/crew.h"

static void tally_add(struct tally *sum, const struct tally *part)
{
    sum->ops += part->ops;
    sum->written += part->written;
    sum->read += part->read;
    sum->misaligned += part->misaligned;
}

struct tally crew_run(const struct shape *shape, uint64_t ops, void *(*body)(void *worker))
{
    struct worker workers[CREW_MAX];
    struct tally tally = {0};
    const uint64_t share = ops / shape->threads;
    for (unsigned i = 0; i < shape->threads; i++) {
        workers[i] = (struct worker){.shape = shape, .ops = share > 0 ? share : 1, .index = i};
        if (pthread_create(&workers[i].thread, NULL, body, &workers[i]) != 0)
            shape_fail("no thread");
    }
    for (unsigned i = 0; i < shape->threads; i++) {
        pthread_join(workers[i].thread, NULL);
        tally_add(&tally, &workers[i].tally);
    }
    return tally;
}
