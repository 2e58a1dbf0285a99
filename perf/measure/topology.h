/*
 * Where to pin threads: a policy and a number of threads become a list of CPUs, with hwloc.
 */
#ifndef LAB_TOPOLOGY_H
#define LAB_TOPOLOGY_H

#include "perf/measure/pin.h"

/*
 * Policies, over the CPUs that this process may use:
 *
 *     compact     as near to each other as can be: hardware threads of one core, then the next core of the same cache
 *     spread      as far from each other as can be: another package, cache, core; hardware threads of a used core last
 *     per-cache   in turn on each last-level cache, another core each time; hardware threads of a used core last
 *     none        an empty list: the kernel places them
 *
 * One CPU a thread: more threads than CPUs is refused (an explicit list may name a CPU for several threads).
 *
 * 0; -EINVAL: no such policy; -ERANGE: impossible here; -ENOTSUP: hwloc fails.  Each with a sentence.
 */
int lab_topology_cpus(const char *policy, unsigned threads, struct lab_cpu_list *list, struct lab_error *error);

/* What a list of CPUs comes to; a count is 0 where hwloc does not know such things here. */
struct lab_placement {
    unsigned cores;    /* distinct ones under the list */
    unsigned caches;   /* last-level ones */
    unsigned packages; /* sockets */
    unsigned nodes;    /* of memory (NUMA) */
    unsigned siblings; /* CPUs of the list whose core another one of the list is on as well (SMT) */
};

/* 0; -EINVAL: a CPU that is not there; -ENOTSUP: hwloc fails. */
int lab_topology_describe(const struct lab_cpu_list *list, struct lab_placement *placement, struct lab_error *error);

#endif
