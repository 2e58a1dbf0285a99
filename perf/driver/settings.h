#ifndef LAB_DRIVER_SETTINGS_H
#define LAB_DRIVER_SETTINGS_H

#include "perf/driver/plan.h"
#include "perf/driver/status.h"

#include <jansson.h>

/*
 * The allocators' own options in the environment, which the measured processes get as well:
 *
 *   [{"name", "value", "allocators": [label, ...]}]
 *
 * `allocators` are those of the run that know the option by its name.  STATUS_USAGE and a message when an option is
 * meant for an allocator of the run that does not know it: it would take no effect and nobody would notice.  *settings
 * is the caller's in either case.
 */
int settings_find(const struct plan *plan, json_t **settings, struct lab_error *error);

#endif
