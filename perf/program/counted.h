/*
 * A process started under event counters, which count it and everything that it starts.
 */
#ifndef LAB_PROGRAM_COUNTED_H
#define LAB_PROGRAM_COUNTED_H

#include "perf/measure/counters.h"

#include <sys/types.h>

/* The events of a program's tree, and what became of them. */
struct counted {
    struct lab_event events[LAB_EVENTS_MAX]; /* encoded, as they were asked for */
    size_t count;                            /* of them; 0: nothing is counted */
    struct lab_counters counters;            /* over the tree's life; between start and stop the starter's own */
};

/* A process that was started so; one at a time. */
struct counted_start {
    struct counted *counted;
    void (*become)(void *context); /* in the child: does not return */
    void *context;
    pid_t pid;         /* of the child; -1: fork failed */
    int error;         /* with this errno */
    uint64_t began_ns; /* just before it was started */
};

/*
 * Starts a thread that opens the events for itself, and forks; it is alive until counted_stop, because a child that
 * asks for a signal at its parent's end means the thread.  0, or -errno.
 */
int counted_start(struct counted_start *start);

/* Ends the counting and the thread. */
void counted_stop(void);

#endif
