/*
 * Where the measured region is, for callgrind: between begin and end everything that the process executes, on all of
 * its threads, is simulated and counted, and nothing else is (callgrind is started with --instr-atstart=no).
 *
 * Outside callgrind a request is a few instructions that change nothing, once at each end of the region; where
 * valgrind's header is missing it is none at all, and `harness simulate` says that nothing was counted.
 */
#ifndef LAB_SIMULATION_H
#define LAB_SIMULATION_H

#ifdef LAB_HAVE_CALLGRIND /* perf/measure.mk looks for the header */
#include <valgrind/callgrind.h>
#endif

static inline void lab_simulation_begin(void)
{
#ifdef LAB_HAVE_CALLGRIND
    CALLGRIND_START_INSTRUMENTATION;
#endif
}

static inline void lab_simulation_end(void)
{
#ifdef LAB_HAVE_CALLGRIND
    CALLGRIND_STOP_INSTRUMENTATION;
#endif
}

#endif
