#ifndef LAB_DRIVER_CALIBRATE_H
#define LAB_DRIVER_CALIBRATE_H

#include "perf/driver/campaign.h"

#include <stdint.h>

/*
 * Operations that a process needs in order to take `wanted_s` in all, judged by one that did `ops` in `elapsed_s` and
 * took `wall_s` in all.  Rounded to two digits, since the number is only a choice; at least 1.
 */
int64_t calibrate_ops(int64_t ops, double elapsed_s, double wall_s, double wanted_s);

/* Chooses a workload's operation count by short runs of one arm.  Keeps its default when they fail. */
void calibrate_pilot(struct campaign *campaign, size_t workload);

/*
 * By how much a count has to grow or shrink after the warm-up, whose `count` good samples took `walls_s` in all and
 * spent `regions_s` in the measured region; 1 when it may stay.  It is their mean that shall take `wanted_s`, so that
 * the time planned is kept; but one arm that stalled must not leave the others with samples of no length, so the
 * shortest region shall not be below a fifth of that, or as near to it as eight times the planned time allows.
 */
double calibrate_factor(const double *walls_s, const double *regions_s, size_t count, double wanted_s);

/*
 * By how much all counts have to shrink when rounds have to fit into `left_s` that spend `region_s` in measured regions
 * and `fixed_s` on starting processes, which no count shortens; 1 when they do.  Some of the time left is kept for
 * reruns, and no region shrinks to less than a fifth.
 */
double calibrate_fit(double region_s, double fixed_s, double left_s);

/* Corrects it by that factor. */
void calibrate_confirm(struct campaign *campaign, size_t workload, double factor);

#endif
