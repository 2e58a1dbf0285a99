/*
 * An allocator with a slowdown of known size, for the lab's test of itself: hakmem's newest phase behind a malloc that
 * turns an empty loop once in so many calls.
 *
 * One percent of a call of malloc is less than an instruction, so it cannot be added to each call; a thousand times as
 * much is added once in a thousand calls.  The loop reads no clock: it slows down and speeds up with the processor as
 * the work around it does, so that an effect calibrated once stays that effect.  With no turns the same instructions
 * run, so the arm without a slowdown differs from the others in nothing else.
 *
 * Linked before hakmem's objects, whose own malloc, calloc, realloc and free it replaces (-z muldefs: the first
 * counts).
 */
#include "perf/inject/delay.h"

#include "allocator/hakmem.h"

#include <stddef.h>
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT const volatile struct lab_delay lab_delay = {.magic = LAB_DELAY_MAGIC, .every = 1024};

static __thread uint64_t calls_left __attribute__((tls_model("initial-exec"))); /* until the next burn */

static __attribute__((noinline, cold)) void burn(void)
{
    for (uint64_t turns = lab_delay.burn; turns; turns--)
        __asm__ volatile("" : "+r"(turns)); /* keeps the empty loop */
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
