/*
 * The pool: threads that take the next job from a list until there is none.
 *
 * There are more threads than turns, because a job may hold a process that only sleeps.  Turns are a semaphore; the
 * list is an index that each thread moves on by one.  Signals for the harness may arrive on any of the threads: they
 * stay blocked but for interrupt_poll(), as everywhere.
 *
 * Thread safety: pool_run by one thread at a time; jobs must share nothing that they change without a lock of their
 * own.
 */
#define _GNU_SOURCE
#include "perf/driver/pool.h"

#include "perf/driver/interrupt.h"
#include "perf/driver/monotonic.h"
#include "perf/driver/text.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum { THREADS_MAX = 48 }; /* jobs at once, sleeping ones included: their processes' memory is what limits it */

struct pool {
    const struct pool_job *jobs; /* the caller's */
    size_t count;                /* of jobs */
    atomic_size_t next;          /* any thread's: the first job that nobody has; relaxed, the jobs are read-only */
    atomic_size_t done;          /* any thread's: jobs run; relaxed, read after the threads were joined */
    sem_t turns;                 /* CPUs that nobody uses */
    double deadline_s;           /* on the monotonic clock; 0: none */
};

static void take_turn(struct pool *pool)
{
    while (sem_wait(&pool->turns) && errno == EINTR)
        ;
}

void pool_end_turn(struct pool *pool)
{
    sem_post(&pool->turns);
}

static bool over(const struct pool *pool)
{
    return interrupt_came() || (pool->deadline_s > 0 && monotonic_s() >= pool->deadline_s);
}

static void *work(void *argument)
{
    struct pool *pool = argument;
    for (;;) {
        take_turn(pool); /* so that jobs begin in their order, and none after the deadline */
        size_t index = over(pool) ? pool->count : atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (index >= pool->count) {
            pool_end_turn(pool);
            return NULL;
        }
        pool->jobs[index].run(pool, pool->jobs[index].context);
        atomic_fetch_add_explicit(&pool->done, 1, memory_order_relaxed);
    }
}

size_t pool_run(const struct pool_job *jobs, size_t count, unsigned turns, double limit_s)
{
    pthread_t threads[THREADS_MAX];
    size_t started = 0;
    struct pool pool = {.jobs = jobs, .count = count, .deadline_s = limit_s > 0 ? monotonic_s() + limit_s : 0};
    sem_init(&pool.turns, 0, turns);
    while (started < THREADS_MAX && started < count && pthread_create(&threads[started], NULL, work, &pool) == 0)
        started++;
    if (started == 0 && count > 0)
        work(&pool);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    sem_destroy(&pool.turns);
    return atomic_load_explicit(&pool.done, memory_order_relaxed);
}
