/*
 * `harness gate BASELINE [RESULT]`: exit status 1 when hakmem has lost ground since the baseline, for continuous
 * integration and for a last look before a commit.
 */
#define _GNU_SOURCE
#include "perf/driver/commands.h"

#include "perf/driver/metric.h"
#include "perf/driver/regression.h"
#include "perf/driver/run_file.h"
#include "perf/driver/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAIR_COLUMNS = 22, WORKLOAD_COLUMNS = 18 };

/* Whether it can be held against the baseline: a whole run of the same kind that shares a comparison with it. */
static bool is_candidate(const struct run_file *baseline, const struct run_file *run)
{
    size_t all;
    if (strcmp(run_text(run->json, "state"), "complete") || !strcmp(run->path, baseline->path) ||
        strstr(run->path, "/baselines/") || strcmp(run_kind(run->json), run_kind(baseline->json)))
        return false;
    return regression_absent(baseline->json, run->json, &all) < all;
}

/* The newest such run. */
static int load_newest(const struct paths *paths, const struct run_file *baseline, struct run_file *run,
                       struct lab_error *error)
{
    size_t count, unreadable;
    struct run_file *runs = run_files_list(paths, &count, &unreadable);
    int status = STATUS_USAGE;
    for (size_t i = count; i-- && status;) {
        if (is_candidate(baseline, &runs[i]))
            status = run_file_load(paths, runs[i].path, run, error);
    }
    const char *kind = run_kind(baseline->json);
    run_files_free(runs, count);
    return status ? lab_error_set(error, STATUS_USAGE,
                                  "%s/results holds no complete run to judge: none that './harness %s' made, as it "
                                  "made %s, with a comparison of that one; measure one, or name it",
                                  paths->root, *kind ? kind : "compare", baseline->name)
                  : STATUS_DONE;
}

/* The texts of a list, joined by commas; to be freed. */
static char *joined(const json_t *list)
{
    size_t i;
    json_t *item;
    char *text = text_copy("");
    json_array_foreach (list, i, item) {
        char *longer = text_format("%s%s%s", text, i ? ", " : "", json_string_value(item));
        free(text);
        text = longer;
    }
    return text;
}

static int check_machines(const struct run_file *then, const struct run_file *now, const struct options *options,
                          struct lab_error *error)
{
    json_t *differing = regression_machines(then->json, now->json, true);
    char *names = joined(differing);
    int status = STATUS_DONE;
    if (*names && !options->across_machines)
        status = lab_error_set(error, STATUS_USAGE,
                               "%s and %s are of different machines (%s): how two allocators compare depends on the "
                               "machine; --across-machines compares them all the same",
                               then->name, now->name, names);
    free(names);
    json_decref(differing);
    return status;
}

static int check_runs(const struct run_file *then, const struct run_file *now, const struct options *options,
                      struct lab_error *error)
{
    const struct run_file *runs[] = {then, now};
    for (int i = 0; i < 2; i++)
        if (strcmp(run_text(runs[i]->json, "state"), "complete"))
            return lab_error_set(error, STATUS_USAGE, "%s is a %s run; a gate needs whole ones", runs[i]->path,
                                 run_text(runs[i]->json, "state"));
    return check_machines(then, now, options, error);
}

static void print_row(const json_t *row)
{
    char pair[64];
    const char *metric = run_text(row, "metric");
    double change = run_number(row, "change");
    const char *name = !strcmp(metric, metric_table[METRIC_OPS_PER_SEC].name)      ? "speed"
                       : !strcmp(metric, metric_table[METRIC_PEAK_RSS_BYTES].name) ? "memory"
                                                                                   : metric;
    snprintf(pair, sizeof pair, "%s/%s", run_text(row, "candidate"), run_text(row, "baseline"));
    printf("  %-*.*s %-*.*s %-6.6s ", WORKLOAD_COLUMNS, WORKLOAD_COLUMNS, run_text(row, "workload"), PAIR_COLUMNS,
           PAIR_COLUMNS, pair, name);
    if (change > 0)
        printf("%+6.1f %% %6.1f %%  %s\n", 100 * (change - 1), 100 * run_number(row, "threshold"),
               run_text(row, "verdict"));
    else
        printf("%17s  %s\n    %.74s\n", "", run_text(row, "verdict"), run_text(row, "words"));
}

static void print_rows(const json_t *rows)
{
    static const char *const order[] = {"failed", "regressed", "improved", "held", "unjudged"};
    size_t i;
    json_t *row;
    printf("  %-*s %-*s %-6s   change    floor\n", WORKLOAD_COLUMNS, "workload", PAIR_COLUMNS, "candidate/baseline",
           "metric");
    for (size_t verdict = 0; verdict < sizeof order / sizeof order[0]; verdict++) {
        json_array_foreach (rows, i, row) {
            if (!strcmp(run_text(row, "verdict"), order[verdict]))
                print_row(row);
        }
    }
}

/* What the two runs do not share, so that a gate that judged little does not look like one that judged all. */
static void print_gaps(const struct run_file *then, const struct run_file *now)
{
    size_t all, absent = regression_absent(then->json, now->json, &all);
    const char *was = run_newest_phase(then->json), *is = run_newest_phase(now->json);
    if (absent)
        printf("remark: %zu of %zu comparisons of the baseline are absent here\n", absent, all);
    if (*was && *is && strcmp(was, is))
        printf("remark: hakmem was %s then, and is %s now\n", was, is);
}

static void print(const struct run_file *then, const struct run_file *now, const json_t *rows)
{
    json_t *lesser = regression_machines(then->json, now->json, false);
    char *names = joined(lesser);
    printf("now       %s\nbaseline  %s\n\n", now->name, then->name);
    print_rows(rows);
    printf("\nchange: of the ratio to the same other allocator; below 0: lost ground\n");
    print_gaps(then, now);
    if (*names)
        printf("remark: the machine is the same, but these differ: %s\n", names);
    if (json_is_true(json_object_get(now->json, "quick")))
        printf("remark: %s is a quick run; its noise floor hides small regressions\n", now->name);
    free(names);
    json_decref(lesser);
}

static void print_json(const struct run_file *then, const struct run_file *now, json_t *rows)
{
    size_t all, absent = regression_absent(then->json, now->json, &all);
    json_t *json =
        json_pack("{s:s, s:s, s:i, s:i, s:i, s:O}", "baseline", then->path, "result", now->path, "regressions",
                  (int)(regression_count(rows, "regressed") + regression_count(rows, "failed")), "baseline_comparisons",
                  (int)all, "absent", (int)absent, "rows", rows);
    json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(json);
}

static int conclude(const struct run_file *then, const json_t *rows, struct lab_error *error)
{
    size_t regressed = regression_count(rows, "regressed"), failed = regression_count(rows, "failed");
    size_t judged = json_array_size(rows) - regression_count(rows, "unjudged");
    if (!judged)
        return lab_error_set(error, STATUS_USAGE,
                             "nothing could be judged: the runs share no comparison with an interval in both");
    if (regressed + failed)
        return lab_error_set(error, STATUS_FAILED, "%zu of %zu comparisons regressed since %s, %zu fail now", regressed,
                             judged, then->name, failed);
    return STATUS_DONE;
}

static int gate(const struct run_file *then, const struct run_file *now, const struct options *options,
                struct lab_error *error)
{
    int status = check_runs(then, now, options, error);
    if (status)
        return status;
    json_t *rows = regression_rows(then->json, now->json);
    if (options->json)
        print_json(then, now, rows);
    else
        print(then, now, rows);
    status = conclude(then, rows, error);
    if (!status && !options->json)
        printf("no regression: %zu comparisons judged\n", json_array_size(rows) - regression_count(rows, "unjudged"));
    json_decref(rows);
    return status;
}

int command_gate(const struct paths *paths, const struct options *options, struct invocation typed,
                 struct lab_error *error)
{
    struct run_file then, now = {.name = NULL};
    (void)typed;
    if (options->word_count > 2)
        return lab_error_set(error, STATUS_USAGE, "gate takes a baseline and a result; '%s' is one too many",
                             options->words[2]);
    if (options->word_count < 1)
        return lab_error_set(error, STATUS_USAGE,
                             "gate needs a baseline, and takes a result (the newest run), such as './harness gate "
                             "results/baselines/NAME results/FOLDER'");
    int status = run_file_load(paths, options->words[0], &then, error);
    if (!status && options->word_count > 1)
        status = run_file_load(paths, options->words[1], &now, error);
    else if (!status)
        status = load_newest(paths, &then, &now, error);
    if (!status)
        status = gate(&then, &now, options, error);
    run_file_free(&then);
    run_file_free(&now);
    return status;
}
