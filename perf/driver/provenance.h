#ifndef LAB_DRIVER_PROVENANCE_H
#define LAB_DRIVER_PROVENANCE_H

#include "perf/driver/plan.h"
#include "perf/driver/status.h"

#include <jansson.h>

/*
 * Everything that takes part in the run, as run.json has it:
 *
 *   {"files": [{"role", "name", "path", "version", "sha256"}], "settings": [as in settings.h]}
 *
 * Roles: harness, allocator, workload (the program of every preload arm), floor, launcher and witness (of whole
 * programs).  STATUS_USAGE when a setting would take no effect.  *provenance is the caller's in either case.
 */
int provenance_make(const struct plan *plan, json_t **provenance, struct lab_error *error);

/* Path of the first file whose content is no longer what it was; NULL: all are.  The provenance's. */
const char *provenance_changed(const json_t *provenance);

#endif
