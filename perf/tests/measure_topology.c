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

static void test_none_places_nothing(void **state)
{
    (void)state;
    assert_placed(TWO_PACKAGES, "none", 100, "");
}

static void test_more_threads_than_cpus_is_refused(void **state)
{
    (void)state;
    struct lab_cpu_list list;
    static const char *const policies[] = {"compact", "spread"};
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
        cmocka_unit_test(test_none_places_nothing),
        cmocka_unit_test(test_more_threads_than_cpus_is_refused),
        cmocka_unit_test(test_unknown_policy_is_refused),
        cmocka_unit_test(test_this_machine_has_a_cpu_for_one_thread),
    };
    return cmocka_run_group_tests_name("measure_topology", tests, NULL, NULL);
}
