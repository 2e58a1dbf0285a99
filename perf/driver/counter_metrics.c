/*
 * From the counters in the samples' records to metrics with a state.
 *
 *     cells[(workload * arms + arm) * metrics + metric]      metric: counted through all groups
 *
 * A median is `measured` when every value behind it is, `scaled` (with the least coverage) when one shared the
 * hardware, and `unavailable`, with the reason of the first missing counter, when there is no value at all.  Nothing
 * becomes 0 for want of a count.
 */
#define _GNU_SOURCE
#include "perf/driver/counter_metrics.h"

#include "perf/driver/statistics.h"
#include "perf/driver/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALPHA        0.05 /* of an interval that is not asked for: only the median is */
#define REASON_BYTES (LAB_EVENT_NAME + LAB_REASON_BYTES + 2) /* name, colon, blank, reason */

/* One metric of one arm on one workload. */
struct cell {
    double *values;            /* by turn of its group; as many as there may be rounds */
    size_t count;              /* of them */
    double coverage;           /* the least of the counts behind them */
    char reason[REASON_BYTES]; /* why a sample had no value; empty: none was without */
};

struct counter_metrics {
    const struct plan *plan;
    size_t metrics; /* of all groups */
    struct cell *cells;
    bool seen;                          /* a hardware event stood in a record */
    bool counted;                       /* one of them had a number */
    char hardware_reason[REASON_BYTES]; /* of the first that had none */
};

struct counter_metrics *counter_metrics_new(const struct plan *plan)
{
    struct counter_metrics *metrics = memory_take(1, sizeof *metrics);
    *metrics = (struct counter_metrics){.plan = plan};
    for (size_t i = 0; i < plan->counting.count; i++)
        metrics->metrics += plan->counting.groups[i].group.metric_count;
    size_t count = plan->workload_count * plan->arm_count * metrics->metrics;
    metrics->cells = memory_take(count + 1, sizeof *metrics->cells);
    for (size_t i = 0; i < count; i++) {
        metrics->cells[i].values = memory_take(plan->rounds_max, sizeof *metrics->cells[i].values);
        metrics->cells[i].coverage = 1;
    }
    return metrics;
}

void counter_metrics_free(struct counter_metrics *metrics)
{
    if (!metrics)
        return;
    size_t count = metrics->plan->workload_count * metrics->plan->arm_count * metrics->metrics;
    for (size_t i = 0; i < count; i++)
        free(metrics->cells[i].values);
    free(metrics->cells);
    free(metrics);
}

/* The cells of a group's metrics. */
static struct cell *cells_of(const struct counter_metrics *metrics, size_t workload, size_t arm, size_t group)
{
    size_t first = (workload * metrics->plan->arm_count + arm) * metrics->metrics;
    for (size_t i = 0; i < group; i++)
        first += metrics->plan->counting.groups[i].group.metric_count;
    return metrics->cells + first;
}

static const char *text_or_empty(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* The counters of a record, as the measured process had them. */
static size_t read_counters(const json_t *record, struct lab_counter counters[LAB_EVENTS_MAX])
{
    size_t i, count = 0;
    json_t *item;
    json_array_foreach (json_object_get(record, "counters"), i, item) {
        if (count == LAB_EVENTS_MAX)
            break;
        const json_t *value = json_object_get(item, "value");
        const char *state = text_or_empty(item, "state");
        struct lab_counter *counter = &counters[count++];
        *counter = (struct lab_counter){.state = LAB_COUNTER_UNAVAILABLE};
        snprintf(counter->name, sizeof counter->name, "%s", text_or_empty(item, "name"));
        snprintf(counter->reason, sizeof counter->reason, "%s", text_or_empty(item, "reason"));
        if (!json_is_number(value))
            continue;
        counter->state = strcmp(state, "scaled") ? LAB_COUNTER_MEASURED : LAB_COUNTER_SCALED;
        counter->value = json_number_value(value);
        counter->coverage = json_number_value(json_object_get(item, "coverage"));
    }
    return count;
}

static const struct lab_counter *counter_named(const struct lab_counter *counters, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(counters[i].name, name))
            return &counters[i];
    return NULL;
}

/* What a counter does to its metric: its coverage, or its reason. */
static void cell_note(struct cell *cell, const struct lab_counter *counter)
{
    if (!counter)
        return;
    if (counter->state == LAB_COUNTER_UNAVAILABLE && !cell->reason[0])
        snprintf(cell->reason, sizeof cell->reason, "%s: %s", counter->name, counter->reason);
    if (counter->state == LAB_COUNTER_SCALED && counter->coverage < cell->coverage)
        cell->coverage = counter->coverage;
}

static void cell_put(struct cell *cell, const struct lab_group_metric *metric, const struct lab_counter *counters,
                     size_t count, double ops)
{
    double value;
    cell_note(cell, counter_named(counters, count, metric->numerator));
    cell_note(cell, counter_named(counters, count, metric->denominator));
    if (lab_group_metric_value(metric, counters, count, ops, &value))
        cell->values[cell->count++] = value;
    else if (!cell->reason[0])
        snprintf(cell->reason, sizeof cell->reason, "%s was 0", metric->denominator);
}

/* Remembers whether the hardware counted at all. */
static void note_hardware(struct counter_metrics *metrics, const struct lab_event_group *group,
                          const struct lab_counter *counters, size_t count)
{
    for (size_t i = 0; i < group->event_count; i++) {
        const struct lab_counter *counter = counter_named(counters, count, group->events[i].name);
        if (!counter || !lab_group_event_is_hardware(&group->events[i]))
            continue;
        metrics->seen = true;
        metrics->counted = metrics->counted || counter->state != LAB_COUNTER_UNAVAILABLE;
        if (counter->state == LAB_COUNTER_UNAVAILABLE && !metrics->hardware_reason[0])
            snprintf(metrics->hardware_reason, sizeof metrics->hardware_reason, "%s: %s", counter->name,
                     counter->reason);
    }
}

void counter_metrics_put(struct counter_metrics *metrics, size_t workload, size_t arm, size_t round,
                         const json_t *record)
{
    struct lab_counter counters[LAB_EVENTS_MAX];
    const struct counting *counting = &metrics->plan->counting;
    if (round == 0 || counting->count == 0)
        return;
    size_t turn = counting_turn(counting, round);
    const struct lab_event_group *group = &counting->groups[turn].group;
    struct cell *cells = cells_of(metrics, workload, arm, turn);
    size_t count = read_counters(record, counters);
    double ops = json_number_value(json_object_get(record, "ops"));
    note_hardware(metrics, group, counters, count);
    for (size_t i = 0; i < group->metric_count; i++)
        cell_put(&cells[i], &group->metrics[i], counters, count, ops);
}

const char *counter_metrics_reason(const struct counter_metrics *metrics)
{
    return metrics->seen && !metrics->counted ? metrics->hardware_reason : NULL;
}

static json_t *cell_row(const struct cell *cell, const struct lab_event_group *group,
                        const struct lab_group_metric *metric)
{
    json_t *row = json_pack("{s:s, s:s, s:s, s:I}", "group", group->name, "metric", metric->name, "meaning",
                            metric->meaning, "samples", (json_int_t)cell->count);
    bool known = cell->count > 0, scaled = cell->coverage < 1;
    const char *reason = cell->reason[0] ? cell->reason : "no round counted this group";
    json_object_set_new(row, "state", json_string(!known ? "unavailable" : scaled ? "scaled" : "measured"));
    json_object_set_new(row, "value",
                        known ? json_real(statistics_estimate(cell->values, cell->count, ALPHA).median) : json_null());
    json_object_set_new(row, "coverage", known ? json_real(cell->coverage) : json_null());
    json_object_set_new(row, "reason", known ? json_null() : json_string(reason));
    return row;
}

static void add_rows(json_t *rows, const struct counter_metrics *metrics, size_t workload, size_t arm, size_t turn)
{
    const struct plan *plan = metrics->plan;
    const struct lab_event_group *group = &plan->counting.groups[turn].group;
    const struct cell *cells = cells_of(metrics, workload, arm, turn);
    for (size_t i = 0; i < group->metric_count; i++) {
        json_t *row = cell_row(&cells[i], group, &group->metrics[i]);
        json_object_set_new(row, "workload", json_string(plan->workloads[workload].name));
        json_object_set_new(row, "allocator", json_string(plan->arms[arm].label));
        json_array_append_new(rows, row);
    }
}

json_t *counter_metrics_rows(const struct counter_metrics *metrics)
{
    const struct plan *plan = metrics->plan;
    json_t *rows = json_array();
    for (size_t workload = 0; workload < plan->workload_count; workload++)
        for (size_t turn = 0; turn < plan->counting.count; turn++)
            for (size_t arm = 0; arm < plan->allocator_count; arm++)
                add_rows(rows, metrics, workload, arm, turn);
    return rows;
}
