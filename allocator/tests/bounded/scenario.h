/*
 * A scenario: work that some allocators answer with memory that they do not give back.  It runs until time is up, on
 * blocks that know their size, so that live bytes are known at any moment.
 */
#ifndef BOUNDED_SCENARIO_H
#define BOUNDED_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scenario {
    const char *name;
    const char *what; /* one line for a reader */
    void (*run)(void);
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* Is the run over?  Any thread. */
bool time_is_up(void);
/* The part of the run that has passed: 0 to 1. */
double time_passed(void);

/* A touched block; ends the process if there is no memory.  Any thread. */
void *block_make(size_t size);
void block_drop(void *block);

#endif
