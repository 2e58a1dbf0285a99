/* Threads: each does a mix of its own, and keeps its blocks to itself.  There may be many more threads than CPUs. */
#include "workloads/shapes/crew.h"

static void *mix_alone(void *argument)
{
    struct worker *worker = argument;
    worker->tally = mix_stream(worker->shape, worker->ops, worker->index);
    return NULL;
}

struct tally threads_mix(const struct shape *shape, uint64_t ops)
{
    return crew_run(shape, ops, mix_alone);
}
