/*
 * Pinning policies on made-up machines (hwloc's synthetic topologies), and what they refuse.
 */
#include "perf/tests/measure_test.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "perf/measure/topology.h"

/* CPUs 0-3 in package 0, two hardware threads a core; 4-7 in package 1. */
#define TWO_PACKAGES "package:2 core:2 pu:2"

static struct lab_error error;

static void assert_placed(const char *machine, const char *policy, unsigned threads, const char *expected)
{
    struct lab_cpu_list list;
    char text[128];
    setenv("HWLOC_SYNTHETIC", machine, 1);
    if (lab_topology_cpus(policy, threads, &list, &error) != 0)
        fail_msg("%s", error.text);
    lab_cpu_list_format(&list, text, sizeof text);
    assert_string_equal(text, expected);
}

static void test_compact_fills_cores_one_after_another(void **state)
{
    (void)state;
    assert_placed(TWO_PACKAGES, "compact", 1, "0");
    assert_placed(TWO_PACKAGES, "compact", 3, "0,1,2");
    assert_placed(TWO_PACKAGES, "compact", 8, "0,1,2,3,4,5,6,7");
}

static void test_spread_takes_packages_then_cores_then_hardware_threads(void **state)
{
    (void)state;
    assert_placed(TWO_PACKAGES, "spread", 1, "0");
    assert_placed(TWO_PACKAGES, "spread", 2, "0,4");
    assert_placed(TWO_PACKAGES, "spread", 4, "0,2,4,6");
    assert_placed(TWO_PACKAGES, "spread", 6, "0,2,4,6,1,3");
    assert_placed(TWO_PACKAGES, "spread", 8, "0,2,4,6,1,3,5,7");
}

/* Two packages of two caches each; a cache has two cores, a core two hardware threads: 16 CPUs. */
#define FOUR_CACHES "numa:2 package:1 l3:2 core:2 pu:2"

static void test_per_cache_goes_around_caches_then_cores_then_hardware_threads(void **state)
{
    (void)state;
    assert_placed(FOUR_CACHES, "per-cache", 1, "0");
    assert_placed(FOUR_CACHES, "per-cache", 4, "0,4,8,12");
    assert_placed(FOUR_CACHES, "per-cache", 6, "0,4,8,12,2,6");
    assert_placed(FOUR_CACHES, "per-cache", 9, "0,4,8,12,2,6,10,14,1");
    assert_placed(FOUR_CACHES, "per-cache", 16, "0,4,8,12,2,6,10,14,1,5,9,13,3,7,11,15");
}

static void test_per_cache_passes_over_a_cache_that_is_full(void **state)
{
    (void)state;
    assert_placed("l3:1 core:1 pu:3", "per-cache", 3, "0,1,2");
}

static void assert_described(const char *machine, const char *policy, unsigned threads,
                             const struct lab_placement *expected)
{
    struct lab_cpu_list list;
    struct lab_placement placement;
    setenv("HWLOC_SYNTHETIC", machine, 1);
    if (lab_topology_cpus(policy, threads, &list, &error) != 0 || lab_topology_describe(&list, &placement, &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(placement.cores, expected->cores);
    assert_int_equal(placement.caches, expected->caches);
    assert_int_equal(placement.packages, expected->packages);
    assert_int_equal(placement.nodes, expected->nodes);
    assert_int_equal(placement.siblings, expected->siblings);
}

static void test_what_a_placement_lies_on_is_told(void **state)
{
    (void)state;
    assert_described(FOUR_CACHES, "compact", 2, &(struct lab_placement){1, 1, 1, 1, 2});
    assert_described(FOUR_CACHES, "compact", 3, &(struct lab_placement){2, 1, 1, 1, 2});
    assert_described(FOUR_CACHES, "spread", 2, &(struct lab_placement){2, 2, 2, 2, 0});
    assert_described(FOUR_CACHES, "per-cache", 4, &(struct lab_placement){4, 4, 2, 2, 0});
    assert_described(FOUR_CACHES, "per-cache", 9, &(struct lab_placement){8, 4, 2, 2, 2});
}

static void test_a_cpu_that_is_not_there_is_refused(void **state)
{
    (void)state;
    struct lab_cpu_list list = {.cpu = {99}, .count = 1};
    struct lab_placement placement;
    setenv("HWLOC_SYNTHETIC", FOUR_CACHES, 1);
    assert_int_equal(lab_topology_describe(&list, &placement, &error), -EINVAL);
}

static void test_a_policy_that_needs_what_hwloc_does_not_see_is_refused(void **state)
{
    (void)state;
    struct lab_cpu_list list;
    setenv("HWLOC_SYNTHETIC", "package:1 core:2 pu:1", 1);
    assert_int_equal(lab_topology_cpus("per-cache", 2, &list, &error), -ENOTSUP);
    assert_non_null(strstr(error.text, "sees no cache"));
    setenv("HWLOC_SYNTHETIC", "package:1 pu:4", 1);
    assert_int_equal(lab_topology_cpus("spread", 2, &list, &error), -ENOTSUP);
    assert_non_null(strstr(error.text, "sees no cores"));
    assert_int_equal(lab_topology_cpus("compact", 2, &list, &error), 0);
}

static void test_none_places_nothing(void **state)
{
    (void)state;
    assert_placed(TWO_PACKAGES, "none", 100, "");
}

static void test_more_threads_than_cpus_is_refused(void **state)
{
    (void)state;
    struct lab_cpu_list list;
    static const char *const policies[] = {"compact", "spread", "per-cache"};
    setenv("HWLOC_SYNTHETIC", TWO_PACKAGES, 1);
    for (size_t i = 0; i < TEST_COUNT(policies); i++) {
        assert_int_equal(lab_topology_cpus(policies[i], 9, &list, &error), -ERANGE);
        assert_non_null(strstr(error.text, "9 threads"));
        assert_non_null(strstr(error.text, "may use 8"));
    }
}

static void test_unknown_policy_is_refused(void **state)
{
    (void)state;
    struct lab_cpu_list list;
    assert_int_equal(lab_topology_cpus("nearby", 1, &list, &error), -EINVAL);
    assert_non_null(strstr(error.text, "'nearby'"));
}

static void test_this_machine_has_a_cpu_for_one_thread(void **state)
{
    (void)state;
    struct lab_cpu_list list;
    unsetenv("HWLOC_SYNTHETIC");
    if (lab_topology_cpus("spread", 1, &list, &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(list.count, 1);
    assert_int_equal(lab_pin_thread(list.cpu[0], &error), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compact_fills_cores_one_after_another),
        cmocka_unit_test(test_spread_takes_packages_then_cores_then_hardware_threads),
        cmocka_unit_test(test_per_cache_goes_around_caches_then_cores_then_hardware_threads),
        cmocka_unit_test(test_per_cache_passes_over_a_cache_that_is_full),
        cmocka_unit_test(test_what_a_placement_lies_on_is_told),
        cmocka_unit_test(test_a_cpu_that_is_not_there_is_refused),
        cmocka_unit_test(test_a_policy_that_needs_what_hwloc_does_not_see_is_refused),
        cmocka_unit_test(test_none_places_nothing),
        cmocka_unit_test(test_more_threads_than_cpus_is_refused),
        cmocka_unit_test(test_unknown_policy_is_refused),
        cmocka_unit_test(test_this_machine_has_a_cpu_for_one_thread),
    };
    return cmocka_run_group_tests_name("measure_topology", tests, NULL, NULL);
}
