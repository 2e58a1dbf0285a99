#ifndef LAB_DRIVER_CENSUS_JSON_H
#define LAB_DRIVER_CENSUS_JSON_H

#include "perf/driver/census.h"
#include "perf/driver/plan.h"

#include <jansson.h>

/* What one operation of an allocator came to, on blocks of `size` bytes; with "steps" if it was taken with a listing.
 */
json_t *census_json(const struct census *census, uint64_t size);

/*
 * The hot paths of everything in the plan that can be stepped: malloc, free and a free by another thread, each with its
 * listing.  `reason` receives why the list is incomplete, NULL when it is whole; the caller frees it.
 */
json_t *census_of_plan(const struct plan *plan, const struct paths *paths, char **reason);

#endif
