/*
 * The result on a terminal: one section for each workload, one row for each allocator.
 *
 *      random_mixed   6,400,000 operations, 1 thread, 12 rounds
 *        allocator       M ops/s    peak MiB   speed against phase0       memory
 *        phase0            24.10        12.2   baseline
 *        phase1            27.70        12.3   1.15x faster 1.13..1.16  same within 0.5 %
 *        floor            216.00         8.5   (reference: the loop alone)
 *        noise floor: speed 0.9 %, memory 0.3 %
 *        smallest effect this machine can see: 1 % (self-test)
 *
 * It is made from run.json alone, so it can say nothing that is not on record.  Words carry the verdict; colour only
 * repeats it.
 */
#define _GNU_SOURCE
#include "perf/driver/table.h"

#include "perf/driver/selftest_recall.h"
#include "perf/driver/bar.h"
#include "perf/driver/text.h"
#include "perf/driver/utf8.h"
#include "perf/driver/verdict.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LABEL_COLUMNS = 13, /* a longer label gets a line of its own */
    SPEED_COLUMNS = 27
};

/* Two metrics that stand beside each other, each as a figure and as a verdict. */
struct view {
    enum metric left, right;
    const char *left_unit, *right_unit; /* heads of the figures */
    const char *left_name, *right_name; /* of the verdicts */
};

static const struct view workload_view = {
    METRIC_OPS_PER_SEC, METRIC_PEAK_RSS_BYTES, "M ops/s", "peak MiB", "speed", "memory"};
static const struct view program_view = {
    METRIC_OPS_PER_SEC, METRIC_PEAK_RSS_BYTES, "wall ms", "peak MiB", "speed", "memory"};
static const struct view program_cost_view = {METRIC_CPU_NS, METRIC_MINOR_FAULTS, "CPU ms",
                                              "faults",      "CPU time",          "page faults"};

/* What printing a table needs at hand. */
struct table {
    FILE *file;
    const json_t *run;
    bool colour;
    bool bars;             /* beside the speeds */
    double most;           /* highest speed on the workload, the floor's left out; NaN: no bars there */
    const char *baseline;  /* rows are candidates against it; NULL: rows are baselines of `candidate` */
    const char *candidate; /* the first allocator */
    const struct view *view;
    bool program; /* an operation is a run of a program, and its time is of interest rather than its rate */
};

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static double number_of(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

/* The element of a list whose named fields have the given values. */
static const json_t *find(const json_t *list, const char *workload, enum metric metric, const char *key,
                          const char *value, const char *other_key, const char *other_value)
{
    size_t i;
    json_t *item;
    json_array_foreach (list, i, item) {
        if (!strcmp(text_of(item, "workload"), workload) &&
            !strcmp(text_of(item, "metric"), metric_table[metric].name) &&
            (!key || !strcmp(text_of(item, key), value)) &&
            (!other_key || !strcmp(text_of(item, other_key), other_value)))
            return item;
    }
    return NULL;
}

static const json_t *comparison_of(const struct table *table, const char *workload, const char *label,
                                   enum metric metric)
{
    const json_t *list = json_object_get(table->run, "comparisons");
    if (table->baseline)
        return find(list, workload, metric, "candidate", label, "baseline", table->baseline);
    return find(list, workload, metric, "candidate", table->candidate, "baseline", label);
}

/* "1.15x faster 1.13..1.16", "same within 1 %", "unresolved 0.97..1.04", "no claim" */
static void verdict_text(char text[64], const json_t *comparison, bool interval)
{
    const char *verdict = text_of(comparison, "verdict");
    double ratio = number_of(comparison, "ratio");
    double low = number_of(comparison, "ci_low"), high = number_of(comparison, "ci_high");
    bool worse = !strcmp(verdict, "slower") || !strcmp(verdict, "larger");
    bool difference = worse || !strcmp(verdict, "faster") || !strcmp(verdict, "smaller");
    double factor = worse ? 1 / ratio : ratio;
    int decimals = verdict_decimals(factor);
    if (!low)
        snprintf(text, 64, "no claim");
    else if (difference && interval)
        snprintf(text, 64, "%.*fx %s %.*f..%.*f", decimals, factor, verdict, decimals, worse ? 1 / high : low, decimals,
                 worse ? 1 / low : high);
    else if (difference)
        snprintf(text, 64, "%.*fx %s", decimals, factor, verdict);
    else if (!strcmp(verdict, "same"))
        snprintf(text, 64, "same within %g %%", 100 * number_of(comparison, "same_within"));
    else
        snprintf(text, 64, interval ? "unresolved %.3f..%.3f" : "unresolved", low, high);
}

/* Three or four digits that say something, whatever the magnitude. */
static int decimals_of(double value)
{
    return value < 0.1 ? 4 : value < 1 ? 3 : value < 100 ? 2 : 1;
}

static const char *colour_of(const struct table *table, const json_t *comparison)
{
    const char *verdict = text_of(comparison, "verdict");
    if (!table->colour)
        return "";
    if (!strcmp(verdict, "faster") || !strcmp(verdict, "smaller"))
        return "\033[32m";
    if (!strcmp(verdict, "slower") || !strcmp(verdict, "larger"))
        return "\033[31m";
    return "\033[2m";
}

static void print_verdict(const struct table *table, const char *workload, const char *label, enum metric metric,
                          int width)
{
    const json_t *comparison = comparison_of(table, workload, label, metric);
    char text[64] = "";
    if (comparison)
        verdict_text(text, comparison, metric == table->view->left);
    int pad = width - (int)strlen(text);
    fprintf(table->file, "%s%s%s%*s", colour_of(table, comparison), text, table->colour ? "\033[0m" : "",
            pad > 0 ? pad : 0, "");
}

/* A median in the unit of its column. */
static double figure_of(const struct table *table, enum metric metric, const json_t *summary)
{
    double median = number_of(summary, "median");
    if (metric == METRIC_OPS_PER_SEC)
        return table->program ? 1e3 / median : median / 1e6;
    return metric == METRIC_PEAK_RSS_BYTES ? median / (1 << 20) : metric == METRIC_CPU_NS ? median / 1e6 : median;
}

static bool is_floor(const json_t *allocator)
{
    return !strcmp(text_of(allocator, "kind"), "floor");
}

/* The two figures of a row, and between them the bar of the left one, if there are bars: the same columns in all. */
static void print_figures(const struct table *table, const json_t *left, const json_t *right, bool floor)
{
    const struct view *view = table->view;
    int decimals = view->right == METRIC_PEAK_RSS_BYTES;
    double shown = figure_of(table, view->left, left), beside = figure_of(table, view->right, right);
    char bar[BAR_BYTES];
    if (!table->bars) {
        fprintf(table->file, "%9.*f %9.*f  ", decimals_of(shown), shown, decimals, beside);
        return;
    }
    bar_draw(floor ? NAN : shown / table->most, bar);
    fprintf(table->file, "%8.*f %s%6.*f  ", decimals_of(shown), shown, bar, decimals, beside);
}

static double most_of(const struct table *table, const char *workload, const json_t *allocators)
{
    size_t i;
    json_t *allocator;
    double most = NAN;
    json_array_foreach (allocators, i, allocator) {
        const json_t *row = find(json_object_get(table->run, "summary"), workload, table->view->left, "allocator",
                                 text_of(allocator, "label"), NULL, NULL);
        if (row && !is_floor(allocator))
            most = fmax(most, figure_of(table, table->view->left, row));
    }
    return most;
}

static void print_row(const struct table *table, const char *workload, const json_t *allocator)
{
    const struct view *view = table->view;
    const json_t *list = json_object_get(table->run, "summary");
    const char *label = text_of(allocator, "label");
    const json_t *left = find(list, workload, view->left, "allocator", label, NULL, NULL);
    const json_t *right = find(list, workload, view->right, "allocator", label, NULL, NULL);
    const char *self = table->baseline ? table->baseline : table->candidate;
    int width = utf8_width(label, LABEL_COLUMNS);
    fprintf(table->file, "  %-*s", width, label);
    if ((int)strlen(label) > width)
        fprintf(table->file, "\n  %*s", LABEL_COLUMNS, "");
    if (!left) {
        fprintf(table->file, "%9s %9s  not measured\n", "-", "-");
        return;
    }
    print_figures(table, left, right, is_floor(allocator));
    int failed = (int)number_of(left, "failed");
    if (failed) {
        fprintf(table->file, "%d sample%s failed: no claim\n", failed, failed == 1 ? "" : "s");
    } else if (is_floor(allocator)) {
        fprintf(table->file, "(the loop alone)\n");
    } else if (!strcmp(label, self)) {
        fprintf(table->file, "%s\n", table->baseline ? "baseline" : "candidate");
    } else {
        print_verdict(table, workload, label, view->left, SPEED_COLUMNS);
        print_verdict(table, workload, label, view->right, 0);
        fputc('\n', table->file);
    }
}

/* What the self-test on this machine saw: beside every table when it is known, once at the end when it is not. */
static void print_smallest(FILE *file, const json_t *run, bool known)
{
    const json_t *selftest = json_object_get(run, "selftest");
    if (json_is_object(selftest) != known)
        return;
    char *line = selftest_line(selftest);
    fprintf(file, "%s%s\n", known ? "  " : "", line);
    free(line);
}

static void print_floor(const struct table *table, const char *workload)
{
    const json_t *list = json_object_get(table->run, "noise_floor");
    const struct view *view = table->view;
    const json_t *left = json_object_get(find(list, workload, view->left, NULL, NULL, NULL, NULL), "floor");
    const json_t *right = json_object_get(find(list, workload, view->right, NULL, NULL, NULL, NULL), "floor");
    bool wide = !verdict_floor_usable(json_number_value(left)) || !verdict_floor_usable(json_number_value(right));
    if (json_is_number(left) && json_is_number(right))
        fprintf(table->file, "  noise floor: %s %.1f %%, %s %.1f %%%s\n", view->left_name,
                100 * json_number_value(left), view->right_name, 100 * json_number_value(right),
                wide ? ": too wide for a claim" : "");
    else
        fprintf(table->file, "  noise floor: unknown (the A/A' control has no interval): no claim\n");
    print_smallest(table->file, table->run, true);
}

static void print_rows(const struct table *table, const char *workload, const json_t *allocators)
{
    size_t i;
    json_t *allocator;
    json_array_foreach (allocators, i, allocator) {
        print_row(table, workload, allocator);
    }
    print_floor(table, workload);
}

/* Why a workload has too few rounds for any claim, where that was not asked for. */
static void print_cut(const struct table *table, const json_t *comparison, int rounds)
{
    const json_t *plan = json_object_get(table->run, "plan");
    const char *words = text_of(comparison, "words");
    bool limited = json_is_number(json_object_get(plan, "time_limit_s"));
    if (limited && rounds < (int)number_of(plan, "rounds_min") && strstr(words, "interval needs"))
        fprintf(table->file, "  %s; the time limit came first\n", words);
}

static void print_workload(struct table *table, const json_t *workload, const json_t *allocators)
{
    const char *name = text_of(workload, "name");
    const json_t *params = json_object_get(workload, "params");
    const json_t *first =
        find(json_object_get(table->run, "comparisons"), name, METRIC_OPS_PER_SEC, NULL, NULL, NULL, NULL);
    char *ops = text_grouped((uint64_t)json_integer_value(json_object_get(params, "ops")));
    int threads = (int)json_integer_value(json_object_get(params, "threads"));
    int rounds = (int)json_integer_value(json_object_get(first, "rounds"));
    fprintf(table->file, "\n%s   %s operations, %d thread%s, %d round%s\n", name, ops, threads, threads == 1 ? "" : "s",
            rounds, rounds == 1 ? "" : "s");
    free(ops);
    print_cut(table, first, rounds);
    table->most = most_of(table, name, allocators);
    print_rows(table, name, allocators);
}

static void print_head(const struct table *table)
{
    const struct view *view = table->view;
    char words[128];
    if (table->baseline)
        snprintf(words, sizeof words, "%s against %s", view->left_name, table->baseline);
    else
        snprintf(words, sizeof words, "%s of %s", view->left_name, table->candidate);
    if (strlen(words) + 1 >= SPEED_COLUMNS)
        snprintf(words, sizeof words, table->baseline ? "%s against baseline" : "%s of candidate", view->left_name);
    fprintf(table->file, table->bars ? "  %-*s%8s %10s  %-*s%s\n" : "  %-*s%9s %9s  %-*s%s\n", LABEL_COLUMNS,
            "allocator", view->left_unit, view->right_unit, SPEED_COLUMNS, words, view->right_name);
}

/* A program's two tables have heads of their own. */
static void print_program(struct table *table, const json_t *workload, const json_t *allocators)
{
    const char *name = text_of(workload, "name");
    const json_t *list = json_object_get(table->run, "comparisons");
    int rounds = (int)number_of(find(list, name, METRIC_OPS_PER_SEC, NULL, NULL, NULL, NULL), "rounds");
    bool compared = json_is_true(json_object_get(json_object_get(workload, "program"), "output_compared"));
    fprintf(table->file, "%.79s\n%d round%s; exit status %s\n", text_of(workload, "summary"), rounds,
            rounds == 1 ? "" : "s",
            compared ? "and output checked against the system's malloc" : "checked, output ignored");
    for (int i = 0; i < 2; i++) {
        table->view = i ? &program_cost_view : &program_view;
        fputc('\n', table->file);
        print_head(table);
        print_rows(table, name, allocators);
    }
}

/* "phase1 against mimalloc: faster on 2, slower on 4, same on 1, no claim on 0" */
static void print_score(const struct table *table, const char *baseline, const char *candidate)
{
    static const char *const names[] = {"faster", "slower", "same", "unresolved", "no claim"};
    enum { NAMES = sizeof names / sizeof names[0] };
    int counts[NAMES] = {0};
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(table->run, "comparisons"), i, item) {
        if (strcmp(text_of(item, "metric"), "ops_per_sec") || strcmp(text_of(item, "baseline"), baseline) ||
            strcmp(text_of(item, "candidate"), candidate))
            continue;
        bool claimless = !strncmp(text_of(item, "words"), "no claim", strlen("no claim"));
        const char *name = claimless ? "no claim" : text_of(item, "verdict");
        for (int j = 0; j < NAMES; j++)
            counts[j] += !strcmp(name, names[j]);
    }
    fprintf(table->file, "%s against %s:", candidate, baseline);
    for (int j = 0, said = 0; j < NAMES; j++)
        if (counts[j])
            fprintf(table->file, "%s %s on %d", said++ ? "," : "", names[j], counts[j]);
    fputc('\n', table->file);
}

/* One line for each pair, in the order of the first workload's comparisons. */
static void print_scores(const struct table *table, const char *workload)
{
    size_t i;
    json_t *item;
    fputc('\n', table->file);
    json_array_foreach (json_object_get(table->run, "comparisons"), i, item) {
        if (!strcmp(text_of(item, "metric"), "ops_per_sec") && !strcmp(text_of(item, "workload"), workload))
            print_score(table, text_of(item, "baseline"), text_of(item, "candidate"));
    }
}

static void print_first_failure(FILE *file, const json_t *failures)
{
    const json_t *first = json_array_get(failures, 0);
    fprintf(file, "failed samples: %zu (listed in run.json); the first: %s under %s: %s\n", json_array_size(failures),
            text_of(first, "workload"), text_of(first, "allocator"), text_of(first, "reason"));
}

/* Whether another allocator's file has the same name, in another folder. */
static bool has_namesake(const json_t *allocators, const char *path)
{
    size_t i, count = 0;
    json_t *other;
    json_array_foreach (allocators, i, other) {
        count += !strcmp(text_base_name(text_of(other, "path")), text_base_name(path));
    }
    return count > 1;
}

/* Which is which, of allocators that are called foo and foo-2 here and libfoo.so both. */
static void print_namesakes(FILE *file, const json_t *run)
{
    size_t i;
    json_t *allocator;
    const json_t *allocators = json_object_get(json_object_get(run, "plan"), "allocators");
    json_array_foreach (allocators, i, allocator) {
        const char *path = text_of(allocator, "path");
        if (!strcmp(text_of(allocator, "kind"), "path") && has_namesake(allocators, path))
            fprintf(file, "%s is %s\n", text_of(allocator, "label"), path);
    }
}

void table_print_remarks(FILE *file, const json_t *run)
{
    size_t i;
    json_t *warning;
    const json_t *failures = json_object_get(run, "failures");
    const json_t *discarded = json_object_get(json_object_get(run, "discarded"), "count");
    print_namesakes(file, run);
    if (json_integer_value(discarded))
        fprintf(file, "disturbed samples discarded and run again: %d\n", (int)json_integer_value(discarded));
    if (json_array_size(failures))
        print_first_failure(file, failures);
    print_smallest(file, run, false);
    json_array_foreach (json_object_get(run, "warnings"), i, warning)
        fprintf(file, "warning: %s\n", json_string_value(warning));
    if (!strcmp(text_of(run, "state"), "partial"))
        fprintf(file, "PARTIAL: this run was cut short\n");
    if (json_is_true(json_object_get(run, "quick")))
        fprintf(file, "quick run: shorter samples and fewer rounds than a full one\n");
}

void table_print(FILE *file, const json_t *run)
{
    size_t i;
    json_t *workload;
    const json_t *plan = json_object_get(run, "plan");
    const json_t *workloads = json_object_get(plan, "workloads");
    const json_t *allocators = json_object_get(plan, "allocators");
    struct table table = {.file = file, .run = run, .colour = isatty(fileno(file)) && !getenv("NO_COLOR")};
    table.baseline = json_string_value(json_object_get(plan, "baseline"));
    table.candidate = text_of(json_array_get(allocators, 0), "label");
    table.view = &workload_view;
    table.program = json_object_get(json_array_get(workloads, 0), "program") != NULL;
    table.bars = !table.program && bar_possible(file);
    if (!table.program)
        print_head(&table);
    json_array_foreach (workloads, i, workload) {
        if (table.program)
            print_program(&table, workload, allocators);
        else
            print_workload(&table, workload, allocators);
    }
    print_scores(&table, text_of(json_array_get(workloads, 0), "name"));
    table_print_remarks(file, run);
}
