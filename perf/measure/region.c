/*
 * The region.
 *
 *     main:      map memory, create threads ...... | read start figures |        ........         | read end figures |
 *     thread i:  pin, prepare ......... wait ready |                    | start ticks, run, end ticks, wait |       |
 * finish `ready'                `go'                    `done'      `free'
 *
 * With one thread the main thread runs the workload itself: a process that has created a thread takes slower paths in
 * the C library, and a single-threaded program has not.  Bookkeeping memory comes from one mapping that is made
 * resident before the clock starts, never from the allocator under test.
 *
 * Thread safety: lab_region_run is called once, from the main thread.
 */
#define _GNU_SOURCE
#include "perf/measure/region.h"

#include "perf/measure/probe.h"
#include "perf/measure/simulation.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE_BYTES 4096u
#define MIX_FACTOR UINT64_C(0xd6e8feb86659fd93) /* odd, bits well spread: each thread's sum weighs differently */

/* What thread and main share; one region a process. */
static struct {
    const struct lab_region *region;          /* set before threads exist, then only read */
    struct lab_thread team[LAB_THREADS_MAX];  /* team[i] belongs to thread i; main reads between barriers */
    pthread_t handles[LAB_THREADS_MAX];       /* main's */
    struct lab_error errors[LAB_THREADS_MAX]; /* thread i's own; main reads after `ready` */
    int statuses[LAB_THREADS_MAX];            /* thread i's own; main reads after `ready` */
    bool cancelled;                           /* main's, written before `go`: end without running */
    pthread_barrier_t ready, go, done, free;  /* all threads and main meet there */
} shared;

struct figures {
    struct lab_memory memory; /* resident memory */
    struct lab_usage usage;   /* kernel's counts */
    struct lab_counts counts; /* the allocator's */
};

static int thread_pin(const struct lab_region *region, uint64_t index, struct lab_error *error)
{
    if (region->cpus->count == 0)
        return 0;
    return lab_pin_thread(region->cpus->cpu[index % region->cpus->count], error);
}

static void thread_run(struct lab_thread *thread)
{
    const struct lab_region *region = shared.region;
    thread->start_ticks = lab_clock_now(region->clock);
    region->workload->run(thread);
    thread->end_ticks = lab_clock_now(region->clock);
}

static void *thread_main(void *argument)
{
    struct lab_thread *thread = argument;
    const struct lab_region *region = shared.region;
    shared.statuses[thread->index] = thread_pin(region, thread->index, &shared.errors[thread->index]);
    if (shared.statuses[thread->index] == 0)
        region->workload->prepare(thread);
    pthread_barrier_wait(&shared.ready);
    pthread_barrier_wait(&shared.go);
    if (shared.cancelled)
        return NULL;
    thread_run(thread);
    pthread_barrier_wait(&shared.done);
    pthread_barrier_wait(&shared.free);
    region->workload->finish(thread);
    return NULL;
}

static size_t memory_bytes(const struct lab_region *region)
{
    size_t bytes = region->workload->memory_bytes(region->params);
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

/* Maps the bookkeeping memory and fills in the team. */
static int team_build(const struct lab_region *region, struct lab_error *error)
{
    uint64_t threads = region->params->threads, ops = region->params->ops;
    size_t each = memory_bytes(region);
    char *memory =
        mmap(NULL, each * threads, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        return lab_error_set(error, -errno, "cannot map %zu bytes for the workload's own tables: %s; use fewer slots",
                             each * threads, strerror(errno));
    shared.region = region;
    for (uint64_t i = 0; i < threads; i++)
        shared.team[i] = (struct lab_thread){
            .params = region->params,
            .team = shared.team,
            .index = i,
            .ops = ops / threads + (i < ops % threads),
            .verify = region->verify,
            .memory = memory + i * each,
        };
    return 0;
}

static int figures_start(const struct lab_region *region, struct figures *figures, struct lab_error *error)
{
    lab_memory_reset_peak();
    int status = lab_memory_read(&figures->memory);
    if (status != 0)
        return lab_error_set(error, status, "cannot read /proc/self/status: %s", strerror(-status));
    lab_counts_read(&figures->counts);
    lab_usage_read(&figures->usage);
    lab_probe_region_begins();
    lab_counters_start(region->counters);
    lab_simulation_begin();
    return 0;
}

static int figures_end(const struct lab_region *region, struct figures *figures, struct lab_error *error)
{
    lab_simulation_end();
    lab_counters_stop(region->counters);
    lab_probe_region_ends();
    lab_usage_read(&figures->usage);
    lab_counts_read(&figures->counts);
    int status = lab_memory_read(&figures->memory);
    return status == 0 ? 0 : lab_error_set(error, status, "cannot read /proc/self/status: %s", strerror(-status));
}

static int run_alone(const struct lab_region *region, struct figures *start, struct figures *end,
                     struct lab_error *error)
{
    struct lab_thread *thread = &shared.team[0];
    int status = thread_pin(region, 0, error);
    if (status != 0)
        return status;
    region->workload->prepare(thread);
    status = figures_start(region, start, error);
    if (status != 0)
        return status;
    thread_run(thread);
    status = figures_end(region, end, error);
    region->workload->finish(thread);
    return status;
}

static int threads_create(uint64_t threads, struct lab_error *error)
{
    unsigned parties = (unsigned)threads + 1;
    pthread_barrier_init(&shared.ready, NULL, parties);
    pthread_barrier_init(&shared.go, NULL, parties);
    pthread_barrier_init(&shared.done, NULL, parties);
    pthread_barrier_init(&shared.free, NULL, parties);
    for (uint64_t i = 0; i < threads; i++) {
        int status = pthread_create(&shared.handles[i], NULL, thread_main, &shared.team[i]);
        if (status != 0)
            return lab_error_set(error, -status, "cannot create thread %llu of %llu: %s", (unsigned long long)i + 1,
                                 (unsigned long long)threads, strerror(status));
    }
    return 0;
}

/* The first thread's failure before the region, if any. */
static int threads_status(uint64_t threads, struct lab_error *error)
{
    for (uint64_t i = 0; i < threads; i++) {
        if (shared.statuses[i] == 0)
            continue;
        *error = shared.errors[i];
        return shared.statuses[i];
    }
    return 0;
}

static void threads_join(uint64_t threads)
{
    for (uint64_t i = 0; i < threads; i++)
        pthread_join(shared.handles[i], NULL);
}

static int run_team(const struct lab_region *region, struct figures *start, struct figures *end,
                    struct lab_error *error)
{
    uint64_t threads = region->params->threads;
    int status = threads_create(threads, error);
    if (status != 0)
        return status; /* the threads that do exist wait at `ready` until the process exits */
    pthread_barrier_wait(&shared.ready);
    status = threads_status(threads, error);
    if (status == 0)
        status = figures_start(region, start, error);
    shared.cancelled = status != 0;
    pthread_barrier_wait(&shared.go);
    if (status == 0) {
        pthread_barrier_wait(&shared.done);
        status = figures_end(region, end, error);
        pthread_barrier_wait(&shared.free);
    }
    threads_join(threads);
    return status;
}

/* Sums up what the threads did. */
static void result_fill(const struct lab_region *region, const struct figures *start, const struct figures *end,
                        struct lab_region_result *result)
{
    uint64_t first = UINT64_MAX, last = 0;
    *result = (struct lab_region_result){.start = start->memory, .end = end->memory};
    for (uint64_t i = 0; i < region->params->threads; i++) {
        const struct lab_thread *thread = &shared.team[i];
        result->ops += thread->ops_done;
        result->checksum += (thread->checksum + i) * (MIX_FACTOR + 2 * i);
        first = thread->start_ticks < first ? thread->start_ticks : first;
        last = thread->end_ticks > last ? thread->end_ticks : last;
    }
    result->elapsed_ns = lab_clock_ns(region->clock, last - first);
    result->usage = lab_usage_since(&start->usage, &end->usage);
    lab_counts_since(&start->counts, &end->counts, &result->counts);
}

int lab_region_run(const struct lab_region *region, struct lab_region_result *result, struct lab_error *error)
{
    struct figures start = {0}, end = {0};
    int status = team_build(region, error);
    if (status != 0)
        return status;
    status =
        region->params->threads == 1 ? run_alone(region, &start, &end, error) : run_team(region, &start, &end, error);
    if (status == 0)
        result_fill(region, &start, &end, result);
    return status;
}
