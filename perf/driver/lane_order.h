#ifndef LAB_DRIVER_LANE_ORDER_H
#define LAB_DRIVER_LANE_ORDER_H

#include "perf/driver/plan.h"

/* A pair of the lanes. */
struct lane_pair {
    size_t workload;  /* of the plan */
    size_t allocator; /* the same */
    size_t row;       /* its place in the tables: workload by workload, the allocators in the plan's order */
};

/* Whether the lanes have this allocator: not the floor; and a quick lab leaves out the phases between the first and the
 * one in question. */
bool lane_has_arm(const struct plan *plan, size_t allocator);

/* How many pairs there are. */
size_t lane_pairs(const struct plan *plan);

/*
 * All pairs, in the order in which the lanes take them: what the run is about first, so that it is the phases in
 * between that have gaps where time is short.  `pairs` has room for lane_pairs(plan).
 */
void lane_order(const struct plan *plan, struct lane_pair *pairs);

#endif
