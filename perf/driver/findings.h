#ifndef LAB_DRIVER_FINDINGS_H
#define LAB_DRIVER_FINDINGS_H

#include "perf/driver/campaign.h"

/*
 * What `lab` adds to its run.json when everything is timed: "stats", from each variant's counting build, "code_sizes",
 * "census" and the verdict, "roadmap".  What cannot be had becomes a warning.
 */
void findings_add(json_t *run, struct campaign *campaign, const struct paths *paths);

#endif
