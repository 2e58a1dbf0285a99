/*
 * The board: one row for each workload, one column for each allocator, in each cell the ratio to the best peer of the
 * row.  Peers are all that is not hakmem; the best one is another in each row, so this is the contest that asks most: a
 * geometric mean of 1 is as good as choosing the best peer anew for every workload.
 *
 * The best peer is chosen by its median in this very run, which flatters it a little: of several that are equally good
 * it is the luckiest.  That errs on the peers' side.  Ratios and intervals are formed round by round as in every
 * comparison.
 */
#define _GNU_SOURCE
#include "perf/driver/board.h"

#include "perf/driver/run_file.h"
#include "perf/driver/statistics.h"
#include "perf/driver/text.h"
#include "perf/driver/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_COLUMNS = 17,
    CELL_COLUMNS = 9,
    CELLS_PER_LINE = 7 /* 17 + 7 * 9 = 80 */
};

static bool is_peer(const struct plan *plan, size_t arm)
{
    enum allocator_kind kind = plan->allocators[arm].kind;
    return kind != KIND_PHASE && kind != KIND_FLOOR;
}

int board_check(const struct plan *plan, struct lab_error *error)
{
    for (size_t i = 0; i < plan->allocator_count; i++)
        if (is_peer(plan, i))
            return STATUS_DONE;
    return lab_error_set(error, STATUS_USAGE,
                         "--board needs a peer, an allocator that is not hakmem, such as './harness compare hakmem all "
                         "--board'");
}

static double median_of(const struct campaign *campaign, size_t workload, size_t arm, enum metric metric,
                        double *values)
{
    size_t n = measurements_values(campaign->measurements, workload, arm, metric, values);
    return statistics_estimate(values, n, 1 - CONFIDENCE).median;
}

/* The peer with the best median among those that never failed; NO_ARM without one. */
static size_t best_peer(const struct campaign *campaign, size_t workload, enum metric metric, double *values)
{
    size_t best = NO_ARM;
    double best_median = NAN;
    for (size_t i = 0; i < campaign->plan->allocator_count; i++) {
        if (!is_peer(campaign->plan, i) || measurements_failed(campaign->measurements, workload, i))
            continue;
        double median = median_of(campaign, workload, i, metric, values);
        bool better = metric_table[metric].higher_is_better ? median > best_median : median < best_median;
        if (isnan(median) || (best != NO_ARM && !better))
            continue;
        best = i;
        best_median = median;
    }
    return best;
}

static double floor_of(const json_t *run, const char *workload, enum metric metric)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(run, "noise_floor"), i, item) {
        const json_t *floor = json_object_get(item, "floor");
        if (!strcmp(run_text(item, "workload"), workload) &&
            !strcmp(run_text(item, "metric"), metric_table[metric].name))
            return json_is_number(floor) ? json_number_value(floor) : NAN;
    }
    return NAN;
}

static void set_number(json_t *row, const char *name, double value)
{
    json_object_set_new(row, name, isnan(value) ? json_null() : json_real(value));
}

static void set_verdict(json_t *row, const struct estimate *ratio, const char *verdict, double same_within,
                        const char *words)
{
    set_number(row, "ratio", ratio->median);
    set_number(row, "ci_low", ratio->low);
    set_number(row, "ci_high", ratio->high);
    json_object_set_new(row, "rounds", json_integer((json_int_t)ratio->n));
    json_object_set_new(row, "verdict", json_string(verdict));
    set_number(row, "same_within", same_within);
    json_object_set_new(row, "words", json_string(words));
}

/* Of an arm against the best peer of its row. */
static void judge(json_t *row, const struct campaign *campaign, size_t workload, size_t arm, size_t best,
                  enum metric metric, double floor, double *values)
{
    const struct plan *plan = campaign->plan;
    size_t failed = measurements_failed(campaign->measurements, workload, arm);
    size_t n = measurements_log_ratios(campaign->measurements, workload, metric, best, arm, values);
    struct estimate ratio = statistics_estimate(values, n, plan->alpha);
    ratio.median = failed ? NAN : exp(ratio.median);
    ratio.low = exp(ratio.low);
    ratio.high = exp(ratio.high);
    struct verdict_doubt doubt = {.failed = failed, .failed_arm = plan->arms[arm].label};
    struct verdict verdict = verdict_reach(metric, &ratio, floor, statistics_rounds_needed(plan->alpha), doubt);
    if (failed)
        ratio.low = ratio.high = NAN;
    set_verdict(row, &ratio, verdict.name, verdict.same_within, verdict.words);
}

static json_t *row_of(const struct campaign *campaign, size_t workload, size_t arm, size_t best, enum metric metric,
                      double floor, double *values)
{
    const struct plan *plan = campaign->plan;
    const struct estimate nothing = {.median = NAN, .low = NAN, .high = NAN};
    const struct estimate itself = {.median = 1, .low = 1, .high = 1};
    json_t *row = json_pack("{s:s, s:s, s:s, s:s?}", "workload", plan->workloads[workload].name, "metric",
                            metric_table[metric].name, "allocator", plan->arms[arm].label, "best_peer",
                            best == NO_ARM ? NULL : plan->arms[best].label);
    if (best == NO_ARM)
        set_verdict(row, &nothing, "unresolved", NAN, "no claim: no peer was measured without failure");
    else if (arm == best)
        set_verdict(row, &itself, "best", NAN, "the best peer of this row");
    else
        judge(row, campaign, workload, arm, best, metric, floor, values);
    return row;
}

/* Over the rows in which the allocator has a ratio. */
static json_t *mean_of(const json_t *rows, const char *allocator, enum metric metric)
{
    size_t i, count = 0, all = 0;
    double sum = 0;
    json_t *row;
    json_array_foreach (rows, i, row) {
        if (strcmp(run_text(row, "allocator"), allocator) || strcmp(run_text(row, "metric"), metric_table[metric].name))
            continue;
        double ratio = run_number(row, "ratio");
        all++;
        count += ratio > 0;
        sum += ratio > 0 ? log(ratio) : 0;
    }
    json_t *mean = json_pack("{s:s, s:s, s:i, s:i}", "allocator", allocator, "metric", metric_table[metric].name,
                             "rows", (int)count, "of", (int)all);
    set_number(mean, "ratio", count ? exp(sum / (double)count) : NAN);
    return mean;
}

json_t *board_make(const struct campaign *campaign, const json_t *run)
{
    static const enum metric metrics[] = {METRIC_OPS_PER_SEC, METRIC_PEAK_RSS_BYTES};
    const struct plan *plan = campaign->plan;
    double *values = memory_take(plan->rounds_max, sizeof *values);
    json_t *rows = json_array(), *means = json_array();
    for (size_t m = 0; m < 2; m++) {
        for (size_t workload = 0; workload < plan->workload_count; workload++) {
            double floor = floor_of(run, plan->workloads[workload].name, metrics[m]);
            size_t best = best_peer(campaign, workload, metrics[m], values);
            for (size_t arm = 0; arm < plan->allocator_count; arm++)
                if (plan->allocators[arm].kind != KIND_FLOOR)
                    json_array_append_new(rows, row_of(campaign, workload, arm, best, metrics[m], floor, values));
        }
        for (size_t arm = 0; arm < plan->allocator_count; arm++)
            if (plan->allocators[arm].kind != KIND_FLOOR)
                json_array_append_new(means, mean_of(rows, plan->arms[arm].label, metrics[m]));
    }
    free(values);
    return json_pack("{s:o, s:o}", "rows", rows, "geometric_means", means);
}

/* "1.15+", "0.87-", "1.00=", "1.03?", "best"; "failed" or "-" where there is no ratio. */
static void cell_text(char text[16], const json_t *row)
{
    const char *verdict = run_text(row, "verdict");
    double ratio = run_number(row, "ratio");
    bool better = !strcmp(verdict, "faster") || !strcmp(verdict, "smaller");
    bool worse = !strcmp(verdict, "slower") || !strcmp(verdict, "larger");
    if (!strcmp(verdict, "best"))
        snprintf(text, 16, "best");
    else if (!(ratio > 0))
        snprintf(text, 16, "%s", strstr(run_text(row, "words"), "failed") ? "failed" : "-");
    else
        snprintf(text, 16, "%.2f%c", ratio, better ? '+' : worse ? '-' : !strcmp(verdict, "same") ? '=' : '?');
}

/* Rows of a metric come workload by workload, in each allocator by allocator. */
static void print_lines(FILE *file, const json_t *rows, const char *metric, size_t first, size_t end)
{
    size_t i, column = 0;
    json_t *row;
    const char *line = "";
    json_array_foreach (rows, i, row) {
        char text[16];
        if (strcmp(run_text(row, "metric"), metric))
            continue;
        column = strcmp(line, run_text(row, "workload")) ? 0 : column + 1;
        if (!column)
            fprintf(file, "%s%-*.*s", *line ? "\n" : "", NAME_COLUMNS, NAME_COLUMNS - 1, run_text(row, "workload"));
        line = run_text(row, "workload");
        cell_text(text, row);
        if (column >= first && column < end)
            fprintf(file, "%*s", CELL_COLUMNS, text);
    }
    fputc('\n', file);
}

/* Those of a metric, allocator by allocator: the columns. */
static json_t *means_of(const json_t *board, const char *metric)
{
    size_t i;
    json_t *mean, *means = json_array();
    json_array_foreach (json_object_get(board, "geometric_means"), i, mean) {
        if (!strcmp(run_text(mean, "metric"), metric))
            json_array_append(means, mean);
    }
    return means;
}

static void print_means(FILE *file, const json_t *means, size_t first, size_t end)
{
    fprintf(file, "%-*s", NAME_COLUMNS, "geometric mean");
    for (size_t i = first; i < end; i++) {
        const json_t *mean = json_array_get(means, i);
        bool whole = run_number(mean, "rows") == run_number(mean, "of");
        double ratio = run_number(mean, "ratio");
        if (ratio > 0)
            fprintf(file, "%*.2f%c", CELL_COLUMNS - 1, ratio, whole ? ' ' : '!');
        else
            fprintf(file, "%*s", CELL_COLUMNS, "-");
    }
    fputc('\n', file);
}

static void print_names(FILE *file, const json_t *means, size_t first, size_t end)
{
    fprintf(file, "%-*s", NAME_COLUMNS, "");
    for (size_t i = first; i < end; i++)
        fprintf(file, " %*.*s", CELL_COLUMNS - 1, CELL_COLUMNS - 1, run_text(json_array_get(means, i), "allocator"));
    fputc('\n', file);
}

static void print_half(FILE *file, const json_t *board, enum metric metric, const char *title)
{
    const char *name = metric_table[metric].name;
    json_t *means = means_of(board, name);
    size_t count = json_array_size(means);
    fprintf(file, "\n%s\n", title);
    for (size_t first = 0; first < count; first += CELLS_PER_LINE) {
        size_t end = first + CELLS_PER_LINE < count ? first + CELLS_PER_LINE : count;
        print_names(file, means, first, end);
        print_lines(file, json_object_get(board, "rows"), name, first, end);
        print_means(file, means, first, end);
    }
    json_decref(means);
}

void board_print(FILE *file, const json_t *run)
{
    const json_t *board = json_object_get(run, "board");
    if (!board)
        return;
    print_half(file, board, METRIC_OPS_PER_SEC, "speed over that of the best peer of the row (above 1: faster)");
    print_half(file, board, METRIC_PEAK_RSS_BYTES,
               "leanness: peak RSS of the leanest peer over this (above 1: leaner)");
    fprintf(file, "\n+ better, - worse than the best peer beyond noise, = the same, ? unresolved,\n"
                  "best: the best peer itself; ! without the rows that have no figure\n");
}
