/*
 * Resident and live memory over time in one scenario, under whatever malloc the process has.
 *
 *   bounded SCENARIO SECONDS     one line for each sample: milliseconds, resident KiB, live KiB
 *   bounded                      the scenarios, one on a line
 *
 * Resident memory is that above the start of the scenario, read from /proc/self/statm by a thread that allocates
 * nothing: samples wait in an array until the end.  Live bytes are the sizes asked for.
 * Exit status: 0 done, 1 no memory, or no thread, 2 wrong usage.
 */
#define _GNU_SOURCE
#include "scenario.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { samples_max = 20000, sample_ms = 10, seconds_max = 60 };

struct sample {
    long ms;          /* since the start */
    long resident_kb; /* above that at the start; KiB */
    long live_kb;     /* KiB */
};

static struct sample samples[samples_max];
static size_t sample_count;
static double run_s;
static double start_s;
static long start_kb;
static atomic_long live_bytes; /* relaxed: a sum to be looked at */

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double time_passed(void)
{
    double part = (now_s() - start_s) / run_s;
    return part < 1 ? part : 1;
}

bool time_is_up(void)
{
    return now_s() - start_s >= run_s;
}

void *block_make(size_t size)
{
    size_t *block = malloc(size);
    if (block == NULL) {
        fputs("bounded: no memory\n", stderr);
        exit(1);
    }
    memset(block, 1, size);
    *block = size;
    atomic_fetch_add_explicit(&live_bytes, (long)size, memory_order_relaxed);
    return block;
}

void block_drop(void *block)
{
    if (block == NULL)
        return;
    atomic_fetch_sub_explicit(&live_bytes, *(long *)block, memory_order_relaxed);
    free(block);
}

static long resident_kb(void)
{
    char text[100] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    const char *resident = length > 0 ? strchr(text, ' ') : NULL;
    return resident != NULL ? strtol(resident, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024) : 0;
}

static void *watch(void *unused)
{
    const struct timespec pause = {0, sample_ms * 1000000L};
    while (!time_is_up() && sample_count < samples_max) {
        samples[sample_count++] = (struct sample){(long)((now_s() - start_s) * 1000), resident_kb() - start_kb,
                                                  atomic_load_explicit(&live_bytes, memory_order_relaxed) / 1024};
        nanosleep(&pause, NULL);
    }
    return unused;
}

static const struct scenario *find(const char *name)
{
    for (size_t i = 0; i < scenario_count; i++)
        if (strcmp(scenarios[i].name, name) == 0)
            return &scenarios[i];
    return NULL;
}

static int list(void)
{
    for (size_t i = 0; i < scenario_count; i++)
        printf("%s: %s\n", scenarios[i].name, scenarios[i].what);
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 1)
        return list();
    const struct scenario *scenario = count == 3 ? find(arguments[1]) : NULL;
    char *end = "";
    run_s = count == 3 ? strtod(arguments[2], &end) : 0;
    if (scenario == NULL || *end != '\0' || !(run_s > 0 && run_s <= seconds_max)) {
        fprintf(stderr, "bounded: SCENARIO SECONDS are needed, at most %d seconds; without them, the scenarios\n",
                seconds_max);
        return 2;
    }
    memset(samples, 0, sizeof samples); /* resident before the start, not by and by */
    pthread_t watcher;
    start_kb = resident_kb();
    start_s = now_s();
    if (pthread_create(&watcher, NULL, watch, NULL) != 0)
        return 1;
    scenario->run();
    pthread_join(watcher, NULL);
    for (size_t i = 0; i < sample_count; i++)
        printf("%ld %ld %ld\n", samples[i].ms, samples[i].resident_kb, samples[i].live_kb);
    return 0;
}
