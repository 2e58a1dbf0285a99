/*
 * The same work by different numbers of threads: `compare ... --threads 1,2,4`.
 *
 * Each number is a workload of its own, NAME_tN, so that it has its own calibration, blocks, noise floor, comparisons
 * and place in the report.  This file makes them, and afterwards puts them side by side again.  More threads than this
 * process may use CPUs take turns: such figures are marked, because they say how an allocator bears being preempted
 * rather than how it scales.
 */
#define _GNU_SOURCE
#include "perf/driver/scaling.h"

#include "perf/driver/metric.h"
#include "perf/driver/run_file.h"
#include "perf/driver/text.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_COLUMNS = 14, FIGURE_COLUMNS = 9 };

static int allowed_cpus(void)
{
    cpu_set_t allowed;
    return sched_getaffinity(0, sizeof allowed, &allowed) ? 1 : CPU_COUNT(&allowed);
}

static struct workload copy_with(const struct workload *workload, int64_t threads)
{
    struct workload copy = {.name = text_format("%s_t%lld", workload->name, (long long)threads),
                            .base = text_copy(workload->name)};
    copy.description = json_incref(workload->description);
    copy.params = json_deep_copy(workload->params);
    copy.oversubscribed = threads > allowed_cpus();
    json_object_set_new(copy.params, "threads", json_integer(threads));
    return copy;
}

/* Whether the workload can have every number of threads; STATUS_USAGE when it was asked for and cannot. */
static int check(const struct workload *workload, const struct options *options, bool *can, struct lab_error *error)
{
    int64_t least = workload_least(workload, "threads"), most = workload_limit(workload, "threads");
    *can = most > 1;
    if (!*can && options->workload)
        return lab_error_set(error, STATUS_USAGE, "--threads: %s has one thread", workload->name);
    for (size_t i = 0; i < options->thread_count_number && *can; i++)
        if (options->thread_counts[i] < least || options->thread_counts[i] > most)
            return lab_error_set(error, STATUS_USAGE, "--threads %lld: %s takes %lld to %lld threads",
                                 (long long)options->thread_counts[i], workload->name, (long long)least,
                                 (long long)most);
    return STATUS_DONE;
}

int scaling_expand(struct plan *plan, const struct options *options, struct lab_error *error)
{
    size_t numbers = options->thread_count_number, count = 0;
    struct workload *expanded = memory_take(plan->workload_count * numbers + 1, sizeof *expanded);
    int status = STATUS_DONE;
    for (size_t i = 0; i < plan->workload_count && !status; i++) {
        bool can;
        status = check(&plan->workloads[i], options, &can, error);
        for (size_t j = 0; j < numbers && can && !status; j++)
            expanded[count++] = copy_with(&plan->workloads[i], options->thread_counts[j]);
    }
    if (!status && !count)
        status = lab_error_set(error, STATUS_USAGE, "--threads: no workload here can have more than one thread");
    workloads_free(plan->workloads, plan->workload_count);
    plan->workloads = expanded;
    plan->workload_count = count;
    return status;
}

static const json_t *summary_of(const json_t *run, const char *workload, const char *allocator, enum metric metric)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(run, "summary"), i, item) {
        if (!strcmp(run_text(item, "workload"), workload) && !strcmp(run_text(item, "allocator"), allocator) &&
            !strcmp(run_text(item, "metric"), metric_table[metric].name))
            return item;
    }
    return NULL;
}

static void copy_field(json_t *row, const char *name, const json_t *from, const char *field)
{
    json_t *value = json_object_get(from, field);
    json_object_set(row, name, value ? value : json_null());
}

/* `first`: the entry with the fewest threads. */
static json_t *row_of(const json_t *run, const struct workload *entry, const struct workload *first,
                      const char *allocator)
{
    const json_t *speed = summary_of(run, entry->name, allocator, METRIC_OPS_PER_SEC);
    double single = run_number(summary_of(run, first->name, allocator, METRIC_OPS_PER_SEC), "median");
    double here = run_number(speed, "median");
    json_t *row =
        json_pack("{s:s, s:s, s:s, s:I, s:b}", "workload", entry->base, "entry", entry->name, "allocator", allocator,
                  "threads", (json_int_t)workload_get(entry, "threads"), "oversubscribed", entry->oversubscribed);
    copy_field(row, "ops_per_sec", speed, "median");
    copy_field(row, "ci_low", speed, "ci_low");
    copy_field(row, "ci_high", speed, "ci_high");
    copy_field(row, "peak_rss_bytes", summary_of(run, entry->name, allocator, METRIC_PEAK_RSS_BYTES), "median");
    json_object_set_new(row, "speedup", single > 0 && here > 0 ? json_real(here / single) : json_null());
    return row;
}

void scaling_add(json_t *run, const struct plan *plan)
{
    json_t *rows = json_array();
    for (size_t arm = 0; arm < plan->allocator_count; arm++) {
        const struct workload *first = NULL;
        for (size_t i = 0; i < plan->workload_count && plan->workloads[i].base; i++) {
            const struct workload *entry = &plan->workloads[i];
            first = first && !strcmp(first->base, entry->base) ? first : entry;
            json_array_append_new(rows, row_of(run, entry, first, plan->allocators[arm].label));
        }
    }
    if (json_array_size(rows))
        json_object_set_new(run, "scaling", json_pack("{s:i, s:O}", "allowed_cpus", allowed_cpus(), "rows", rows));
    json_decref(rows);
}

static void print_figure(FILE *file, const json_t *row, enum metric metric)
{
    const json_t *value = json_object_get(row, metric_table[metric].name);
    double shown = json_number_value(value) / (metric == METRIC_OPS_PER_SEC ? 1e6 : 1 << 20);
    if (json_is_number(value))
        fprintf(file, "%*.*f", FIGURE_COLUMNS, shown < 100 ? 2 : 1, shown);
    else
        fprintf(file, "%*s", FIGURE_COLUMNS, "-");
}

/* The numbers of threads, those marked that are more than the CPUs. */
static void print_head(FILE *file, const json_t *rows, const char *workload, const char *allocator, const char *unit)
{
    size_t i;
    json_t *row;
    fprintf(file, "  %-*s", LABEL_COLUMNS, unit);
    json_array_foreach (rows, i, row) {
        char text[32];
        if (strcmp(run_text(row, "workload"), workload) || strcmp(run_text(row, "allocator"), allocator))
            continue;
        snprintf(text, sizeof text, "%d%s", (int)run_number(row, "threads"),
                 json_is_true(json_object_get(row, "oversubscribed")) ? "*" : "");
        fprintf(file, "%*s", FIGURE_COLUMNS, text);
    }
    fputc('\n', file);
}

/* One line for each allocator: rows of an allocator follow each other, those of a workload within them too. */
static void print_lines(FILE *file, const json_t *rows, const char *workload, enum metric metric)
{
    size_t i;
    json_t *row;
    const char *line = "";
    json_array_foreach (rows, i, row) {
        if (strcmp(run_text(row, "workload"), workload))
            continue;
        if (strcmp(line, run_text(row, "allocator")))
            fprintf(file, "%s  %-*.*s", *line ? "\n" : "", LABEL_COLUMNS, LABEL_COLUMNS, run_text(row, "allocator"));
        line = run_text(row, "allocator");
        print_figure(file, row, metric);
    }
    fputc('\n', file);
}

static void print_workload(FILE *file, const json_t *rows, const char *workload, const char *allocator)
{
    fprintf(file, "\n%s by number of threads\n", workload);
    print_head(file, rows, workload, allocator, "M ops/s");
    print_lines(file, rows, workload, METRIC_OPS_PER_SEC);
    print_head(file, rows, workload, allocator, "peak MiB");
    print_lines(file, rows, workload, METRIC_PEAK_RSS_BYTES);
}

void scaling_print(FILE *file, const json_t *run)
{
    size_t i;
    json_t *row;
    const json_t *scaling = json_object_get(run, "scaling");
    const json_t *rows = json_object_get(scaling, "rows");
    const char *allocator = run_text(json_array_get(rows, 0), "allocator"), *last = "";
    bool marked = false;
    json_array_foreach (rows, i, row) {
        marked = marked || json_is_true(json_object_get(row, "oversubscribed"));
        if (strcmp(run_text(row, "allocator"), allocator) || !strcmp(run_text(row, "workload"), last))
            continue;
        last = run_text(row, "workload");
        print_workload(file, rows, last, allocator);
    }
    if (marked)
        fprintf(file, "* oversubscribed: more threads than the %d CPUs that this process may use\n",
                (int)run_number(scaling, "allowed_cpus"));
}
