/* Purging: when free memory goes back to the system, and how much of it. */
#ifndef HAKMEM_PURGE_H
#define HAKMEM_PURGE_H

#include "hakmem_config.h"

struct home;

/* Slices were given back to the home, or malloc ran dry of medium blocks: purges what the policy of the variant says,
 * if anything, there and in other homes, whose threads may be idle.  No home's lock is held. */
void purge_if_due(const struct home *home);
/* How often so little was in use that nearly all free memory was purged, modulo 2^32.  Any thread. */
unsigned purge_drops(void);
/* Purges all homes until no more than `keep` slices are dirty; how many slices went. */
size_t purge_all(size_t keep);

#endif
