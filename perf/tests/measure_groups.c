/*
 * The shipped groups on the processors they are for: with LIBPFM_ENCODE_INACTIVE libpfm4 encodes the events of
 * processors other than this one, so every fallback of every group is tried for every processor named here.  libpfm4
 * knows x86 processors on x86 and ARM's on ARM, so half of this runs where the tests are built for aarch64.
 */
#define _GNU_SOURCE
#include "perf/tests/measure_test.h"

#include <perfmon/pfmlib_perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "perf/measure/event_group.h"

#define GROUPS     "perf/groups" /* tests run from the project's root */
#define GROUPS_MAX 32
#define NAME_BYTES (LAB_GROUP_LINE + 64)

/* Events that this processor cannot count at all: "group:event", in the group's order. */
struct processor {
    const char *name; /* libpfm4's */
    const char *cannot;
};

/* Skylake, Ice Lake, Sapphire Rapids, Zen 2, 3 and 4; Neoverse N1, N2 and V1. */
#if defined(__aarch64__)
static const struct processor processors[] = {
    {"arm_n1", "stalls:memory_cycles topdown:retired_slots topdown:issued_slots topdown:frontend_slots"},
    {"arm_n2", ""},
    {"arm_v1", ""},
};
#else
static const struct processor processors[] = {
    {"skl", ""},
    {"icx", ""},
    {"spr", ""},
    {"amd64_fam17h_zen2", "cache:l1d_misses stalls:frontend_cycles stalls:backend_cycles stalls:memory_cycles "
                          "topdown:issued_slots topdown:frontend_slots"},
    {"amd64_fam19h_zen3", "stalls:frontend_cycles stalls:backend_cycles stalls:memory_cycles topdown:frontend_slots"},
    {"amd64_fam19h_zen4", "stalls:frontend_cycles stalls:backend_cycles stalls:memory_cycles"},
};
#endif

static struct lab_error error;
static struct lab_event_group group;
static char names[GROUPS_MAX][LAB_GROUP_NAME];
static int name_count;

static bool encodes(const char *name)
{
    struct perf_event_attr attr = {.size = sizeof attr};
    pfm_perf_encode_arg_t argument = {.attr = &attr, .size = sizeof argument};
    return pfm_get_os_event_encoding(name, PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &argument) == PFM_SUCCESS;
}

static bool encodes_on(const char *processor, const char *encoding)
{
    char name[NAME_BYTES];
    if (strstr(encoding, "::") != NULL) /* the generic names say nothing of a processor */
        return false;
    snprintf(name, sizeof name, "%s::%s", processor, encoding);
    return encodes(name);
}

static bool event_encodes_on(const char *processor, const struct lab_group_event *event)
{
    for (size_t i = 0; i < event->encoding_count; i++)
        if (encodes_on(processor, event->encodings[i]))
            return true;
    return false;
}

static bool is_excused(const struct processor *processor, const struct lab_group_event *event)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%s:%s", group.name, event->name);
    const char *found = strstr(processor->cannot, name);
    return found != NULL && (found[strlen(name)] == '\0' || found[strlen(name)] == ' ');
}

static int setup(void **state)
{
    (void)state;
    name_count = lab_event_group_names(GROUPS, names, GROUPS_MAX, &error);
    return name_count > 0 && pfm_initialize() == PFM_SUCCESS ? 0 : -1;
}

static void load(int index)
{
    if (lab_event_group_load(GROUPS, names[index], &group, &error) != 0)
        fail_msg("%s", error.text);
}

static void test_every_processor_can_count_every_event(void **state)
{
    (void)state;
    for (int i = 0; i < name_count; i++) {
        load(i);
        for (size_t e = 0; e < group.event_count; e++)
            for (size_t p = 0; p < TEST_COUNT(processors); p++) {
                bool found = event_encodes_on(processors[p].name, &group.events[e]);
                if (found == is_excused(&processors[p], &group.events[e]) &&
                    lab_group_event_is_hardware(&group.events[e]))
                    fail_msg("%s, %s of group %s: %s", processors[p].name, group.events[e].name, names[i],
                             found ? "excused, and yet there is an event" : "no event of this processor");
            }
    }
}

/* A misspelt fallback would never be missed otherwise.  ARM's names are all caps and underscores without a colon. */
static bool is_foreign(const char *encoding)
{
    static const char *const arm[] = {
        "INST_RETIRED",        "CPU_CYCLES",          "BR_RETIRED",       "BR_MIS_PRED_RETIRED",
        "BR_MIS_PRED",         "L1D_CACHE",           "L1D_CACHE_RD",     "L1D_CACHE_REFILL",
        "L1D_TLB_REFILL_RD",   "L1D_CACHE_REFILL_RD", "L2D_CACHE_REFILL", "LL_CACHE_MISS_RD",
        "DTLB_WALK",           "STALL_FRONTEND",      "STALL_BACKEND",    "STALL_BACKEND_MEM",
        "STALL_SLOT_FRONTEND", "OP_RETIRED",          "OP_SPEC"};
    bool is_arm = false;
    for (size_t i = 0; i < TEST_COUNT(arm); i++)
        is_arm = is_arm || strcmp(arm[i], encoding) == 0;
#if defined(__aarch64__)
    return !is_arm && strncmp(encoding, "perf::", strlen("perf::")) != 0;
#else
    return is_arm;
#endif
}

/* ix86arch is what the processor says of itself, and needs one that does. */
static bool encodes_somewhere(const char *encoding)
{
    if (strncmp(encoding, "ix86arch::", strlen("ix86arch::")) == 0)
        return true;
    if (strstr(encoding, "::") != NULL)
        return encodes(encoding);
    for (size_t p = 0; p < TEST_COUNT(processors); p++)
        if (encodes_on(processors[p].name, encoding))
            return true;
    return false;
}

static void test_every_encoding_means_something(void **state)
{
    (void)state;
    for (int i = 0; i < name_count; i++) {
        load(i);
        for (size_t e = 0; e < group.event_count; e++)
            for (size_t n = 0; n < group.events[e].encoding_count; n++)
                if (!is_foreign(group.events[e].encodings[n]) && !encodes_somewhere(group.events[e].encodings[n]))
                    fail_msg("group %s: %s is no event of any processor", names[i], group.events[e].encodings[n]);
    }
}

static void test_no_group_has_more_events_than_counters(void **state)
{
    (void)state;
    for (int i = 0; i < name_count; i++) {
        size_t hardware = 0;
        load(i);
        for (size_t e = 0; e < group.event_count; e++)
            hardware += lab_group_event_is_hardware(&group.events[e]);
        assert_true(hardware <= LAB_GROUP_HARDWARE);
    }
}

/* Tables and run.json tell metrics apart by their names, whatever group they are of. */
static void test_metrics_have_names_of_their_own(void **state)
{
    (void)state;
    static char seen[GROUPS_MAX * LAB_GROUP_METRICS][LAB_EVENT_NAME];
    size_t count = 0;
    for (int i = 0; i < name_count; i++) {
        load(i);
        for (size_t m = 0; m < group.metric_count; m++) {
            for (size_t s = 0; s < count; s++)
                assert_string_not_equal(seen[s], group.metrics[m].name);
            memcpy(seen[count++], group.metrics[m].name, LAB_EVENT_NAME);
        }
    }
}

int main(void)
{
    setenv("LIBPFM_ENCODE_INACTIVE", "1", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_processor_can_count_every_event),
        cmocka_unit_test(test_every_encoding_means_something),
        cmocka_unit_test(test_no_group_has_more_events_than_counters),
        cmocka_unit_test(test_metrics_have_names_of_their_own),
    };
    return cmocka_run_group_tests_name("measure_groups", tests, setup, NULL);
}
