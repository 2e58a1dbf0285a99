/*
 * A scripted source of events: what the kernel would answer, decided by the test.
 *
 * Each event is known by its config.  A read returns the members of a group in the order in which they joined, and
 * advances the script: reads 0 and 1 belong to the probe and the start of the region, 2 to its end.
 */
#ifndef MEASURE_FAKE_EVENTS_H
#define MEASURE_FAKE_EVENTS_H

#include "perf/measure/counters.h"

#define FAKE_EVENTS 8

struct fake_event {
    int open_error;      /* 0, or the -errno that open returns */
    uint64_t value[3];   /* what reads 0, 1, 2 show */
    bool hidden[3];      /* left out of the group's reading */
    int group_fd;        /* recorded: with what leader it was opened */
    bool exclude_kernel; /* recorded */
    bool open;           /* recorded: opened and not closed yet */
};

struct fake_source {
    struct fake_event events[FAKE_EVENTS]; /* by config */
    uint64_t enabled_ns[3], running_ns[3]; /* of every group, at reads 0, 1, 2 */
    long read_error[3];                    /* 0, or what that read returns instead */
    unsigned reads[FAKE_EVENTS];           /* reads so far, by leader */
    int enabled;                           /* enables minus disables */
};

/* A function table over a script; the script outlives it. */
struct lab_event_source fake_source(struct fake_source *script);

#endif
