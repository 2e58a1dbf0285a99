/*
 * What of a stretch of time a thread had its processor for.
 *
 *   moment               start                         end
 *     |  not switched here |  a call, perhaps switched   |
 *     |------ outside -----|----------- ticks -----------|
 *     |------------------- CPU time ---------------------|     own = CPU time - outside
 *
 * The clock of a thread's CPU time is a system call, too dear for each call that is timed; so it is read at some moment
 * before, since which the thread was not switched (perf/measure/switched.h), and after a call that needs it.  What the
 * hypervisor took in between is not CPU time either, where the kernel knows of it.
 */
#ifndef LAB_OWN_TIME_H
#define LAB_OWN_TIME_H

#include <stdint.h>

#include "perf/measure/clock.h"

/* What is known of a thread at some moment. */
struct lab_moment {
    uint64_t ticks;  /* of the lab's clock; 0: none is known */
    uint64_t cpu_ns; /* the thread's CPU time */
    uint64_t waits;  /* times that it gave the processor away; the same */
};

/* Of the calling thread. */
struct lab_moment lab_moment_now(const struct lab_clock *clock);

/*
 * What a call that began at `start_ticks` and took `ticks` by the clock had of the CPU, in ticks: at most `ticks`; or
 * all of them if the thread waited for something between the two moments, which then was in the call.
 */
uint64_t lab_own_ticks(const struct lab_clock *clock, const struct lab_moment *before, const struct lab_moment *after,
                       uint64_t start_ticks, uint64_t ticks);

#endif
