/*
 * Metrics of counters on a terminal.  The rows of a workload and group stand together in run.json, allocator after
 * allocator, each with the group's metrics in their order.
 */
#define _GNU_SOURCE
#include "perf/driver/counter_table.h"

#include <stdbool.h>
#include <string.h>

#define CORE_WORKLOAD  "random_mixed"
#define METRIC_COLUMNS 34
#define VALUE_COLUMNS  12
#define LABEL_SHOWN    (VALUE_COLUMNS - 1)

#define BLOCK 3 /* allocators beside each other: 80 columns have room for no more */

/* Allocators that stand beside each other. */
struct block {
    size_t first, end;
};

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static bool is_known(const json_t *row)
{
    return json_is_number(json_object_get(row, "value"));
}

/* A row that has this workload, and of the others what is not NULL. */
static bool matches(const json_t *row, const char *workload, const char *allocator, const char *metric)
{
    return !strcmp(text_of(row, "workload"), workload) &&
           (!allocator || !strcmp(text_of(row, "allocator"), allocator)) &&
           (!metric || !strcmp(text_of(row, "metric"), metric));
}

static bool any_known(const json_t *rows, const char *workload, const char *metric)
{
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row) {
        if (matches(row, workload, NULL, metric) && is_known(row))
            return true;
    }
    return false;
}

static const json_t *find(const json_t *rows, const char *workload, const char *allocator, const char *metric)
{
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row) {
        if (matches(row, workload, allocator, metric))
            return row;
    }
    return NULL;
}

static const char *label_of(const json_t *allocators, size_t allocator)
{
    return text_of(json_array_get(allocators, allocator), "label");
}

/* A name that is too long for its column is a number there, and a line of its own above. */
static void print_head(FILE *file, const char *workload, const json_t *allocators, struct block block)
{
    fprintf(file, "\nCounters, %-*s", METRIC_COLUMNS - (int)strlen("Counters, ") + 2, workload);
    for (size_t i = block.first; i < block.end; i++) {
        char number[VALUE_COLUMNS];
        const char *label = label_of(allocators, i);
        snprintf(number, sizeof number, "[%u]", (unsigned)i + 1);
        fprintf(file, "%*s", VALUE_COLUMNS, strlen(label) > LABEL_SHOWN ? number : label);
    }
    fputc('\n', file);
    for (size_t i = block.first; i < block.end; i++)
        if (strlen(label_of(allocators, i)) > LABEL_SHOWN)
            fprintf(file, "  [%u] %s\n", (unsigned)i + 1, label_of(allocators, i));
}

static void print_value(FILE *file, const json_t *row)
{
    if (!is_known(row)) {
        fprintf(file, "%*s", VALUE_COLUMNS, "-");
        return;
    }
    double value = json_number_value(json_object_get(row, "value"));
    const char *mark = strcmp(text_of(row, "state"), "scaled") ? "" : "~";
    char text[VALUE_COLUMNS * 2];
    snprintf(text, sizeof text, "%s%.*f", mark, value >= 100 ? 1 : 4, value);
    fprintf(file, "%*s", VALUE_COLUMNS, text);
}

static void print_metric(FILE *file, const json_t *rows, const char *workload, const char *metric,
                         const json_t *allocators, struct block block)
{
    fprintf(file, "  %-*s", METRIC_COLUMNS, metric);
    for (size_t i = block.first; i < block.end; i++)
        print_value(file, find(rows, workload, label_of(allocators, i), metric));
    fputc('\n', file);
}

/* The metrics of a workload, as its first allocator has them, for a block of allocators; returns whether one was
 * scaled. */
static bool print_block(FILE *file, const json_t *rows, const char *workload, const json_t *allocators,
                        struct block block)
{
    size_t i;
    json_t *row;
    bool scaled = false;
    const char *first = text_of(json_array_get(allocators, 0), "label");
    print_head(file, workload, allocators, block);
    json_array_foreach (rows, i, row) {
        scaled = scaled || (matches(row, workload, NULL, NULL) && !strcmp(text_of(row, "state"), "scaled"));
        if (matches(row, workload, first, NULL) && any_known(rows, workload, text_of(row, "metric")))
            print_metric(file, rows, workload, text_of(row, "metric"), allocators, block);
    }
    return scaled;
}

static bool print_workload(FILE *file, const json_t *rows, const char *workload, const json_t *allocators)
{
    bool scaled = false;
    size_t count = json_array_size(allocators);
    for (size_t first = 0; first < count; first += BLOCK) {
        struct block block = {first, first + BLOCK < count ? first + BLOCK : count};
        scaled = print_block(file, rows, workload, allocators, block) || scaled;
    }
    return scaled;
}

/* What is missing on a workload, each with its reason. */
static void print_missing(FILE *file, const json_t *rows, const char *workload, const char *first)
{
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row) {
        if (matches(row, workload, first, NULL) && !any_known(rows, workload, text_of(row, "metric")))
            fprintf(file, "  %s: unavailable: %s\n", text_of(row, "metric"), text_of(row, "reason"));
    }
}

void counter_table_print(FILE *file, const json_t *run)
{
    size_t i;
    json_t *workload;
    const char *shown = NULL;
    bool scaled = false;
    const json_t *rows = json_object_get(run, "counter_metrics"), *plan = json_object_get(run, "plan");
    const json_t *allocators = json_object_get(plan, "allocators");
    const char *only = strcmp(text_of(run, "kind"), "lab") ? NULL : CORE_WORKLOAD;
    json_array_foreach (json_object_get(plan, "workloads"), i, workload) {
        const char *name = text_of(workload, "name");
        if ((only && strcmp(only, name)) || !any_known(rows, name, NULL))
            continue;
        scaled = print_workload(file, rows, name, allocators) || scaled;
        shown = shown ? shown : name;
    }
    if (!shown)
        return;
    if (!strcmp(text_of(json_object_get(run, "counters"), "state"), "measured"))
        print_missing(file, rows, shown, text_of(json_array_get(allocators, 0), "label"));
    if (json_object_get(json_array_get(json_object_get(plan, "workloads"), 0), "program"))
        fprintf(file, "  an operation (op) is one run of the program\n");
    if (scaled)
        fprintf(file, "  ~ counted a part of the time and scaled up; run.json has the coverage\n");
}
