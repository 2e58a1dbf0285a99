/*
 * Service time of single calls: one call in some is timed, in histograms in static memory.
 *
 * Used by the workloads' inline functions (workloads/probe.h): is this call due? then begin, the call, end.
 */
#ifndef LAB_LATENCY_H
#define LAB_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

#include "perf/measure/clock.h"
#include "perf/measure/counts.h"
#include "perf/measure/own_time.h"
#include "perf/measure/switched.h"
#include "perf/measure/usage.h"

enum lab_latency_operation { LAB_LATENCY_MALLOC, LAB_LATENCY_FREE, LAB_LATENCY_OPERATIONS };

/* What is known of a call's circumstances; read only where slow calls are to be explained. */
struct lab_latency_state {
    struct lab_usage usage; /* of this thread */
    struct lab_counts counts;
};

/* A call being timed. */
struct lab_latency_call {
    struct lab_latency_state before;
    uint64_t start_ticks;
};

/* When a thread's next call is due.  All zero: it has made none. */
struct lab_latency_turn {
    uint32_t left;            /* calls until then */
    uint32_t slot;            /* of the histograms that it writes, plus 1 */
    uint64_t random;          /* state of its generator */
    uint32_t timed;           /* calls since `moment` */
    struct lab_moment moment; /* before the call that is being timed; no switch since, but in that call */
};

extern __thread struct lab_latency_turn lab_latency_turn;
extern struct lab_clock lab_latency_clock; /* set before threads exist, then only read */
extern uint64_t lab_latency_explains;      /* the same: whether circumstances are read */

/* Chooses how many calls to let pass; whether the present one is timed (a thread's first one is not). */
bool lab_latency_arm(void);
void lab_latency_look(struct lab_latency_state *state);
/* Takes note of what the calling thread has had until now. */
void lab_latency_look_at_thread(void);
void lab_latency_record(const struct lab_latency_call *call, enum lab_latency_operation operation, uint64_t ticks);

static inline bool lab_latency_due(void)
{
    return lab_latency_turn.left-- > 1 ? false : lab_latency_arm();
}

static inline void lab_latency_begin(struct lab_latency_call *call)
{
    if (lab_latency_explains)
        lab_latency_look(&call->before);
    if (lab_switched()) /* since the call before */
        lab_latency_look_at_thread();
    lab_switched_begin();
    call->start_ticks = lab_clock_now(&lab_latency_clock);
}

static inline void lab_latency_end(const struct lab_latency_call *call, enum lab_latency_operation operation)
{
    lab_latency_record(call, operation, lab_clock_now(&lab_latency_clock) - call->start_ticks);
}

#endif
