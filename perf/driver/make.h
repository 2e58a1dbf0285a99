#ifndef LAB_DRIVER_MAKE_H
#define LAB_DRIVER_MAKE_H

#include "perf/driver/paths.h"
#include "perf/driver/status.h"

#include <stddef.h>

/*
 * Has make bring the files up to date.  Outside the project's tree (an installed harness) there is nothing to make them
 * from: then they only have to exist.  STATUS_FAILED and a message when one cannot be had.
 */
int make_files(const struct paths *paths, char *const *files, size_t count, struct lab_error *error);

/* What a target that only prints something prints; NULL when it fails.  The caller frees it. */
char *make_words(const struct paths *paths, const char *target);

#endif
