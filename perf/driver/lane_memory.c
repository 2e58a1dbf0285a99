/*
 * The lane of memory over time.  A pair is watched once: resident memory hardly varies between runs, and with one
 * thread not at all but for what an allocator does by the clock.  The processes may run beside each other, since
 * nothing is timed; what they sleep through afterwards, waiting for an allocator to give memory back, costs no CPU.
 *
 * The floor has no row: it never gives anything back, by design.
 */
#define _GNU_SOURCE
#include "perf/driver/lane_memory.h"

#include "perf/driver/lanes.h"
#include "perf/driver/text.h"
#include "perf/driver/watcher.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CURVE_POINTS = 60 }; /* of what run.json keeps: as many as a small figure can show */

#define REGION_S       0.3        /* wanted length of a region: some 70 looks */
#define REGION_QUICK_S 0.08       /* the same of a quick run */
#define LIVE_LEAST     (1u << 20) /* bytes: below, RSS over live says how large a program is, not an allocator */

static const double residues_s[WATCH_RESIDUES_MAX] = {0.1, 1, 5};
enum { RESIDUES = 3, RESIDUES_QUICK = 2 };

/* One pair. */
struct memory_job {
    struct memory_lane *lane;
    const struct workload *workload;
    struct arm arm;
    struct watched watched;
    bool run;               /* the job has ended */
    int status;             /* of it */
    struct lab_error error; /* when that is not STATUS_DONE */
};

struct memory_lane {
    struct workload *workloads; /* the plan's, with another number of operations */
    struct memory_job *jobs;
    struct lane_pair *order; /* in which the jobs are taken; they are kept in that of the rows */
    size_t workload_count, job_count;
    size_t residues;  /* of residues_s that are waited for */
    double timeout_s; /* of one process, the waiting not counted */
};

static int64_t wanted_ops(const struct campaign *campaign, size_t workload)
{
    return lane_ops_lasting(campaign, workload, campaign->plan->quick ? REGION_QUICK_S : REGION_S);
}

static void jobs_make(struct memory_lane *lane, const struct campaign *campaign, const struct paths *paths)
{
    const struct plan *plan = campaign->plan;
    lane->job_count = lane_pairs(plan);
    lane->jobs = memory_take(lane->job_count, sizeof *lane->jobs);
    lane->order = lane_pairs_take(plan);
    lane->workloads = lane_workloads(campaign, wanted_ops);
    lane->workload_count = plan->workload_count;
    for (size_t i = 0; i < lane->job_count; i++) {
        const struct lane_pair *pair = &lane->order[i];
        struct memory_job *job = &lane->jobs[pair->row];
        *job = (struct memory_job){.lane = lane, .workload = &lane->workloads[pair->workload]};
        arm_make(&job->arm, paths, &plan->allocators[pair->allocator], LINKAGE_PRELOAD);
    }
}

struct memory_lane *memory_lane_new(struct campaign *campaign, const struct paths *paths)
{
    const struct plan *plan = campaign->plan;
    if (!lane_is_built(plan, "live")) {
        campaign_warn(campaign, text_copy("no memory over time: bench_*_live is not built; run make"));
        return NULL;
    }
    struct memory_lane *lane = memory_take(1, sizeof *lane);
    lane->residues = plan->quick ? RESIDUES_QUICK : RESIDUES;
    lane->timeout_s = plan->timeout_s;
    jobs_make(lane, campaign, paths);
    return lane;
}

static void turn_over(void *pool)
{
    pool_end_turn(pool);
}

static void job_run(struct pool *pool, void *context)
{
    struct memory_job *job = context;
    const struct memory_lane *lane = job->lane;
    job->status =
        watch_process(&job->arm, job->workload, residues_s, lane->residues,
                      lane->timeout_s + residues_s[lane->residues - 1], turn_over, pool, &job->watched, &job->error);
    job->run = true;
}

size_t memory_lane_jobs(struct memory_lane *lane, struct pool_job *jobs)
{
    for (size_t i = 0; i < lane->job_count; i++)
        jobs[i] = (struct pool_job){.run = job_run, .context = &lane->jobs[lane->order[i].row]};
    return lane->job_count;
}

/* [seconds since the region began, resident bytes, live bytes], as many as a figure can show. */
static json_t *curve_json(const struct watched *watched)
{
    json_t *curve = json_array();
    size_t step = watched->point_count / CURVE_POINTS + 1;
    for (size_t i = 0; i < watched->point_count; i += step) {
        const struct watch_point *point = &watched->points[i];
        json_array_append_new(curve, json_pack("[f, I, I]", (double)point->ns / 1e9, (json_int_t)point->rss_bytes,
                                               (json_int_t)point->live_bytes));
    }
    return curve;
}

static json_t *residues_json(const struct watched *watched)
{
    json_t *list = json_array();
    for (size_t i = 0; i < watched->residue_count; i++)
        json_array_append_new(list, json_pack("{s:f, s:I}", "after_s", watched->residues[i].after_s, "rss_bytes",
                                              (json_int_t)watched->residues[i].rss_bytes));
    return list;
}

/* Means over the points, which are equally far apart, and what they make; null without any. */
static void add_means(json_t *row, const struct watched *watched)
{
    double rss = 0, live = 0, n = (double)watched->point_count;
    uint64_t peak_live = 0;
    for (size_t i = 0; i < watched->point_count; i++) {
        const struct watch_point *point = &watched->points[i];
        rss += (double)point->rss_bytes;
        live += (double)point->live_bytes;
        peak_live = point->live_bytes > peak_live ? point->live_bytes : peak_live;
    }
    bool any = watched->point_count > 0;
    json_object_set_new(row, "mean_rss_bytes", any ? json_integer((json_int_t)(rss / n)) : json_null());
    json_object_set_new(row, "mean_live_bytes", any ? json_integer((json_int_t)(live / n)) : json_null());
    json_object_set_new(row, "peak_live_bytes", any ? json_integer((json_int_t)peak_live) : json_null());
    json_object_set_new(row, "rss_over_live", peak_live >= LIVE_LEAST ? json_real(rss / live) : json_null());
}

static json_t *row_json(const struct memory_job *job)
{
    const struct watched *watched = &job->watched;
    json_t *row =
        json_pack("{s:s, s:s, s:I, s:I, s:f, s:I, s:I}", "workload", job->workload->name, "allocator", job->arm.label,
                  "ops", (json_int_t)watched->ops, "looks", (json_int_t)watched->point_count, "region_s",
                  (double)watched->region_ns / 1e9, "rss_start_bytes", (json_int_t)watched->rss_start_bytes,
                  "peak_rss_bytes", (json_int_t)watched->peak_rss_bytes);
    add_means(row, watched);
    json_object_set_new(row, "residue", residues_json(watched));
    json_object_set_new(row, "curve", curve_json(watched));
    return row;
}

json_t *memory_lane_end(struct memory_lane *lane, struct campaign *campaign, struct lane_gaps *gaps)
{
    json_t *list = json_array();
    for (size_t i = 0; i < lane->job_count; i++) {
        struct memory_job *job = &lane->jobs[i];
        gaps->late[LANE_MEMORY] += !job->run;
        if (job->run && job->status == STATUS_FAILED)
            lane_gaps_failed(gaps, LANE_MEMORY, &job->error);
        if (job->run && job->status == STATUS_DONE) {
            json_array_append_new(list, row_json(job));
            lane_keep(campaign, "memory", job->arm.label, job->watched.record);
        }
        watched_free(&job->watched);
        arm_free(&job->arm);
    }
    lane_workloads_free(lane->workloads, lane->workload_count);
    free(lane->jobs);
    free(lane->order);
    free(lane);
    return list;
}

static void print_mib(FILE *file, const json_t *bytes)
{
    if (json_is_integer(bytes))
        fprintf(file, " %8.1f", (double)json_integer_value(bytes) / (1 << 20));
    else
        fprintf(file, " %8s", "-");
}

static void print_row(FILE *file, const json_t *row, const char **workload)
{
    static const char *const fields[] = {"peak_rss_bytes", "mean_rss_bytes", "mean_live_bytes"};
    const json_t *over = json_object_get(row, "rss_over_live"), *residue = json_object_get(row, "residue");
    lane_print_label(file, row, workload);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        print_mib(file, json_object_get(row, fields[i]));
    if (json_is_real(over))
        fprintf(file, " %8.2f", json_real_value(over));
    else
        fprintf(file, " %8s", "-");
    for (size_t i = 0; i < RESIDUES; i++)
        print_mib(file, json_object_get(json_array_get(residue, i), "rss_bytes"));
    fputc('\n', file);
}

void memory_lane_print(FILE *file, const json_t *list, const char *only)
{
    size_t i;
    json_t *row;
    const char *workload = NULL;
    if (!json_array_size(list))
        return;
    fprintf(file,
            "\nMemory over time: resident MiB, and what is left when everything was freed\n"
            "  %-*s %8s %8s %8s %8s %8s %8s %8s\n",
            LANE_LABEL_COLUMNS, "allocator", "peak", "mean", "live", "RSS/live", "0.1 s", "1 s", "5 s");
    json_array_foreach (list, i, row) {
        if (!only || !strcmp(lane_text(row, "workload"), only))
            print_row(file, row, &workload);
    }
}
