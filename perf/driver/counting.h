#ifndef LAB_DRIVER_COUNTING_H
#define LAB_DRIVER_COUNTING_H

#include "perf/driver/paths.h"
#include "perf/driver/status.h"
#include "perf/measure/event_group.h"

#include <stdbool.h>

/* The groups of a comparison that asks for none, counted in turn. */
#define COUNTING_GROUPS "basic,cache,tlb,kernel"
/* The group of a single sample. */
#define COUNTING_GROUP "basic"

/* One group of events, encoded for this machine. */
struct counting_group {
    struct lab_event_group group; /* its file's content: events and what is derived from them */
    char *events;                 /* encoded, one a line */
    char *file;                   /* where they were written, for --events; NULL before */
};

/* The counter events that samples are asked to count: one group a round, so that none has to share the hardware. */
struct counting {
    struct counting_group *groups;
    size_t count; /* 0: nothing is counted */
    char *reason; /* why there will be no hardware counts; NULL when there should be */
};

/*
 * Has lab-resolve encode the groups of a comma list.  `asked`: by the user, so that one that is unknown or cannot be
 * encoded is STATUS_USAGE; otherwise having no counters is an ordinary thing and only noted.
 */
int counting_find(struct counting *counting, const struct paths *paths, const char *list, bool asked,
                  struct lab_error *error);

/* Writes the events to files in `folder`, one a group. */
int counting_write(struct counting *counting, const char *folder, struct lab_error *error);

/* The group of a round (0 is the warm-up), and its file; `count` and NULL when nothing is counted. */
size_t counting_turn(const struct counting *counting, size_t round);
const char *counting_file(const struct counting *counting, size_t round);

void counting_free(struct counting *counting);

#endif
