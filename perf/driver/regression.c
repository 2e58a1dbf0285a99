/*
 * Is hakmem worse than it was?
 *
 * Speeds of two runs do not compare, since anything may have changed between them; ratios within a run do.  So what is
 * held against each other is each comparison's ratio to the same other allocator, then and now.  It has regressed when
 *
 *      the two intervals are apart, the one of now lying below,      and
 *      the medians are farther apart than the larger noise floor of the two runs.
 *
 * Each interval already holds its value with 95 % (all comparisons of a workload together), so two that are apart by
 * chance are far rarer than 1 in 20; a gate that cries wolf is switched off.
 */
#define _GNU_SOURCE
#include "perf/driver/regression.h"

#include "perf/driver/finding.h"
#include "perf/driver/run_file.h"
#include "perf/driver/text.h"
#include "perf/driver/verdict.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One comparison in both runs. */
struct match {
    const json_t *then_run, *now_run;
    const json_t *then, *now; /* then: NULL when it was not compared then */
};

static bool is_ours(const json_t *run, const char *label)
{
    const char *kind = run_text(run_allocator(run, label), "kind");
    return !strcmp(kind, "phase") || !strcmp(kind, "path");
}

static bool same_comparison(const struct match *match, const json_t *other)
{
    static const char *const sides[] = {"candidate", "baseline"};
    bool same = !strcmp(run_text(match->now, "workload"), run_text(other, "workload")) &&
                !strcmp(run_text(match->now, "metric"), run_text(other, "metric"));
    for (int i = 0; i < 2 && same; i++)
        same = !strcmp(run_allocator_name(match->now_run, run_text(match->now, sides[i])),
                       run_allocator_name(match->then_run, run_text(other, sides[i])));
    return same;
}

static const json_t *find_then(const struct match *match)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(match->then_run, "comparisons"), i, item) {
        if (same_comparison(match, item))
            return item;
    }
    return NULL;
}

/*
 * Whether anything about the work differs but its order and its length.  The length is calibrated, and speed is per
 * operation; memory is not: with another number of operations it is another peak.
 */
static const char *differing_param(const struct match *match)
{
    const char *name, *workload = run_text(match->now, "workload");
    json_t *value;
    const json_t *params = json_object_get(run_workload(match->then_run, workload), "params");
    json_object_foreach (json_object_get(run_workload(match->now_run, workload), "params"), name, value) {
        const json_t *old = json_object_get(params, name);
        bool length = !strcmp(name, "ops") && !strcmp(run_text(match->now, "metric"), "ops_per_sec");
        if (!length && strcmp(name, "seed") && (!old || !json_equal(old, value)))
            return name;
    }
    return NULL;
}

/* The allocator that it is held against must be the same file, or the change may be that one's. */
static bool same_reference(const struct match *match)
{
    const json_t *then = run_allocator(match->then_run, run_text(match->then, "baseline"));
    const json_t *now = run_allocator(match->now_run, run_text(match->now, "baseline"));
    const char *was = run_text(then, "sha256"), *is = run_text(now, "sha256");
    return !strcmp(run_text(now, "kind"), "phase") || !*was || !*is || !strcmp(was, is);
}

static double floor_of(const json_t *run, const json_t *comparison)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(run, "noise_floor"), i, item) {
        if (!strcmp(run_text(item, "workload"), run_text(comparison, "workload")) &&
            !strcmp(run_text(item, "metric"), run_text(comparison, "metric")))
            return finding_number(item, "floor");
    }
    return NAN;
}

static bool has_interval(const json_t *comparison)
{
    return json_is_number(json_object_get(comparison, "ci_low")) &&
           json_is_number(json_object_get(comparison, "ci_high"));
}

/* Why nothing can be said of it, as a text to free; NULL when something can. */
static char *obstacle(const struct match *match)
{
    const char *param;
    if (!match->then)
        return text_copy("not in the baseline");
    if ((param = differing_param(match)) && !strcmp(param, "ops"))
        return text_copy("other number of operations, which memory depends on");
    if (param)
        return text_format("other work: parameter %s differs", param);
    if (!same_reference(match))
        return text_format("%s is another file than it was", run_text(match->now, "baseline"));
    if (!has_interval(match->then))
        return text_format("the baseline has no interval: %s", run_text(match->then, "words"));
    if (has_interval(match->now) && !verdict_floor_usable(floor_of(match->then_run, match->then)))
        return text_copy("the baseline's noise floor is unknown or above 100 %");
    if (has_interval(match->now) && !verdict_floor_usable(floor_of(match->now_run, match->now)))
        return text_copy("the noise floor of now is unknown or above 100 %");
    return NULL;
}

static bool failed(const json_t *comparison)
{
    return strstr(run_text(comparison, "words"), " failed") != NULL;
}

static void judge(const struct match *match, json_t *row)
{
    double then = run_number(match->then, "ratio"), now = run_number(match->now, "ratio");
    double change = now / then;
    double threshold = fmax(floor_of(match->then_run, match->then), floor_of(match->now_run, match->now));
    bool below = run_number(match->now, "ci_high") < run_number(match->then, "ci_low");
    bool above = run_number(match->now, "ci_low") > run_number(match->then, "ci_high");
    const char *verdict = "held";
    if (below && change < 1 / (1 + threshold))
        verdict = "regressed";
    else if (above && change > 1 + threshold)
        verdict = "improved";
    json_object_set_new(row, "change", json_real(change));
    json_object_set_new(row, "threshold", json_real(threshold));
    json_object_set_new(row, "verdict", json_string(verdict));
    json_object_set_new(row, "words",
                        json_sprintf("%.3f then, %.3f now: %+.1f %%, noise floor %.1f %%", then, now,
                                     100 * (change - 1), 100 * threshold));
}

static json_t *row_of(const struct match *match)
{
    static const char *const names[] = {"workload", "metric", "candidate", "baseline"};
    json_t *row = json_object();
    for (int i = 0; i < 4; i++)
        json_object_set(row, names[i], json_object_get(match->now, names[i]));
    json_t *then = json_object_get(match->then, "ratio");
    json_object_set(row, "then", then ? then : json_null());
    json_object_set(row, "now", json_object_get(match->now, "ratio"));
    json_object_set_new(row, "change", json_null());
    json_object_set_new(row, "threshold", json_null());
    char *reason = obstacle(match);
    if (!reason && has_interval(match->now)) {
        judge(match, row);
    } else {
        bool fails = !reason && failed(match->now);
        json_object_set_new(row, "verdict", json_string(fails ? "failed" : "unjudged"));
        json_object_set_new(row, "words", json_string(reason ? reason : run_text(match->now, "words")));
    }
    free(reason);
    return row;
}

json_t *regression_rows(const json_t *then, const json_t *now)
{
    size_t i;
    json_t *item, *rows = json_array();
    json_array_foreach (json_object_get(now, "comparisons"), i, item) {
        struct match match = {.then_run = then, .now_run = now, .now = item};
        if (!is_ours(now, run_text(item, "candidate")))
            continue;
        match.then = find_then(&match);
        json_array_append_new(rows, row_of(&match));
    }
    return rows;
}

size_t regression_absent(const json_t *then, const json_t *now, size_t *all)
{
    size_t i, absent = 0;
    json_t *item;
    *all = 0;
    json_array_foreach (json_object_get(then, "comparisons"), i, item) {
        struct match backward = {.then_run = now, .now_run = then, .now = item};
        if (!is_ours(then, run_text(item, "candidate")))
            continue;
        ++*all;
        absent += !find_then(&backward);
    }
    return absent;
}

size_t regression_count(const json_t *rows, const char *verdict)
{
    size_t i, count = 0;
    json_t *row;
    json_array_foreach (rows, i, row)
        count += !strcmp(run_text(row, "verdict"), verdict);
    return count;
}

json_t *regression_machines(const json_t *then, const json_t *now, bool hard)
{
    static const char *const decisive[] = {"cpu_model", "cores", "threads", "caches", "smt", "virtualisation", NULL};
    static const char *const lesser[] = {"microcode", "memory_bytes", "kernel", "governor", "turbo",
                                         "thp",       "libc",         "aslr",   NULL};
    json_t *differing = json_array();
    const json_t *one = json_object_get(then, "machine"), *other = json_object_get(now, "machine");
    const char *const *names = hard ? decisive : lesser;
    for (size_t i = 0; names[i]; i++) {
        const json_t *left = json_object_get(one, names[i]), *right = json_object_get(other, names[i]);
        if (left != right && (!left || !right || !json_equal(left, right)))
            json_array_append_new(differing, json_string(names[i]));
    }
    return differing;
}
