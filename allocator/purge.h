/* Purging: when free memory goes back to the system, and how much of it. */
#ifndef HAKMEM_PURGE_H
#define HAKMEM_PURGE_H

#include "hakmem_config.h"

struct home;

/* Of all homes; a snapshot that others may change. */
struct totals {
    size_t used, dirty; /* slices */
};

/* Slices were given back to the home, or malloc ran dry of medium blocks: purges what the policy of the variant says,
 * if anything, there and in other homes, whose threads may be idle.  No home's lock is held. */
void purge_if_due(struct home *home);
/* How often so little was in use that nearly all free memory was purged, modulo 2^32.  Any thread. */
unsigned purge_drops(void);
struct totals purge_totals(void);
/* So much in use is next to nothing, where so much is dirty; slices. */
size_t purge_drop_limit(size_t dirty);
/* Purges all homes until no more than `keep` slices are dirty; how many slices went. */
size_t purge_all(size_t keep);

#endif
