/*
 * Caches with hwloc.
 *
 * A simulator that guesses the caches from CPUID gets them wrong in virtual machines, which report what the host has,
 * or nothing; hwloc reads what the kernel reports, and says when that is nothing.  The hardware's number of sets need
 * not be a power of two (sliced last levels); the simulated one's has to be, see lab_cache_fit.
 *
 * Thread safety: any thread; nothing is shared.
 */
#include "perf/measure/caches.h"

#include <errno.h>
#include <hwloc.h>

#define LINE_USUAL 64u /* bytes: every x86-64 and nearly every 64-bit ARM processor */
#define WAYS_USUAL 8u  /* where the system does not tell: between the usual 4 and 16 */

void lab_cache_fit(struct lab_cache *cache)
{
    uint64_t sets = 1;
    if (cache->line == 0)
        cache->line = LINE_USUAL;
    if (cache->ways == 0)
        cache->ways = WAYS_USUAL;
    uint64_t most = cache->bytes / ((uint64_t)cache->line * cache->ways);
    while (sets * 2 <= most)
        sets *= 2;
    cache->ways = (uint32_t)(cache->bytes / (sets * cache->line));
    cache->bytes = sets * cache->line * cache->ways;
}

static int topology_load(hwloc_topology_t *topology)
{
    if (hwloc_topology_init(topology) != 0)
        return -ENOTSUP;
    if (hwloc_topology_set_icache_types_filter(*topology, HWLOC_TYPE_FILTER_KEEP_ALL) == 0 &&
        hwloc_topology_load(*topology) == 0)
        return 0;
    hwloc_topology_destroy(*topology);
    return -ENOTSUP;
}

static struct lab_cache cache_of(hwloc_obj_t object)
{
    int ways = object->attr->cache.associativity; /* 0: unknown; -1: any line anywhere */
    struct lab_cache cache = {.bytes = object->attr->cache.size, .line = object->attr->cache.linesize};
    cache.ways = ways > 0 ? (uint32_t)ways : 0;
    lab_cache_fit(&cache);
    return cache;
}

/* From the CPU up: the first cache of each kind is the first level, the last one of data is the last level. */
static void caches_climb(hwloc_obj_t object, struct lab_caches *caches)
{
    for (; object != NULL; object = object->parent) {
        if (hwloc_obj_type_is_icache(object->type) && caches->instruction.bytes == 0)
            caches->instruction = cache_of(object);
        if (!hwloc_obj_type_is_dcache(object->type) || object->attr->cache.size == 0)
            continue;
        caches->last = cache_of(object);
        if (caches->data.bytes == 0)
            caches->data = caches->last;
    }
    if (caches->instruction.bytes == 0)
        caches->instruction = caches->data;
}

int lab_caches_read(struct lab_caches *caches, struct lab_error *error)
{
    hwloc_topology_t topology;
    *caches = (struct lab_caches){0};
    if (topology_load(&topology) != 0)
        return lab_error_set(error, -ENOTSUP, "hwloc cannot read this machine's caches");
    caches_climb(hwloc_get_obj_by_type(topology, HWLOC_OBJ_PU, 0), caches);
    hwloc_topology_destroy(topology);
    return caches->data.bytes != 0
               ? 0
               : lab_error_set(error, -ENOTSUP, "this machine tells nothing about its caches, not even to hwloc");
}
