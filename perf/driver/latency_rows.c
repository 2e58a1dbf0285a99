/*
 * From the histograms of several processes to one row.
 *
 * The histograms are not added up: one disturbed process would then own the tail.  The median over processes of each
 * quantile is what a usual process sees; what the worst call ever took is told as the maximum.
 */
#define _GNU_SOURCE
#include "perf/driver/latency_rows.h"

#include "perf/driver/statistics.h"
#include "perf/driver/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PROCESSES_MAX = LATENCY_ROUNDS_MAX, CAUSES_MAX = 16 };
static const double ALPHA = 0.05; /* of the intervals */

/* The quantiles that have a name. */
static const struct {
    const char *name;
    double share;
} quantiles[] = {{"p50_ns", 0.5},  {"p90_ns", 0.9},     {"p95_ns", 0.95},
                 {"p99_ns", 0.99}, {"p99_9_ns", 0.999}, {"p99_99_ns", 0.9999}};
enum { QUANTILE_COUNT = sizeof quantiles / sizeof quantiles[0] };

/* One operation in the records of one pair. */
struct measured {
    const json_t *of[PROCESSES_MAX]; /* elements of "operations" */
    size_t count;
    json_int_t n;        /* calls timed, together */
    json_int_t least;    /* of one process */
    json_int_t switched; /* calls during which the processor was taken away, together */
};

static const json_t *operation_of(const json_t *record, const char *operation)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(json_object_get(record, "latency"), "operations"), i, item) {
        if (!strcmp(json_string_value(json_object_get(item, "operation")), operation))
            return item;
    }
    return NULL;
}

static struct measured collect(json_t *const *records, size_t count, const char *operation)
{
    struct measured measured = {.count = 0};
    for (size_t i = 0; i < count && i < PROCESSES_MAX; i++) {
        const json_t *item = operation_of(records[i], operation);
        json_int_t n = json_integer_value(json_object_get(item, "n"));
        if (!item)
            continue;
        measured.least = measured.count == 0 || n < measured.least ? n : measured.least;
        measured.n += n;
        measured.switched += json_integer_value(json_object_get(item, "switched"));
        measured.of[measured.count++] = item;
    }
    return measured;
}

static double median_of(double *values, size_t count)
{
    return statistics_estimate(values, count, 1).median;
}

static bool is_supported(const struct measured *measured, double share)
{
    return (double)measured->least * (1 - share) >= 1;
}

/* Of a figure of the processes: its median into the row, and the interval, if there is one. */
static void add_figure(json_t *row, json_t *intervals, const struct measured *measured, const char *name,
                       const char *field)
{
    double values[PROCESSES_MAX];
    for (size_t i = 0; i < measured->count; i++)
        values[i] = json_number_value(json_object_get(measured->of[i], field));
    struct estimate estimate = statistics_estimate(values, measured->count, ALPHA);
    json_object_set_new(row, name, json_real(estimate.median));
    if (!isnan(estimate.low))
        json_object_set_new(intervals, name, json_pack("[f, f]", estimate.low, estimate.high));
}

static void add_figures(json_t *row, const struct measured *measured)
{
    json_t *intervals = json_object();
    for (size_t i = 0; i < QUANTILE_COUNT; i++)
        if (is_supported(measured, quantiles[i].share))
            add_figure(row, intervals, measured, quantiles[i].name, quantiles[i].name);
        else
            json_object_set_new(row, quantiles[i].name, json_null());
    add_figure(row, intervals, measured, "slowest_ns", "max_ns");
    json_object_set_new(row, "intervals", intervals);
}

/* The shares are the same in every process. */
static json_t *curve_of(const struct measured *measured)
{
    json_t *curve = json_array();
    const json_t *first = json_object_get(measured->of[0], "curve");
    for (size_t point = 0; point < json_array_size(first); point++) {
        double values[PROCESSES_MAX];
        double share = json_number_value(json_array_get(json_array_get(first, point), 0));
        if (!is_supported(measured, share))
            break;
        for (size_t i = 0; i < measured->count; i++) {
            const json_t *own = json_array_get(json_object_get(measured->of[i], "curve"), point);
            values[i] = json_number_value(json_array_get(own, 1));
        }
        json_array_append_new(curve, json_pack("[f, f]", share, median_of(values, measured->count)));
    }
    return curve;
}

static double largest(const struct measured *measured)
{
    double most = 0;
    for (size_t i = 0; i < measured->count; i++) {
        double value = json_number_value(json_object_get(measured->of[i], "max_ns"));
        most = value > most ? value : most;
    }
    return most;
}

/* Of the processes' own empty calls. */
static double clock_floor(json_t *const *records, size_t count)
{
    double values[PROCESSES_MAX];
    for (size_t i = 0; i < count && i < PROCESSES_MAX; i++)
        values[i] = json_number_value(json_object_get(json_object_get(records[i], "latency"), "floor_p50_ns"));
    return median_of(values, count < PROCESSES_MAX ? count : PROCESSES_MAX);
}

static json_t *row_make(const struct measured *measured, json_t *const *records, size_t count, const json_t *explained,
                        const char *operation)
{
    json_t *slow = json_object_get(operation_of(explained, operation), "slow");
    json_t *row =
        json_pack("{s:s, s:I, s:i, s:O, s:f}", "operation", operation, "n", measured->n, "processes",
                  (int)measured->count, "every", json_object_get(json_object_get(records[0], "latency"), "every"),
                  "floor_p50_ns", clock_floor(records, count));
    add_figures(row, measured);
    json_object_set_new(row, "switched", json_integer(measured->switched));
    json_object_set_new(row, "max_ns", json_real(largest(measured)));
    json_object_set_new(row, "curve", curve_of(measured));
    json_object_set_new(row, "slow", slow ? json_incref(slow) : json_null());
    return row;
}

void latency_rows_add(json_t *list, const char *workload, const char *allocator, json_t *const *records, size_t count,
                      const json_t *explained)
{
    static const char *const operations[] = {"malloc", "free"};
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        struct measured measured = collect(records, count, operations[i]);
        if (measured.count == 0)
            continue;
        json_t *row = json_pack("{s:s, s:s}", "workload", workload, "allocator", allocator);
        json_t *rest = row_make(&measured, records, count, explained, operations[i]);
        json_object_update(row, rest);
        json_decref(rest);
        json_array_append_new(list, row);
    }
}

/* A cause and how many calls it explains. */
struct share {
    const char *name;
    json_int_t n;
};

static int by_number(const void *left, const void *right)
{
    const struct share *one = left, *other = right;
    return (one->n < other->n) - (one->n > other->n);
}

char *latency_causes_text(const json_t *slow)
{
    struct share shares[CAUSES_MAX] = {{.name = NULL}};
    size_t count = 0;
    const char *name;
    json_t *value;
    double whole = json_number_value(json_object_get(slow, "n"));
    char *text = text_copy("");
    json_object_foreach (json_object_get(slow, "causes"), name, value)
        if (count < CAUSES_MAX && json_integer_value(value) > 0)
            shares[count++] = (struct share){name, json_integer_value(value)};
    qsort(shares, count, sizeof shares[0], by_number);
    for (size_t i = 0; i < count; i++) {
        char *longer =
            text_format("%s%s%s %.0f %%", text, i ? ", " : "", shares[i].name, 100 * (double)shares[i].n / whole);
        free(text);
        text = longer;
    }
    for (char *c = text; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return text;
}
