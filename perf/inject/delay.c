/*
 * An allocator with a slowdown of known size, for the lab's test of itself: hakmem's newest phase behind a malloc that
 * burns some ticks once in so many calls.
 *
 * Reading a clock costs as much as a call of malloc does, so a slowdown of one percent cannot be added to each call; a
 * thousand times as much is added once in a thousand calls.  With no ticks to burn the same instructions run, so the
 * arm without a slowdown differs from the others in nothing else.
 *
 * Linked before hakmem's objects, whose own malloc, calloc, realloc and free it replaces (-z muldefs: the first
 * counts).
 */
#define _GNU_SOURCE
#include "perf/inject/delay.h"

#include "allocator/hakmem.h"

#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#define EXPORT __attribute__((visibility("default")))

EXPORT const volatile struct lab_delay lab_delay = {.magic = LAB_DELAY_MAGIC, .every = 1024};

static __thread uint64_t calls_left __attribute__((tls_model("initial-exec"))); /* until ticks are burnt again */

static uint64_t now(void)
{
#if defined(__x86_64__)
    if (lab_delay.tsc)
        return __rdtsc();
#endif
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static __attribute__((noinline, cold)) void burn(void)
{
    uint64_t ticks = lab_delay.ticks;
    uint64_t start = now();
    while (now() - start < ticks)
        ;
    calls_left = lab_delay.every - 1;
}

static inline void count_call(void)
{
    if (__builtin_expect(calls_left == 0, 0))
        burn();
    else
        calls_left--;
}

EXPORT void *malloc(size_t size)
{
    count_call();
    return hakmem_malloc(size);
}

EXPORT void free(void *block)
{
    count_call();
    hakmem_free(block);
}

EXPORT void *calloc(size_t count, size_t size)
{
    count_call();
    return hakmem_calloc(count, size);
}

EXPORT void *realloc(void *block, size_t size)
{
    count_call();
    return hakmem_realloc(block, size);
}
