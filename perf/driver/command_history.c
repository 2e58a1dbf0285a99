/*
 * `harness history [ALLOCATOR...]`: one metric over all runs in results/, a table for each workload.
 *
 *      random_mixed   M ops/s
 *        2025-11-23 10:15  lab-phase8                phase8     31.62  ==================
 *        2025-11-24 09:02  compare-phase8-mimalloc   phase8     32.10  ==================    B
 *
 * Figures of different runs only compare loosely, and of different machines not at all: runs of another machine than
 * the newest one's carry a letter.
 */
#define _GNU_SOURCE
#include "perf/driver/commands.h"

#include "perf/driver/metric.h"
#include "perf/driver/regression.h"
#include "perf/driver/run_file.h"
#include "perf/driver/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BAR_COLUMNS = 14,
    RUN_COLUMNS = 18,
    LABEL_COLUMNS = 9,
    MOMENT_COLUMNS = 16, /* 2025-11-23T10:15 */
    MACHINES_MAX = 26    /* one letter each */
};

/* The runs, and which machine each is of: 0 is the newest run's. */
struct history {
    struct run_file *runs;
    size_t count;
    int *machines;
};

static void tell_machines_apart(struct history *history)
{
    int known = 0;
    for (size_t i = history->count; i--;) {
        int machine = -1;
        for (size_t j = i + 1; j < history->count && machine < 0; j++) {
            json_t *differing = regression_machines(history->runs[i].json, history->runs[j].json, true);
            machine = json_array_size(differing) ? -1 : history->machines[j];
            json_decref(differing);
        }
        history->machines[i] = machine >= 0 ? machine : known++;
    }
}

/* Whether a text is an element of a comma list, or there is no list. */
static bool listed(const char *list, const char *text)
{
    char *copy = list ? text_copy(list) : NULL, *rest = copy, *piece;
    bool found = !list;
    while (!found && (piece = text_next(&rest, ',')))
        found = !strcmp(piece, text);
    free(copy);
    return found;
}

/* Allocators are asked for by the name that lasts: hakmem is each run's newest phase. */
static bool wanted_allocator(const struct options *options, const json_t *run, const char *label)
{
    const char *name = run_allocator_name(run, label);
    for (size_t i = 0; i < options->word_count; i++)
        if (!strcmp(options->words[i], name) || !strcmp(options->words[i], label))
            return true;
    return !options->word_count && !strcmp(name, "hakmem");
}

/* Appends the run's points: {"started_at", "run", "machine", "workload", "allocator", "value", "ci_low", ...}. */
static void add_points(json_t *points, const struct history *history, size_t index, const char *metric,
                       const struct options *options)
{
    size_t i;
    json_t *item;
    const struct run_file *run = &history->runs[index];
    json_array_foreach (json_object_get(run->json, "summary"), i, item) {
        const char *label = run_text(item, "allocator");
        if (strcmp(run_text(item, "metric"), metric) || !listed(options->workload, run_text(item, "workload")) ||
            !wanted_allocator(options, run->json, label))
            continue;
        json_t *point =
            json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:b, s:b}", "started_at", run_text(run->json, "started_at"),
                      "run", run->name, "machine", history->machines[index], "workload", run_text(item, "workload"),
                      "allocator", label, "metric", metric, "quick", json_is_true(json_object_get(run->json, "quick")),
                      "partial", strcmp(run_text(run->json, "state"), "complete") != 0);
        json_object_set(point, "median", json_object_get(item, "median"));
        json_object_set(point, "ci_low", json_object_get(item, "ci_low"));
        json_object_set(point, "ci_high", json_object_get(item, "ci_high"));
        json_array_append_new(points, point);
    }
}

/* In the unit that is shown, with its name. */
static double scaled(const char *metric, double value, const char **unit)
{
    if (!strcmp(metric, metric_table[METRIC_OPS_PER_SEC].name))
        return *unit = "M ops/s", value / 1e6;
    if (strstr(metric, "_bytes"))
        return *unit = "MiB", value / (1 << 20);
    if (strstr(metric, "_ns"))
        return *unit = "ms", value / 1e6;
    return *unit = metric, value;
}

static double largest(const json_t *points, const char *workload)
{
    size_t i;
    json_t *point;
    double most = 0;
    json_array_foreach (points, i, point) {
        double value = run_number(point, "median");
        if (!strcmp(run_text(point, "workload"), workload) && value > most)
            most = value;
    }
    return most;
}

static void print_point(const json_t *point, const char *metric, double most)
{
    static const char full[BAR_COLUMNS + 1] = "==============";
    const char *unit, *started = run_text(point, "started_at"), *run = run_text(point, "run");
    double value = run_number(point, "median");
    double shown = scaled(metric, value, &unit);
    int bar = most > 0 ? (int)(BAR_COLUMNS * value / most + 0.5) : 0;
    int machine = (int)run_number(point, "machine");
    /* A folder's name begins with its time, which stands there already: "20251123-101500-". */
    size_t stamp = strspn(run, "0123456789-");
    bool dated = stamp >= 16 && run[stamp];
    printf("  %-10.10s %.5s  %-*.*s %-*.*s %9.*f  %-*.*s", started,
           strlen(started) > MOMENT_COLUMNS ? started + 11 : "", RUN_COLUMNS, RUN_COLUMNS, dated ? run + stamp : run,
           LABEL_COLUMNS, LABEL_COLUMNS, run_text(point, "allocator"), shown < 100 ? 2 : 1, shown, BAR_COLUMNS, bar,
           full);
    if (machine)
        printf(" %c", 'A' + (machine < MACHINES_MAX ? machine : MACHINES_MAX - 1));
    printf("%s%s\n", json_is_true(json_object_get(point, "quick")) ? " q" : "",
           json_is_true(json_object_get(point, "partial")) ? " p" : "");
}

static void print_workload(const json_t *points, const char *workload, const char *metric)
{
    size_t i;
    json_t *point;
    const char *unit;
    double most = largest(points, workload);
    scaled(metric, 0, &unit);
    printf("%s   %s\n", workload, unit);
    json_array_foreach (points, i, point) {
        if (!strcmp(run_text(point, "workload"), workload))
            print_point(point, metric, most);
    }
    printf("\n");
}

static void print_all(const json_t *points, const char *metric)
{
    size_t i;
    json_t *point, *done = json_object();
    json_array_foreach (points, i, point) {
        const char *workload = run_text(point, "workload");
        if (json_object_get(done, workload))
            continue;
        json_object_set_new(done, workload, json_true());
        print_workload(points, workload, metric);
    }
    json_decref(done);
    printf("q: quick; p: partial; B, C, ...: another machine than that of the newest run\n"
           "Figures of different runs compare loosely; ./harness gate compares ratios.\n");
}

/* Names of the metrics that any run has, for the message when there is none such. */
static char *metrics_known(const struct history *history)
{
    json_t *names = json_object(), *item;
    char *text = text_copy("");
    const char *name;
    for (size_t run = 0; run < history->count; run++) {
        size_t i;
        json_array_foreach (json_object_get(history->runs[run].json, "summary"), i, item)
            json_object_set_new(names, run_text(item, "metric"), json_true());
    }
    json_object_foreach (names, name, item) {
        char *longer = text_format("%s%s%s", text, *text ? ", " : "", name);
        free(text);
        text = longer;
    }
    json_decref(names);
    return text;
}

/* Whether any run has a summary row whose workload, or allocator, is `name`. */
static bool is_known(const struct history *history, const char *name, bool workload)
{
    size_t i;
    json_t *item;
    for (size_t run = 0; run < history->count; run++)
        json_array_foreach (json_object_get(history->runs[run].json, "summary"), i, item) {
            const char *label = run_text(item, workload ? "workload" : "allocator");
            if (!strcmp(label, name) ||
                (!workload && !strcmp(run_allocator_name(history->runs[run].json, label), name)))
                return true;
        }
    return false;
}

/* A name that no run has is a slip of the pen, and is told as one. */
static int check_names(const struct history *history, const struct options *options, struct lab_error *error)
{
    int status = STATUS_DONE;
    char *list = options->workload ? text_copy(options->workload) : NULL, *rest = list, *piece;
    for (size_t i = 0; i < options->word_count && !status; i++)
        if (!is_known(history, options->words[i], false))
            status = lab_error_set(error, STATUS_USAGE, "no run has an allocator '%s'", options->words[i]);
    while (!status && (piece = text_next(&rest, ',')))
        if (!is_known(history, piece, true))
            status = lab_error_set(error, STATUS_USAGE, "no run has a workload '%s'", piece);
    free(list);
    return status;
}

static int show(const struct history *history, const struct options *options, struct lab_error *error)
{
    const char *metric = options->metric ? options->metric : metric_table[METRIC_OPS_PER_SEC].name;
    int status = check_names(history, options, error);
    if (status)
        return status;
    json_t *points = json_array();
    for (size_t i = 0; i < history->count; i++)
        add_points(points, history, i, metric, options);
    if (!json_array_size(points)) {
        char *names = metrics_known(history);
        status = lab_error_set(error, STATUS_USAGE,
                               "no run has metric %s for these workloads and allocators; the metrics are: %s", metric,
                               names);
        free(names);
    } else if (options->json) {
        json_dumpf(points, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else {
        print_all(points, metric);
    }
    json_decref(points);
    return status;
}

int command_history(const struct paths *paths, const struct options *options, struct invocation typed,
                    struct lab_error *error)
{
    size_t unreadable;
    struct history history;
    (void)typed;
    history.runs = run_files_list(paths, &history.count, &unreadable);
    history.machines = memory_take(history.count + 1, sizeof *history.machines);
    tell_machines_apart(&history);
    int status = history.count ? show(&history, options, error)
                               : lab_error_set(error, STATUS_USAGE,
                                               "%s/results holds no run; './harness lab' makes one", paths->root);
    if (unreadable)
        fprintf(stderr, "harness: %zu run.json in %s/results cannot be read and are left out\n", unreadable,
                paths->root);
    free(history.machines);
    run_files_free(history.runs, history.count);
    return status;
}
