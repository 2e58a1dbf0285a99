#ifndef LAB_DRIVER_DELAY_FILE_H
#define LAB_DRIVER_DELAY_FILE_H

#include "perf/driver/status.h"

#include <stdint.h>

/*
 * Copies the slowed allocator `from` to `to`, with `burn` turns of its loop each time (perf/inject/delay.h).
 * STATUS_FAILED when a file cannot be read or written, or does not hold exactly one block of parameters.
 */
int delay_file_write(const char *from, const char *to, uint64_t burn, struct lab_error *error);

#endif
