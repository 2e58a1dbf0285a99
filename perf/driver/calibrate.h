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

/* Corrects it after the warm-up, when the arms together took another time than wanted: `mean_s` for each. */
void calibrate_confirm(struct campaign *campaign, size_t workload, double mean_s);

#endif
