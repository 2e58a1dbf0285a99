/* A thread's own time: see own_time.h.  Without state; any thread. */
#define _GNU_SOURCE
#include "perf/measure/own_time.h"

#include "perf/measure/usage.h"

struct lab_moment lab_moment_now(const struct lab_clock *clock)
{
    struct timespec now;
    struct lab_usage usage;
    lab_usage_read_thread(&usage);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (struct lab_moment){.ticks = lab_clock_now(clock),
                               .cpu_ns = (uint64_t)now.tv_sec * LAB_NS_PER_S + (uint64_t)now.tv_nsec,
                               .waits = usage.voluntary_switches};
}

uint64_t lab_own_ticks(const struct lab_clock *clock, const struct lab_moment *before, const struct lab_moment *after,
                       uint64_t start_ticks, uint64_t ticks)
{
    if (after->waits != before->waits)
        return ticks;
    uint64_t cpu_ns = after->cpu_ns - before->cpu_ns;
    uint64_t cpu_ticks = (uint64_t)((unsigned __int128)cpu_ns * clock->hz / LAB_NS_PER_S);
    uint64_t outside = start_ticks - before->ticks;
    uint64_t own = cpu_ticks > outside ? cpu_ticks - outside : 0;
    return own < ticks ? own : ticks;
}
