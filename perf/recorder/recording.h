/*
 * A recording: what a program asked of its malloc, as the live blocks, the histogram of those that died, and sums.
 *
 * One lock for all, held for some tens of nanoseconds: a recorded program is not timed.  Numbers of blocks count over
 * all threads.  Nothing here calls malloc.  Any thread may call; before recording_start, and after recording_stop, the
 * calls do nothing.
 */
#ifndef PERF_RECORDER_RECORDING_H
#define PERF_RECORDER_RECORDING_H

#include <stdbool.h>
#include <stddef.h>

#include "perf/recorder/births.h"

void recording_start(void);

/* For the child of a fork, where another thread may have held the lock: takes none. */
void recording_stop(void);

/* A block was made; NULL is none. */
void recording_made(const void *block, size_t size);

/* A block is about to be freed: call before its address can be handed out again.  False: it was never seen. */
bool recording_take(const void *block, struct birth *birth);

/* What recording_take gave is freed, or, where realloc failed, is not. */
void recording_died(const struct birth *birth);
void recording_lives(const struct birth *birth);

/* Stops, and writes the profile of what was recorded.  False, and errno, if it cannot be written. */
bool recording_write(int file, const char *program);

#endif
