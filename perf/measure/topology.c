/*
 * Placement with hwloc.
 *
 * hwloc's logical order of hardware threads is the order of nearness, so `compact` takes the first ones.  For `spread`
 * hwloc_distrib places threads over a tree; it is given the cores first, so that no core gets a second thread while
 * another one is idle, and within a core its hardware threads in turn.
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
    if (strcmp(policy, "compact") == 0)
        compact(topology, threads, list);
    else
        spread(topology, threads, list);
    return 0;
}

int lab_topology_cpus(const char *policy, unsigned threads, struct lab_cpu_list *list, struct lab_error *error)
{
    hwloc_topology_t topology;
    list->count = 0;
    if (strcmp(policy, "none") == 0)
        return 0;
    if (strcmp(policy, "compact") != 0 && strcmp(policy, "spread") != 0)
        return lab_error_set(error, -EINVAL, "there is no policy '%s'; it is compact, spread or none", policy);
    int status = topology_load(&topology, error);
    if (status != 0)
        return status;
    status = place(topology, policy, threads, list, error);
    hwloc_topology_destroy(topology);
    return status;
}
