/*
 * Where to pin threads: a policy and a number of threads become a list of CPUs, with hwloc.
 */
#ifndef LAB_TOPOLOGY_H
#define LAB_TOPOLOGY_H

#include "perf/measure/pin.h"

/*
 * Policies, over the CPUs that this process may use:
 *
 *     compact   as near to each other as can be: hardware threads of one core, then the next core of the same cache
 *     spread    as far from each other as can be: another package, cache, core; hardware threads of a used core last
 *     none      an empty list: the kernel places them
 *
 * One CPU a thread: more threads than CPUs is refused (an explicit list may name a CPU for several threads).
 *
 * 0; -EINVAL: no such policy; -ERANGE: impossible here; -ENOTSUP: hwloc fails.  Each with a sentence.
 */
int lab_topology_cpus(const char *policy, unsigned threads, struct lab_cpu_list *list, struct lab_error *error);

#endif
