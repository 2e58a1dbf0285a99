#ifndef LAB_DRIVER_LANES_H
#define LAB_DRIVER_LANES_H

#include "perf/driver/campaign.h"
#include "perf/driver/lane_budget.h"
#include "perf/driver/lane_order.h"

#include <stdio.h>

/*
 * The lanes of a run: what is found out in processes of their own, after the timed samples: simulated counters,
 * latency, memory over time.
 */

/* Runs the lanes that the plan asks for and adds them to run.json; what is missing becomes a warning. */
void lanes_add(json_t *run, struct campaign *campaign, const struct paths *paths);

/* The lanes' tables on a terminal; of a lab run that of the core workload alone. */
void lanes_print(FILE *file, const json_t *run);

/* --- for the lanes ----------------------------------------------------------------------------------------------- */

#define LANE_SLOWNESS 10 /* a simulated process takes so many times longer, its start included */

/* Whether bench_WORKLOAD_PROBE is built for every workload of the plan. */
bool lane_is_built(const struct plan *plan, const char *probe);

/* Of a lane's own limit, what the rounds have left of it, from 0 to 1. */
double lane_share(const struct campaign *campaign);

/* What of the lanes' budget the rounds have left; on this machine, for the plan's pairs. */
struct lane_budget lane_budget_left(const struct campaign *campaign);

/* The plan's pairs in the lanes' order, lane_pairs(plan) of them; to be freed. */
struct lane_pair *lane_pairs_take(const struct plan *plan);

/* Copies of the plan's workloads with another number of operations each, none pinned. */
struct workload *lane_workloads(const struct campaign *campaign,
                                int64_t (*ops)(const struct campaign *campaign, size_t workload));
void lane_workloads_free(struct workload *workloads, size_t count);

/* Operations that take about so long, by the speed of the samples; the planned number where that was asked for. */
int64_t lane_ops_lasting(const struct campaign *campaign, size_t workload, double seconds);

/* Appends the record of a lane's process to lanes.jsonl; a warning where that cannot be done. */
void lane_keep(struct campaign *campaign, const char *lane, const char *label, json_t *record);

/* Text of a member, "" without one. */
const char *lane_text(const json_t *object, const char *name);

/* Columns of an allocator's name in the tables of the lanes, which keep within 80. */
enum { LANE_LABEL_COLUMNS = 14 };

/* Prints the allocator of a row, a longer name on a line of its own; before it the workload, unless *workload, that of
 * the row before, is the same. */
void lane_print_label(FILE *file, const json_t *row, const char **workload);

#endif
