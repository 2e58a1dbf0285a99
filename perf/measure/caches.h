/*
 * The cache geometry that a simulator is given: first-level caches and the last level, as hwloc knows them.
 */
#ifndef LAB_CACHES_H
#define LAB_CACHES_H

#include <stdint.h>

#include "perf/measure/error.h"

struct lab_cache {
    uint64_t bytes; /* of one cache */
    uint32_t ways;  /* associativity */
    uint32_t line;  /* bytes of a line */
};

struct lab_caches {
    struct lab_cache instruction; /* first level; that of data where hwloc knows none */
    struct lab_cache data;        /* first level, data or unified */
    struct lab_cache last;        /* the highest level there is; may be the first */
};

/*
 * Makes a cache such as simulators can have: a power of two of sets.  Unknown line and ways become the usual ones; then
 * the ways grow until the size is met with the largest power of two of sets that fits, and the size is rounded down to
 * whole sets.
 */
void lab_cache_fit(struct lab_cache *cache);

/*
 * The caches above the first CPU that this process may use, fitted.  0, or -ENOTSUP with a sentence where hwloc cannot
 * read them (some containers and emulators hide them).  Any thread.
 */
int lab_caches_read(struct lab_caches *caches, struct lab_error *error);

#endif
