/*
 * The counters of a process tree.
 *
 * perf_event_open(2) counts one thread and what it starts, threads and processes alike (inherit).  What watches the
 * tree must not be in the count, so a thread of its own opens the events, enables them, forks, and then sleeps:
 *
 *     main thread      counted_start ......... watches the tree ......... counted_stop, results
 *     starter thread      open, probe, enable, fork, sleep                disable, read
 *     the program                                    exec, processes, threads
 *
 * What the starter does between enabling and sleeping is in the count: a fork, the same for every allocator.
 *
 * Thread safety: one tree at a time.
 */
#define _GNU_SOURCE
#include "perf/program/counted.h"

#include "perf/measure/clock.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static pthread_t starter;
static sem_t started, ended;

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) && errno == EINTR)
        ;
}

static void *start_counted(void *argument)
{
    struct counted_start *start = argument;
    struct counted *counted = start->counted;
    lab_counters_open(&counted->counters, counted->events, counted->count, &lab_kernel_events);
    lab_counters_start(&counted->counters);
    start->began_ns = lab_monotonic_ns();
    start->pid = fork();
    start->error = errno;
    if (start->pid == 0)
        start->become(start->context);
    sem_post(&started);
    wait_for(&ended);
    lab_counters_stop(&counted->counters);
    return NULL;
}

int counted_start(struct counted_start *start)
{
    if (sem_init(&started, 0, 0) || sem_init(&ended, 0, 0))
        return -errno;
    int code = pthread_create(&starter, NULL, start_counted, start);
    if (code)
        return -code;
    wait_for(&started);
    return 0;
}

void counted_stop(void)
{
    sem_post(&ended);
    pthread_join(starter, NULL);
}
