#ifndef LAB_DRIVER_LANE_BUDGET_H
#define LAB_DRIVER_LANE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The time that the lanes of a run may take, in seconds.  It grows with the pairs of workload and allocator, so that
 * another phase leaves no pair out.
 */
struct lane_budget {
    double latency_s;      /* the latency lane: no process is started after that */
    double side_by_side_s; /* memory over time and simulation: the same */
    double counts_s;       /* what is counted after the lanes: expected, nothing ends it */
};

/* For so many pairs on a machine with so many CPUs. */
struct lane_budget lane_budget_of(size_t pairs, unsigned cpus, bool quick);

/* The sum. */
double lane_budget_total_s(const struct lane_budget *budget);

/* The same of a run with few pairs, from below which it does not grow: a part of every lab's time limit. */
double lane_budget_least_s(bool quick);

#endif
