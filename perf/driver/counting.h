#ifndef LAB_DRIVER_COUNTING_H
#define LAB_DRIVER_COUNTING_H

#include "perf/driver/paths.h"
#include "perf/driver/status.h"

#include <stdbool.h>

/* The counter events that samples are asked to count. */
struct counting {
    char *file;   /* encoded events, for --events; NULL: none */
    char *reason; /* why there will be no hardware counts; NULL when there should be */
};

/*
 * Has lab-resolve encode the group and leaves the result in `folder`.  Without a group asked for, no counters are an
 * ordinary thing and only noted; a group that was asked for and is unknown is STATUS_USAGE.
 */
int counting_find(struct counting *counting, const struct paths *paths, const char *group, const char *folder,
                  struct lab_error *error);
void counting_free(struct counting *counting);

#endif
