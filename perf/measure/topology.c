/*
 * Placement with hwloc.
 *
 * hwloc's logical order of hardware threads is the order of nearness, so `compact` takes the first ones.  For `spread`
 * hwloc_distrib places threads over a tree; it is given the cores first, so that no core gets a second thread while
 * another one is idle, and within a core its hardware threads in turn.  `per-cache` goes around the caches that are
 * nearest to memory, and within each around its cores.
 *
 * Only the CPUs that this process is bound to are in the tree (a container or taskset may leave few).
 *
 * Thread safety: any thread; nothing is shared.
 */
#include "perf/measure/topology.h"

#include <errno.h>
#include <hwloc.h>
#include <stdbool.h>
#include <string.h>

/* Leaves in the tree what this process may run on.  Not for a made-up topology (HWLOC_SYNTHETIC, HWLOC_XMLFILE). */
static int restrict_to_binding(hwloc_topology_t topology)
{
    if (!hwloc_topology_is_thissystem(topology))
        return 0;
    hwloc_cpuset_t allowed = hwloc_bitmap_alloc();
    int status = hwloc_get_cpubind(topology, allowed, HWLOC_CPUBIND_PROCESS);
    if (status == 0)
        status = hwloc_topology_restrict(topology, allowed, 0);
    hwloc_bitmap_free(allowed);
    return status;
}

static int topology_load(hwloc_topology_t *topology, struct lab_error *error)
{
    if (hwloc_topology_init(topology) != 0)
        return lab_error_set(error, -ENOTSUP, "hwloc cannot be initialised");
    if (hwloc_topology_load(*topology) == 0 && restrict_to_binding(*topology) == 0)
        return 0;
    hwloc_topology_destroy(*topology);
    return lab_error_set(error, -ENOTSUP, "hwloc cannot read this machine's topology");
}

static void list_add(struct lab_cpu_list *list, int cpu)
{
    list->cpu[list->count++] = cpu;
}

static void compact(hwloc_topology_t topology, unsigned threads, struct lab_cpu_list *list)
{
    for (unsigned i = 0; i < threads; i++)
        list_add(list, (int)hwloc_get_obj_by_type(topology, HWLOC_OBJ_PU, i)->os_index);
}

/* The `turn`-th CPU of a core, or -1. */
static int core_cpu(hwloc_const_cpuset_t core, unsigned turn)
{
    int cpu = hwloc_bitmap_first(core);
    while (turn-- > 0 && cpu >= 0)
        cpu = hwloc_bitmap_next(core, cpu);
    return cpu;
}

/*
 * Round `turn`: takes the `turn`-th CPU of each core, until the list has `threads`.  The first round asks hwloc for as
 * many cores as are needed, far apart; later ones go through all cores, since some may have fewer CPUs than others.
 */
static void spread_round(hwloc_topology_t topology, unsigned threads, unsigned turn, struct lab_cpu_list *list)
{
    hwloc_cpuset_t sets[LAB_CPUS_MAX];
    unsigned cores = (unsigned)hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
    unsigned wanted = turn == 0 && threads < cores ? threads : cores;
    hwloc_obj_t root = hwloc_get_root_obj(topology);
    if (wanted > LAB_CPUS_MAX)
        wanted = LAB_CPUS_MAX;
    hwloc_distrib(topology, &root, 1, sets, wanted, hwloc_get_type_depth(topology, HWLOC_OBJ_CORE), 0);
    for (unsigned i = 0; i < wanted; i++) {
        int cpu = core_cpu(sets[i], turn);
        if (cpu >= 0 && list->count < threads)
            list_add(list, cpu);
        hwloc_bitmap_free(sets[i]);
    }
}

static void spread(hwloc_topology_t topology, unsigned threads, struct lab_cpu_list *list)
{
    for (unsigned turn = 0; list->count < threads; turn++)
        spread_round(topology, threads, turn, list);
}

/* Depth of the last-level cache: the largest-numbered one that there is.  -1 without any. */
static int last_cache_depth(hwloc_topology_t topology)
{
    static const hwloc_obj_type_t levels[] = {HWLOC_OBJ_L5CACHE, HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L3CACHE,
                                              HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L1CACHE};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (hwloc_get_nbobjs_by_type(topology, levels[i]) > 0)
            return hwloc_get_type_depth(topology, levels[i]);
    return -1;
}

/* The CPUs under a cache in the order in which threads take them: one of each core, then the second of each, ... */
static void cache_cpus(hwloc_topology_t topology, hwloc_obj_t cache, struct lab_cpu_list *list)
{
    bool found = true;
    list->count = 0;
    for (unsigned turn = 0; found; turn++) {
        hwloc_obj_t core = NULL;
        size_t before = list->count;
        while ((core = hwloc_get_next_obj_inside_cpuset_by_type(topology, cache->cpuset, HWLOC_OBJ_CORE, core))) {
            int cpu = core_cpu(core->cpuset, turn);
            if (cpu >= 0 && list->count < LAB_CPUS_MAX)
                list_add(list, cpu);
        }
        found = list->count > before;
    }
}

/* Round `turn` takes the `turn`-th CPU of each cache; a cache with fewer is passed over.  Ends when a round finds none.
 */
static void per_cache(hwloc_topology_t topology, int depth, unsigned threads, struct lab_cpu_list *list)
{
    static struct lab_cpu_list own;
    unsigned caches = (unsigned)hwloc_get_nbobjs_by_depth(topology, depth);
    bool found = true;
    for (unsigned turn = 0; list->count < threads && found; turn++) {
        size_t before = list->count;
        for (unsigned i = 0; i < caches && list->count < threads; i++) {
            cache_cpus(topology, hwloc_get_obj_by_depth(topology, depth, i), &own);
            if (turn < own.count)
                list_add(list, own.cpu[turn]);
        }
        found = list->count > before;
    }
}

/* What a policy needs to know that hwloc may not; 0 when it does. */
static int check_known(hwloc_topology_t topology, const char *policy, struct lab_error *error)
{
    bool caches = strcmp(policy, "per-cache") == 0;
    if (caches && last_cache_depth(topology) < 0)
        return lab_error_set(error, -ENOTSUP, "policy per-cache: hwloc sees no cache here; take compact or spread");
    if (strcmp(policy, "compact") != 0 && hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE) <= 0)
        return lab_error_set(error, -ENOTSUP, "policy %s: hwloc sees no cores here, only CPUs; take compact", policy);
    return 0;
}

static int place(hwloc_topology_t topology, const char *policy, unsigned threads, struct lab_cpu_list *list,
                 struct lab_error *error)
{
    unsigned cpus = (unsigned)hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
    if (threads > cpus || threads > LAB_CPUS_MAX)
        return lab_error_set(
            error, -ERANGE,
            "policy %s: %u threads want a CPU each, and this process may use %u; give an explicit list "
            "of CPUs to share them, or policy none",
            policy, threads, cpus);
    int status = check_known(topology, policy, error);
    if (status != 0)
        return status;
    if (strcmp(policy, "compact") == 0)
        compact(topology, threads, list);
    else if (strcmp(policy, "spread") == 0)
        spread(topology, threads, list);
    else
        per_cache(topology, last_cache_depth(topology), threads, list);
    if (list->count < threads)
        return lab_error_set(error, -ENOTSUP, "policy %s: hwloc places only %zu of %u threads here; take compact",
                             policy, list->count, threads);
    return 0;
}

int lab_topology_cpus(const char *policy, unsigned threads, struct lab_cpu_list *list, struct lab_error *error)
{
    hwloc_topology_t topology;
    list->count = 0;
    if (strcmp(policy, "none") == 0)
        return 0;
    if (strcmp(policy, "compact") != 0 && strcmp(policy, "spread") != 0 && strcmp(policy, "per-cache") != 0)
        return lab_error_set(error, -EINVAL, "there is no policy '%s'; it is compact, spread, per-cache or none",
                             policy);
    int status = topology_load(&topology, error);
    if (status != 0)
        return status;
    status = place(topology, policy, threads, list, error);
    hwloc_topology_destroy(topology);
    return status;
}

/* How many objects of a kind lie above or beside the CPUs; 0 when there are none of that kind. */
static unsigned touched(hwloc_topology_t topology, int depth, hwloc_const_cpuset_t cpus)
{
    unsigned count = 0;
    for (hwloc_obj_t object = NULL; (object = hwloc_get_next_obj_by_depth(topology, depth, object)) != NULL;)
        count += object->cpuset && hwloc_bitmap_intersects(object->cpuset, cpus);
    return count;
}

static unsigned touched_type(hwloc_topology_t topology, hwloc_obj_type_t type, hwloc_const_cpuset_t cpus)
{
    int depth = hwloc_get_type_depth(topology, type);
    return depth == HWLOC_TYPE_DEPTH_UNKNOWN || depth == HWLOC_TYPE_DEPTH_MULTIPLE ? 0 : touched(topology, depth, cpus);
}

/* CPUs of the set that share their core with another one of the set. */
static unsigned siblings(hwloc_topology_t topology, hwloc_const_cpuset_t cpus)
{
    unsigned count = 0;
    hwloc_bitmap_t both = hwloc_bitmap_alloc();
    for (hwloc_obj_t core = NULL; (core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, core)) != NULL;) {
        hwloc_bitmap_and(both, core->cpuset, cpus);
        count += hwloc_bitmap_weight(both) > 1 ? (unsigned)hwloc_bitmap_weight(both) : 0;
    }
    hwloc_bitmap_free(both);
    return count;
}

int lab_topology_describe(const struct lab_cpu_list *list, struct lab_placement *placement, struct lab_error *error)
{
    hwloc_topology_t topology;
    int status = topology_load(&topology, error);
    if (status != 0)
        return status;
    hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
    for (size_t i = 0; i < list->count; i++)
        hwloc_bitmap_set(cpus, (unsigned)list->cpu[i]);
    int cache = last_cache_depth(topology);
    if (hwloc_bitmap_isincluded(cpus, hwloc_topology_get_topology_cpuset(topology))) {
        placement->cores = touched_type(topology, HWLOC_OBJ_CORE, cpus);
        placement->packages = touched_type(topology, HWLOC_OBJ_PACKAGE, cpus);
        placement->nodes = touched_type(topology, HWLOC_OBJ_NUMANODE, cpus);
        placement->caches = cache < 0 ? 0 : touched(topology, cache, cpus);
        placement->siblings = siblings(topology, cpus);
    } else {
        status = lab_error_set(error, -EINVAL, "the list names a CPU that this process may not use");
    }
    hwloc_bitmap_free(cpus);
    hwloc_topology_destroy(topology);
    return status;
}
