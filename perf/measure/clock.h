/*
 * The lab's clock: ticks of the invariant TSC where the processor has one, of CLOCK_MONOTONIC elsewhere.
 */
#ifndef LAB_CLOCK_H
#define LAB_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#define LAB_NS_PER_S UINT64_C(1000000000)

struct lab_clock {
    bool tsc;    /* ticks are TSC ticks; otherwise nanoseconds of CLOCK_MONOTONIC */
    uint64_t hz; /* ticks in a second */
};

/* Chooses the source and calibrates it; takes about 10 ms where the TSC is used.  Call once, before any thread. */
void lab_clock_init(struct lab_clock *clock);

/* "tsc" or "monotonic", as the record spells it. */
const char *lab_clock_source(const struct lab_clock *clock);

/* Ticks to nanoseconds, without overflow for any span. */
uint64_t lab_clock_ns(const struct lab_clock *clock, uint64_t ticks);

static inline uint64_t lab_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * LAB_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Now, in ticks.  The fence keeps earlier work from moving past the reading. */
static inline uint64_t lab_clock_now(const struct lab_clock *clock)
{
#if defined(__x86_64__)
    if (clock->tsc) {
        _mm_lfence();
        return __rdtsc();
    }
#endif
    (void)clock;
    return lab_monotonic_ns();
}

#endif
