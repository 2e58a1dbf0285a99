/*
 * The lab's own cost.
 *
 * In throughput mode nothing is done for each operation: the clock is read at both ends of the region.  What those
 * ends cost is measured by a region of a single operation, and shared out over the operations of a sample.
 */
#define _GNU_SOURCE
#include "perf/driver/lab_cost.h"

#include "perf/driver/arm.h"
#include "perf/driver/sample.h"
#include "perf/driver/statistics.h"
#include "perf/driver/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RUNS = 7 }; /* of which the median is taken */

#define TIMEOUT_S 20

/* Medians of some runs of one program. */
struct run_figures {
    double elapsed_ns;
    double outside_s;
    double start_bytes;
};

static double median_of(double *values, size_t count)
{
    return statistics_estimate(values, count, 0.5).median;
}

static struct run_figures run_floor(const struct paths *paths, struct workload *workload, int64_t ops,
                                    const char *record)
{
    double elapsed[RUNS], outside[RUNS], bytes[RUNS];
    size_t good = 0;
    struct arm arm;
    struct lab_error ignored;
    struct allocator floor = {.kind = KIND_FLOOR, .label = (char *)"floor"};
    struct sample_request request = {.workload = workload, .arm = &arm, .timeout_s = TIMEOUT_S, .record = record};
    arm_make(&arm, paths, &floor, LINKAGE_STATIC);
    int status = workload_set(workload, "ops", ops, &ignored);
    for (int i = 0; i < RUNS && !status; i++) {
        struct sample sample;
        sample_take(&request, &sample);
        if (sample.state == SAMPLE_OK) {
            elapsed[good] = (double)sample.elapsed_ns;
            outside[good] = ((double)sample.wall_ns - (double)sample.elapsed_ns) / 1e9;
            bytes[good++] = json_number_value(json_object_get(sample.json, "rss_start_bytes"));
        }
        sample_free(&sample);
    }
    arm_free(&arm);
    return (struct run_figures){median_of(elapsed, good), median_of(outside, good), median_of(bytes, good)};
}

/* VmHWM: unlike ru_maxrss it does not begin with the size of whoever started this program. */
static double own_peak_bytes(void)
{
    char line[256];
    double kibibytes = NAN;
    FILE *status = fopen("/proc/self/status", "re");
    while (status && isnan(kibibytes) && fgets(line, sizeof line, status)) {
        if (sscanf(line, "VmHWM: %lf", &kibibytes) != 1)
            kibibytes = NAN;
    }
    if (status)
        fclose(status);
    return kibibytes * 1024;
}

static void set_number(json_t *json, const char *name, double value)
{
    json_object_set_new(json, name, isfinite(value) ? json_real(value) : json_null());
}

json_t *lab_cost_measure(const struct paths *paths, const char *workload, int64_t ops, const char *record)
{
    struct workload *found = NULL;
    size_t count = 0;
    struct lab_error ignored;
    struct run_figures least = {NAN, NAN, NAN}, usual = least;
    json_t *json = json_object();
    char *program = paths_program(paths, workload, "floor");
    if (!access(program, X_OK) && !workloads_find(paths, workload, &found, &count, &ignored)) {
        least = run_floor(paths, found, workload_least(found, "ops"), record);
        usual = run_floor(paths, found, ops, record);
    }
    set_number(json, "overhead_ns_per_op", least.elapsed_ns / (double)ops);
    set_number(json, "loop_ns_per_op", usual.elapsed_ns / (double)ops);
    set_number(json, "outside_s", usual.outside_s);
    set_number(json, "process_bytes", usual.start_bytes);
    set_number(json, "harness_bytes", own_peak_bytes());
    json_object_set_new(json, "ops", json_integer(ops));
    workloads_free(found, count);
    free(program);
    return json;
}
