#ifndef LAB_DRIVER_COUNTING_H
#define LAB_DRIVER_COUNTING_H

#include "perf/driver/paths.h"
#include "perf/driver/status.h"

#include <stdbool.h>

/* The counter events that samples are asked to count. */
struct counting {
    char *events; /* encoded, one a line; NULL: none */
    char *file;   /* where they were written, for --events; NULL before */
    char *reason; /* why there will be no hardware counts; NULL when there should be */
};

/*
 * Has lab-resolve encode the group.  Without a group asked for, no counters are an ordinary thing and only noted; a
 * group that was asked for and is unknown is STATUS_USAGE.
 */
int counting_find(struct counting *counting, const struct paths *paths, const char *group, struct lab_error *error);

/* Writes the events to a file in `folder`, if there are any. */
int counting_write(struct counting *counting, const char *folder, struct lab_error *error);
void counting_free(struct counting *counting);

#endif
