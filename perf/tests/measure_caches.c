/*
 * The geometry for the simulator: on made-up machines (hwloc's synthetic topologies), on this one, and fitted to powers
 * of two.
 */
#include "perf/tests/measure_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "perf/measure/caches.h"

static struct lab_error error;

static void assert_fitted(struct lab_cache cache, uint64_t bytes, uint32_t ways, uint32_t line)
{
    lab_cache_fit(&cache);
    assert_int_equal(cache.bytes, bytes);
    assert_int_equal(cache.ways, ways);
    assert_int_equal(cache.line, line);
}

static void test_a_whole_geometry_stays_as_it_is(void **state)
{
    (void)state;
    assert_fitted((struct lab_cache){.bytes = 32768, .ways = 8, .line = 64}, 32768, 8, 64);
    assert_fitted((struct lab_cache){.bytes = 49152, .ways = 12, .line = 64}, 49152, 12, 64);
}

static void test_sets_become_a_power_of_two(void **state)
{
    (void)state;
    assert_fitted((struct lab_cache){.bytes = 503316480, .ways = 16, .line = 64}, 503316480, 30, 64);
    assert_fitted((struct lab_cache){.bytes = 1441792, .ways = 11, .line = 64}, 1441792, 11, 64);
    assert_fitted((struct lab_cache){.bytes = 100000, .ways = 8, .line = 64}, 98304, 12, 64);
}

static void test_what_is_unknown_becomes_usual(void **state)
{
    (void)state;
    assert_fitted((struct lab_cache){.bytes = 1 << 20}, 1 << 20, 8, 64);
}

static void read_synthetic(const char *machine, struct lab_caches *caches)
{
    setenv("HWLOC_SYNTHETIC", machine, 1);
    if (lab_caches_read(caches, &error) != 0)
        fail_msg("%s", error.text);
}

static void test_the_levels_are_told_apart(void **state)
{
    struct lab_caches caches;
    (void)state;
    read_synthetic("package:1 l3:1(size=16777216) l2:2(size=1048576) l1d:1(size=49152) l1i:1(size=32768) core:1 pu:1",
                   &caches);
    assert_int_equal(caches.last.bytes, 16 << 20);
    assert_int_equal(caches.data.bytes, 48 << 10);
    assert_int_equal(caches.instruction.bytes, 32 << 10);
}

static void test_one_level_is_first_and_last(void **state)
{
    struct lab_caches caches;
    (void)state;
    read_synthetic("package:1 l1d:1(size=32768) core:1 pu:1", &caches);
    assert_int_equal(caches.data.bytes, 32 << 10);
    assert_memory_equal(&caches.last, &caches.data, sizeof caches.last);
    assert_memory_equal(&caches.instruction, &caches.data, sizeof caches.data);
}

static void test_no_cache_is_an_error_with_a_sentence(void **state)
{
    struct lab_caches caches;
    (void)state;
    setenv("HWLOC_SYNTHETIC", "package:1 core:1 pu:1", 1);
    assert_int_equal(lab_caches_read(&caches, &error), -ENOTSUP);
    assert_non_null(strstr(error.text, "nothing about its caches"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_geometry_stays_as_it_is),
        cmocka_unit_test(test_sets_become_a_power_of_two),
        cmocka_unit_test(test_what_is_unknown_becomes_usual),
        cmocka_unit_test(test_the_levels_are_told_apart),
        cmocka_unit_test(test_one_level_is_first_and_last),
        cmocka_unit_test(test_no_cache_is_an_error_with_a_sentence),
    };
    return cmocka_run_group_tests_name("measure_caches", tests, NULL, NULL);
}
