/*
 * The record: JSON escapes, a full buffer, the golden sample byte for byte, and saving by temporary name and rename.
 *
 * LAB_UPDATE_GOLDEN=1 writes the golden file anew, after a change of the format that is meant; look at the difference.
 */
#define _GNU_SOURCE
#include "perf/tests/measure_test.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "perf/measure/ask.h"
#include "perf/measure/sample.h"

#define GOLDEN "perf/schema/golden/sample.json" /* tests run from the project's root */

static char buffer[LAB_RECORD_BYTES];
static char text[LAB_RECORD_BYTES];
static struct lab_json json;
static struct lab_error error;

static int fresh(void **state)
{
    (void)state;
    lab_json_init(&json, buffer, sizeof buffer);
    return 0;
}

static void test_commas_and_nesting(void **state)
{
    (void)state;
    lab_json_open(&json, NULL, '{');
    lab_json_u64(&json, "a", UINT64_MAX);
    lab_json_open(&json, "b", '[');
    lab_json_bool(&json, NULL, true);
    lab_json_open(&json, NULL, '{');
    lab_json_close(&json, '}');
    lab_json_null(&json, NULL);
    lab_json_close(&json, ']');
    lab_json_string(&json, "c", NULL);
    lab_json_close(&json, '}');
    assert_string_equal(buffer, "{\"a\":18446744073709551615,\"b\":[true,{},null],\"c\":null}");
}

static void test_strings_are_escaped(void **state)
{
    (void)state;
    lab_json_string(&json, NULL, "quote \" backslash \\ newline \n bell \a slash / \xc3\xa9 \xf0\x9f\x90\x83 {[");
    assert_string_equal(buffer, "\"quote \\\" backslash \\\\ newline \\u000a bell \\u0007 slash / \xc3\xa9 "
                                "\xf0\x9f\x90\x83 {[\"");
}

/* A lone continuation, an overlong slash, a surrogate, a code point above the last, a sequence cut short. */
static void test_what_is_no_utf8_is_replaced(void **state)
{
    (void)state;
    lab_json_string(&json, NULL, "\x80|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82");
#define BAD "\xef\xbf\xbd"
    assert_string_equal(buffer, "\"" BAD "|" BAD BAD "|" BAD BAD BAD "|" BAD BAD BAD BAD "|" BAD BAD "\"");
}

static void test_numbers(void **state)
{
    (void)state;
    lab_json_open(&json, NULL, '[');
    lab_json_double(&json, NULL, 0.1);
    lab_json_double(&json, NULL, 123456789012345.0);
    lab_json_double(&json, NULL, NAN);
    lab_json_double(&json, NULL, INFINITY);
    lab_json_close(&json, ']');
    assert_string_equal(buffer, "[0.1,123456789012345,null,null]");
}

static void test_full_buffer_is_remembered_and_not_saved(void **state)
{
    (void)state;
    char little[16];
    lab_json_init(&json, little, sizeof little);
    lab_json_string(&json, NULL, "longer than sixteen bytes");
    assert_true(json.full);
    assert_true(json.length < sizeof little);
    assert_int_equal(lab_json_save(&json, "/dev/null", &error), -EMSGSIZE);
}

/* One of each: a counter in every state, an identity, two CPUs. */
static const struct lab_sample golden = {
    .workload = "random_mixed",
    .params = {.ops = 10000000, .slots = 8192, .min_size = 16, .max_size = 1024, .threads = 2, .seed = 42},
    .region = {.ops = 10000000,
               .elapsed_ns = 160000000,
               .checksum = UINT64_C(0x00c0ffee00c0ffee),
               .usage = {.cpu_user_ns = 310000000,
                         .cpu_system_ns = 4000000,
                         .minor_faults = 2100,
                         .major_faults = 0,
                         .voluntary_switches = 2,
                         .involuntary_switches = 7},
               .start = {.rss_bytes = 1556480, .peak_bytes = 1556480},
               .end = {.rss_bytes = 6307840, .peak_bytes = 6373376}},
    .verify = false,
    .counter_count = 4,
    .counters = {{.name = "instructions", .state = LAB_COUNTER_MEASURED, .value = 612345678, .coverage = 1},
                 {.name = "branch_misses", .state = LAB_COUNTER_SCALED, .value = 5123456.5, .coverage = 0.875},
                 {.name = "page_faults",
                  .state = LAB_COUNTER_MEASURED,
                  .value = 2100,
                  .coverage = 1,
                  .reason = "from getrusage"},
                 {.name = "llc_misses",
                  .state = LAB_COUNTER_UNAVAILABLE,
                  .reason = "this kernel and processor do not count it (no PMU, as in most virtual machines)"}},
    .allocator = {.linkage = "static",
                  .object = "/opt/hakmem/build/bin/bench_random_mixed_phase1",
                  .identity = "hakmem 0.1.0 phase1 direct_cache"},
    .cpus = {.cpu = {0, 1}, .count = 2},
    .clock = {.tsc = true, .hz = 2400000000},
    .pid = 4242,
    .thp_disabled = true,
};

static void test_golden_sample(void **state)
{
    (void)state;
    lab_sample_write(&golden, &json);
    assert_false(json.full);
    if (getenv("LAB_UPDATE_GOLDEN") != NULL)
        assert_int_equal(lab_json_save(&json, GOLDEN, &error), 0);
    if (lab_read_text(GOLDEN, text, sizeof text, &error) != 0)
        fail_msg("%s", error.text);
    size_t length = strlen(text);
    assert_true(length > 0 && text[length - 1] == '\n');
    text[length - 1] = '\0';
    assert_string_equal(buffer, text);
}

static void test_empty_region_has_rate_zero(void **state)
{
    (void)state;
    struct lab_sample sample = {.region = {.ops = 5}};
    assert_true(lab_sample_ops_per_sec(&sample) == 0);
}

/* A folder of its own for each test that saves. */
static char folder[PATH_MAX], path[PATH_MAX + 16];

static int with_folder(void **state)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/measure_record.XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/record", folder);
    return fresh(state);
}

/* Fails when anything but `path` is left in the folder. */
static int without_folder(void **state)
{
    (void)state;
    unlink(path);
    rmdir(path);
    return rmdir(folder);
}

static void test_save_replaces_the_file(void **state)
{
    (void)state;
    for (uint64_t value = 1; value <= 2; value++) {
        fresh(state);
        lab_json_u64(&json, NULL, value);
        assert_int_equal(lab_json_save(&json, path, &error), 0);
    }
    assert_int_equal(lab_read_text(path, text, sizeof text, &error), 0);
    assert_string_equal(text, "2\n");
}

static void test_failed_save_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path, 0700), 0); /* a folder cannot be replaced by a file */
    lab_json_u64(&json, NULL, 1);
    assert_int_equal(lab_json_save(&json, path, &error), -EISDIR);
    assert_non_null(strstr(error.text, path));
}

static void test_save_into_a_missing_folder(void **state)
{
    (void)state;
    lab_json_u64(&json, NULL, 1);
    assert_int_equal(lab_json_save(&json, "/nowhere/at/all", &error), -ENOENT);
    assert_non_null(strstr(error.text, "/nowhere/at/all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_commas_and_nesting, fresh),
        cmocka_unit_test_setup(test_strings_are_escaped, fresh),
        cmocka_unit_test_setup(test_what_is_no_utf8_is_replaced, fresh),
        cmocka_unit_test_setup(test_numbers, fresh),
        cmocka_unit_test_setup(test_full_buffer_is_remembered_and_not_saved, fresh),
        cmocka_unit_test_setup(test_golden_sample, fresh),
        cmocka_unit_test_setup(test_empty_region_has_rate_zero, fresh),
        cmocka_unit_test_setup_teardown(test_save_replaces_the_file, with_folder, without_folder),
        cmocka_unit_test_setup_teardown(test_failed_save_leaves_nothing_behind, with_folder, without_folder),
        cmocka_unit_test_setup_teardown(test_save_into_a_missing_folder, with_folder, without_folder),
    };
    return cmocka_run_group_tests_name("measure_record", tests, NULL, NULL);
}
