/*
 * What an earlier self-test on this machine found out, for the runs that come after it.
 */
#define _GNU_SOURCE
#include "perf/driver/selftest_recall.h"

#include "perf/driver/fingerprint.h"
#include "perf/driver/selftest_figures.h"
#include "perf/driver/text.h"

#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static bool is_quick(const json_t *selftest)
{
    return json_is_true(json_object_get(json_object_get(selftest, "settings"), "quick"));
}

static bool is_usable(const json_t *selftest, const json_t *machine)
{
    return !strcmp(text_of(selftest, "schema"), "hakmem-lab/selftest/1") &&
           !strcmp(text_of(selftest, "state"), "complete") &&
           fingerprint_same(json_object_get(selftest, "machine"), machine);
}

/* Whether `selftest` tells more than `other` about a run of this length. */
static bool is_better(const json_t *selftest, const json_t *other, bool quick)
{
    if (!other)
        return true;
    if (is_quick(selftest) != is_quick(other))
        return is_quick(selftest) == quick;
    return strcmp(text_of(selftest, "finished_at"), text_of(other, "finished_at")) > 0;
}

static json_t *extract(const json_t *selftest)
{
    static const char *const fields[] = {"finished_at",
                                         "passed",
                                         "aa_trials",
                                         "false_claim_rate",
                                         "false_claim_interval",
                                         "detected",
                                         "detected_intervals",
                                         "detected_trials",
                                         "smallest_detectable_effect",
                                         "detectable_effect_estimate",
                                         "effect_unit"};
    json_t *json = json_object();
    json_object_set_new(json, "quick", json_boolean(is_quick(selftest)));
    json_object_set(json, "workloads", json_object_get(json_object_get(selftest, "settings"), "workloads"));
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        json_object_set(json, fields[i], json_object_get(selftest, fields[i]));
    return json;
}

json_t *selftest_recall(const char *parent, const json_t *machine, bool quick)
{
    glob_t found;
    json_t *best = NULL;
    char *pattern = text_format("%s/*/selftest.json", parent);
    if (!glob(pattern, 0, NULL, &found)) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            json_t *selftest = json_load_file(found.gl_pathv[i], 0, NULL);
            if (is_usable(selftest, machine) && is_better(selftest, best, quick)) {
                json_decref(best);
                best = json_incref(selftest);
            }
            json_decref(selftest);
        }
        globfree(&found);
    }
    free(pattern);
    json_t *recalled = best ? extract(best) : NULL;
    json_decref(best);
    return recalled;
}

void selftest_attach(json_t *run, const struct paths *paths)
{
    char *parent = text_format("%s/results", paths->root);
    bool quick = json_is_true(json_object_get(run, "quick"));
    json_t *found = selftest_recall(parent, json_object_get(run, "machine"), quick);
    json_object_set_new(run, "selftest", found ? found : json_null());
    free(parent);
}

/* Too few of any slowdown to say that it cannot be seen. */
static bool has_few_trials(const json_t *selftest)
{
    const char *effect;
    json_t *count;
    bool few = false;
    json_object_foreach (json_object_get(selftest, "detected_trials"), effect, count)
        few = few || json_integer_value(count) < SELFTEST_TRIALS_SEEN;
    return few;
}

char *selftest_line(const json_t *selftest)
{
    const char *lead = "smallest effect this machine can see";
    json_t *smallest = json_object_get(selftest, "smallest_detectable_effect");
    const char *kind = json_is_true(json_object_get(selftest, "quick")) ? "quick self-test" : "self-test";
    if (!json_is_object(selftest))
        return text_format("%s: unknown until './harness selftest' has run", lead);
    if (!json_is_true(json_object_get(selftest, "passed")))
        return text_format("%s: unknown, its last %s did not pass", lead, kind);
    if (!json_is_number(smallest) && has_few_trials(selftest))
        return text_format("%s: unknown, the %s %s", lead, kind,
                           strcmp(text_of(selftest, "state"), "partial") ? "had too few trials" : "was cut short");
    if (!json_is_number(smallest))
        return text_format("%s: none of those tried, up to 5 %% (%s)", lead, kind);
    return text_format("%s: %g %% (%s)", lead, json_number_value(smallest), kind);
}
