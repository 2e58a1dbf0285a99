#ifndef LAB_DRIVER_VARIANT_H
#define LAB_DRIVER_VARIANT_H

#include "perf/driver/allocator.h"

/* The shared object of a variant of hakmem, such as "phase3-without-direct_cache", built or not; to be freed. */
char *variant_library(const struct paths *paths, const char *name);
/* The same of its counting build. */
char *variant_counting_library(const struct paths *paths, const char *name);

/*
 * Builds the variant and fills in the allocator: of kind phase, called by its name.  STATUS_USAGE when there is no such
 * variant, STATUS_FAILED when it cannot be built.
 */
int variant_find(const struct paths *paths, const char *name, struct allocator *allocator, struct lab_error *error);

/* The same for the counting build of a variant, or of "hakmem", the newest phase; the label is that of the variant. */
int variant_find_counting(const struct paths *paths, const char *name, struct allocator *allocator,
                          struct lab_error *error);

#endif
