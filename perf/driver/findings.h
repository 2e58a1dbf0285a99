#ifndef LAB_DRIVER_FINDINGS_H
#define LAB_DRIVER_FINDINGS_H

#include "perf/driver/campaign.h"

/*
 * What `lab` adds to its run.json when everything is timed: "stats", from each variant's counting build, "code_sizes",
 * "census" and the verdict, "roadmap".  What cannot be had becomes a warning.
 */
void findings_add(json_t *run, struct campaign *campaign, const struct paths *paths);

/* Brings the counting builds of the plan's phases up to date; *count is how many there are.  STATUS_FAILED with why. */
int findings_build_counting(const struct plan *plan, const struct paths *paths, size_t *count, struct lab_error *error);

#endif
