#ifndef LAB_DRIVER_AGENDA_H
#define LAB_DRIVER_AGENDA_H

#include <stddef.h>

/* The injected slowdowns, in percent. */
enum { AGENDA_EFFECTS = 3 };
extern const int agenda_effects[AGENDA_EFFECTS];

/* How many trials of what. */
struct agenda {
    size_t again;      /* of an allocator against itself */
    size_t slowed;     /* of each slowdown */
    size_t workloads;  /* that the trials go around */
    size_t allocators; /* that the trials of an allocator against itself go around */
};

/* One trial. */
struct agenda_item {
    int effect_percent; /* 0: the allocator against itself */
    size_t workload;
    size_t allocator; /* of a trial against itself */
};

size_t agenda_length(const struct agenda *agenda);

/* Trial `index`, from 0.  The kinds are mixed evenly, so that a self-test that is cut short has some of each. */
struct agenda_item agenda_item(const struct agenda *agenda, size_t index);

#endif
