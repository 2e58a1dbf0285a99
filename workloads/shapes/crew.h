/* A crew: threads that do one shape together, each with a tally of its own. */
#ifndef WORKLOADS_SHAPES_CREW_H
#define WORKLOADS_SHAPES_CREW_H

#include <pthread.h>

#include "workloads/shapes/shape.h"

struct worker {
    pthread_t thread;
    const struct shape *shape;
    uint64_t ops;       /* this worker's share */
    uint64_t index;     /* 0 is the first; the stream of its random numbers */
    struct tally tally; /* its own until it has ended */
};

/* Starts shape->threads workers, waits for all and adds up; at most CREW_MAX.  Each does ops / threads, at least 1. */
struct tally crew_run(const struct shape *shape, uint64_t ops, void *(*body)(void *worker));

enum { CREW_MAX = 64 };

#endif
