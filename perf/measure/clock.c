/*
 * Calibration of the clock.
 *
 * The TSC is used when CPUID says that it is invariant (it ticks at one rate in every power state) and when two
 * calibrations in a row agree; a virtual machine that emulates or scales it badly falls back to CLOCK_MONOTONIC.
 * Each calibration compares the two clocks over a short span; of several readings at each end the one with the
 * narrowest bracket is used, so that an interrupt between the two readings does no harm.
 *
 * Thread safety: lab_clock_init is called once; everything else only reads.
 */
#include "perf/measure/clock.h"

#if defined(__x86_64__)
#include <cpuid.h>

#define CPUID_POWER_MANAGEMENT 0x80000007u /* its edx bit 8 is InvariantTSC (Intel SDM vol. 3, 17.17.1) */
#define CPUID_INVARIANT_TSC    (1u << 8)
#define CALIBRATION_NS         UINT64_C(5000000) /* bracket of 50 ns at each end: 20 parts in a million */
#define AGREEMENT              1000              /* the two calibrations may differ by one part in this */
#define READINGS               8

struct instant {
    uint64_t ticks; /* TSC */
    uint64_t ns;    /* CLOCK_MONOTONIC at the same moment */
};

static bool tsc_is_invariant(void)
{
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid(CPUID_POWER_MANAGEMENT, &eax, &ebx, &ecx, &edx))
        return false;
    return (edx & CPUID_INVARIANT_TSC) != 0;
}

static uint64_t tsc_now(void)
{
    _mm_lfence();
    return __rdtsc();
}

static struct instant instant_read(void)
{
    struct instant best = {0};
    uint64_t narrowest = UINT64_MAX;
    for (int i = 0; i < READINGS; i++) {
        uint64_t before = tsc_now();
        uint64_t ns = lab_monotonic_ns();
        uint64_t bracket = tsc_now() - before;
        if (bracket < narrowest) {
            narrowest = bracket;
            best = (struct instant){before + bracket / 2, ns};
        }
    }
    return best;
}

static uint64_t tsc_calibrate(void)
{
    struct instant start = instant_read();
    while (lab_monotonic_ns() - start.ns < CALIBRATION_NS)
        ;
    struct instant end = instant_read();
    return (uint64_t)((unsigned __int128)(end.ticks - start.ticks) * LAB_NS_PER_S / (end.ns - start.ns));
}

/* Its rate, or 0 where it cannot be trusted. */
static uint64_t tsc_hz(void)
{
    if (!tsc_is_invariant())
        return 0;
    uint64_t first = tsc_calibrate(), second = tsc_calibrate();
    uint64_t difference = first > second ? first - second : second - first;
    return difference <= second / AGREEMENT ? second : 0;
}
#else
static uint64_t tsc_hz(void)
{
    return 0;
}
#endif

void lab_clock_init(struct lab_clock *clock)
{
    uint64_t hz = tsc_hz();
    clock->tsc = hz != 0;
    clock->hz = clock->tsc ? hz : LAB_NS_PER_S;
}

const char *lab_clock_source(const struct lab_clock *clock)
{
    return clock->tsc ? "tsc" : "monotonic";
}

uint64_t lab_clock_ns(const struct lab_clock *clock, uint64_t ticks)
{
    return (uint64_t)((unsigned __int128)ticks * LAB_NS_PER_S / clock->hz);
}
