/*
 * A bounded interleaving explorer: runs the allocator's own concurrent code, not a model of it.
 *
 * The code under test is compiled into the test with its atomic operations and locks replaced by ones that first give
 * control to a scheduler.  Threads are coroutines of one system thread, so between two such points nothing else runs,
 * and a schedule is a list of choices that can be replayed.  The explorer visits every schedule with at most
 * `preemptions` switches away from a thread that could have gone on (iterative context bounding: Musuvathi and Qadeer,
 * PLDI 2007: nearly all concurrency bugs need two or fewer).  It checks the protocol under sequential consistency; the
 * memory orders are what the stress test under ThreadSanitizer is for.
 */
#ifndef HAKMEM_EXPLORER_H
#define HAKMEM_EXPLORER_H

#include <stdbool.h>

#define EXPLORER_THREADS_MAX 4

struct explorer_scenario {
    const char *name;
    int threads;                   /* 2 to EXPLORER_THREADS_MAX */
    int preemptions;               /* the bound */
    void (*setup)(void);           /* before each execution; runs alone */
    void (*body)(int thread);      /* what each thread does */
    const char *(*verify)(void);   /* after each execution: NULL, or what was broken */
    void (*on_switch)(int thread); /* a thread gets control: thread-local state goes here */
};

/* Explores the scenario.  Returns NULL, or a text that names the broken property; *executions: schedules visited. */
const char *explorer_run(const struct explorer_scenario *scenario, unsigned long *executions);

/* A point where another thread may be scheduled.  Outside an exploration it does nothing. */
void explorer_step(void);
/* As explorer_step, for a thread that cannot go on before another one has: it is no preemption to switch here. */
void explorer_yield(void);

#endif
