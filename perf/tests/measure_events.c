/*
 * Events as text, groups of events, and their encoding: the shipped groups parse, foreign processors' events encode
 * (libpfm4's LIBPFM_ENCODE_INACTIVE), and of several encodings the one that opens is taken.
 */
#define _GNU_SOURCE
#include "perf/tests/measure_test.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "perf/measure/events.h"
#include "perf/tests/measure_fake_events.h"

#define GROUPS     "perf/groups" /* tests run from the project's root */
#define GROUPS_MAX 32

/* libpfm4 knows the processors of the architecture that it is built for; the codes are from the vendors' manuals. */
#if defined(__aarch64__)
#define FOREIGN_EVENT "arm_n1::BR_MIS_PRED_RETIRED"
#define FOREIGN_CODE  0x22
#else
#define FOREIGN_EVENT "amd64_fam19h_zen4::RETIRED_BRANCH_INSTRUCTIONS_MISPREDICTED"
#define FOREIGN_CODE  0xc3
#endif

static struct lab_error error;
static struct lab_event_group group;

static void test_lines_survive_writing_and_reading(void **state)
{
    (void)state;
    static const struct lab_event events[] = {
        {.name = "plain", .encoded = true, .type = 4, .config = UINT64_C(0xffffffffffffffff), .exclude_kernel = true},
        {.name = "extended", .encoded = true, .type = 4, .config = 1, .config1 = 2, .config2 = 3},
        {.name = "refused", .reason = "no such event"},
    };
    struct lab_event found[3];
    char text[512] = "# comment\n\n", line[256];
    for (size_t i = 0; i < TEST_COUNT(events); i++) {
        assert_true(lab_event_format(&events[i], line, sizeof line) > 0);
        strcat(text, line);
    }
    assert_int_equal(lab_events_parse(text, found, 3, &error), 3);
    assert_memory_equal(found, events, sizeof events);
}

static void test_bad_lines_are_refused_by_number(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "name",         "name 0",       "name 0 0x1",          "name 0 0x1 2",
        "name x 0x1 0", "name 0 1 0 5", "name 0 1 0 junk",     "name - ",
        "name -1 0 0",  " 0 1 0",       "name 4294967296 0 0", "name 0 0x1ffffffffffffffff 0"};
    struct lab_event event;
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        char text[64];
        snprintf(text, sizeof text, "good 0 1 0\n%s\n", bad[i]);
        struct lab_event events[2];
        if (lab_events_parse(text, events, 2, &error) != -EINVAL || strstr(error.text, "line 2") == NULL)
            fail_msg("'%s' was taken for an event", bad[i]);
    }
    assert_int_equal(lab_events_parse("a 0 1 0\nb 0 1 0\n", &event, 1, &error), -EINVAL);
}

static void test_shipped_groups_parse_and_explain_themselves(void **state)
{
    (void)state;
    char names[GROUPS_MAX][LAB_GROUP_NAME];
    int count = lab_event_group_names(GROUPS, names, GROUPS_MAX, &error);
    assert_true(count >= 4);
    for (int i = 0; i < count; i++) {
        if (lab_event_group_load(GROUPS, names[i], &group, &error) != 0)
            fail_msg("%s", error.text);
        assert_true(group.metric_count > 0);
        assert_true(group.meaning[0] != '\0');
        assert_true(i == 0 || strcmp(names[i - 1], names[i]) < 0);
    }
}

static void test_missing_group(void **state)
{
    (void)state;
    assert_int_equal(lab_event_group_load(GROUPS, "nonesuch", &group, &error), -ENOENT);
    assert_non_null(strstr(error.text, "nonesuch"));
    assert_int_equal(lab_event_group_load(GROUPS, "../groups/basic", &group, &error), -ENOENT);
}

static void test_bad_groups_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "summary x\n",
        "event a perf::CYCLES\n",
        "summary x\nevent a\n",
        "summary x\nevent a perf::CYCLES |\n",
        "summary x\nevnt a perf::CYCLES\n",
        "summary x\nevent a perf::CYCLES\nmetric m = a / b : unknown count\n",
        "summary x\nevent a perf::CYCLES\nmetric m = a / ops\n",
        "summary x\nevent a perf::CYCLES\nmetric m = a : no ratio\n",
        "summary x\nevent a perf::CYCLES\nmetric m = a / ops * many : no number\n",
        "summary x\nevent a A\nevent b B\nevent c C\nevent d D\nevent e E\n",
    };
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        if (lab_event_group_parse("bad", bad[i], &group, &error) != -EINVAL)
            fail_msg("this was taken for a group:\n%s", bad[i]);
}

static void test_metrics_are_null_without_their_counts(void **state)
{
    (void)state;
    assert_int_equal(
        lab_event_group_parse("g",
                              "summary x\nevent a perf::CYCLES\nevent b perf::BRANCHES\n"
                              "metric share = a / b * 1000 : thousandths\nmetric each = a / ops : a each\n",
                              &group, &error),
        0);
    struct lab_counter counters[] = {{.name = "a", .state = LAB_COUNTER_MEASURED, .value = 6},
                                     {.name = "b", .state = LAB_COUNTER_SCALED, .value = 3}};
    double value;
    assert_true(lab_group_metric_value(&group.metrics[0], counters, 2, 12, &value));
    assert_true(value == 2000);
    assert_true(lab_group_metric_value(&group.metrics[1], counters, 2, 12, &value));
    assert_true(value == 0.5);
    assert_false(lab_group_metric_value(&group.metrics[1], counters, 2, 0, &value));
    counters[1].state = LAB_COUNTER_UNAVAILABLE;
    assert_false(lab_group_metric_value(&group.metrics[0], counters, 2, 12, &value));
}

/* Encodes one event with the given encodings; it must parse. */
static struct lab_event encode(const char *encodings, int paranoid, const struct lab_event_source *source)
{
    char text[512];
    struct lab_event events[LAB_GROUP_EVENTS];
    snprintf(text, sizeof text, "summary x\nevent e %s\n", encodings);
    assert_int_equal(lab_event_group_parse("g", text, &group, &error), 0);
    assert_int_equal(lab_events_encode(&group, paranoid, source, events, &error), 1);
    return events[0];
}

static void test_first_encoding_that_opens_is_taken(void **state)
{
    (void)state;
    struct fake_source script = {0};
    struct lab_event_source source = fake_source(&script);
    struct lab_event event = encode("perf::INSTRUCTIONS | perf::BRANCHES", 0, &source);
    assert_int_equal(event.config, PERF_COUNT_HW_INSTRUCTIONS);
    script.events[PERF_COUNT_HW_INSTRUCTIONS].open_error = -ENOENT;
    event = encode("perf::INSTRUCTIONS | perf::BRANCHES", 0, &source);
    assert_int_equal(event.config, PERF_COUNT_HW_BRANCH_INSTRUCTIONS);
    script.events[PERF_COUNT_HW_BRANCH_INSTRUCTIONS].open_error = -ENOENT;
    event = encode("perf::INSTRUCTIONS | perf::BRANCHES", 0, &source);
    assert_true(event.encoded);
    assert_int_equal(event.config, PERF_COUNT_HW_INSTRUCTIONS);
    event = encode("nosuch::EVENT | perf::BRANCHES", 0, &source);
    assert_int_equal(event.config, PERF_COUNT_HW_BRANCH_INSTRUCTIONS);
}

static void test_unknown_event_carries_its_reason(void **state)
{
    (void)state;
    struct fake_source script = {0};
    struct lab_event_source source = fake_source(&script);
    struct lab_event event = encode("nosuch::EVENT", 0, &source);
    assert_false(event.encoded);
    assert_non_null(strstr(event.reason, "libpfm4"));
}

static void test_foreign_processors_encode(void **state)
{
    (void)state;
    struct lab_event event = encode(FOREIGN_EVENT, 0, &lab_kernel_events);
    assert_true(event.encoded);
    assert_int_equal(event.type, PERF_TYPE_RAW);
    assert_int_equal(event.config & 0xff, FOREIGN_CODE);
}

static void test_kernel_mode_follows_the_paranoid_level(void **state)
{
    (void)state;
    struct fake_source script = {0};
    struct lab_event_source source = fake_source(&script);
    assert_false(encode("perf::INSTRUCTIONS", 1, &source).exclude_kernel);
    assert_true(encode("perf::INSTRUCTIONS", 2, &source).exclude_kernel);
    assert_false(encode("perf::PAGE-FAULTS", 2, &source).exclude_kernel);
}

/* Refuses whatever would count the kernel, as it does for a process without the privilege. */
static int unprivileged_open(void *context, const struct lab_event *event, int group_fd)
{
    (void)group_fd;
    (void)context;
    return event->exclude_kernel ? 100 : -EACCES;
}

static void unprivileged_close(void *context, int fd)
{
    (void)context;
    (void)fd;
}

static void test_software_events_without_privilege(void **state)
{
    (void)state;
    struct lab_event_source source = {.open = unprivileged_open, .close = unprivileged_close};
    assert_true(encode("perf::PAGE-FAULTS", 2, &source).exclude_kernel);
}

int main(void)
{
    setenv("LIBPFM_ENCODE_INACTIVE", "1", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_survive_writing_and_reading),
        cmocka_unit_test(test_bad_lines_are_refused_by_number),
        cmocka_unit_test(test_shipped_groups_parse_and_explain_themselves),
        cmocka_unit_test(test_missing_group),
        cmocka_unit_test(test_bad_groups_are_refused),
        cmocka_unit_test(test_metrics_are_null_without_their_counts),
        cmocka_unit_test(test_first_encoding_that_opens_is_taken),
        cmocka_unit_test(test_unknown_event_carries_its_reason),
        cmocka_unit_test(test_foreign_processors_encode),
        cmocka_unit_test(test_kernel_mode_follows_the_paranoid_level),
        cmocka_unit_test(test_software_events_without_privilege),
    };
    return cmocka_run_group_tests_name("measure_events", tests, NULL, NULL);
}
