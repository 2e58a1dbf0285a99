#ifndef LAB_DRIVER_LANE_GAPS_H
#define LAB_DRIVER_LANE_GAPS_H

#include "perf/driver/campaign.h"
#include "perf/driver/status.h"

enum lane { LANE_LATENCY, LANE_MEMORY, LANE_SIMULATED, LANES };

/* Pairs without figures, in each lane. */
struct lane_gaps {
    size_t pairs;          /* that each lane has */
    size_t late[LANES];    /* not begun: no time was left */
    size_t failed[LANES];  /* whose process failed */
    char *failures[LANES]; /* what the first of them said; NULL: none did */
};

/* Counts a pair whose process failed; keeps the first's words. */
void lane_gaps_failed(struct lane_gaps *gaps, enum lane lane, const struct lab_error *error);

/* Warns of all gaps: one line for those that time left, one for each lane where something failed.  Frees the words. */
void lane_gaps_tell(struct lane_gaps *gaps, struct campaign *campaign);

#endif
