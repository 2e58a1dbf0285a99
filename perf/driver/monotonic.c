/*
 * The clock of limits, waits and progress.  What is measured has its own (perf/measure/clock.c).
 */
#define _GNU_SOURCE
#include "perf/driver/monotonic.h"

#include <time.h>

double monotonic_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
