/*
 * Sample to JSON, member by member in the schema's order.  perf/schema/golden/sample.json is what this writes for a
 * fixed sample: a test here keeps it so, and tests of the readers read the same file.
 *
 * Thread safety: pure functions.
 */
#include "perf/measure/sample.h"

#include <inttypes.h>

#include "perf/measure/probe.h"
#include "perf/measure/record.h"

#define CHECKSUM_BYTES 17 /* 16 hex digits and the terminator */

double lab_sample_ops_per_sec(const struct lab_sample *sample)
{
    if (sample->region.elapsed_ns == 0)
        return 0;
    return (double)sample->region.ops * (double)LAB_NS_PER_S / (double)sample->region.elapsed_ns;
}

static void write_params(const struct lab_params *params, struct lab_json *json)
{
    lab_json_open(json, "params", '{');
    lab_json_u64(json, "ops", params->ops);
    lab_json_u64(json, "slots", params->slots);
    lab_json_u64(json, "min_size", params->min_size);
    lab_json_u64(json, "max_size", params->max_size);
    lab_json_u64(json, "threads", params->threads);
    lab_json_u64(json, "seed", params->seed);
    lab_json_close(json, '}');
}

static void write_region(const struct lab_sample *sample, struct lab_json *json)
{
    const struct lab_region_result *region = &sample->region;
    char checksum[CHECKSUM_BYTES];
    lab_json_u64(json, "ops", region->ops);
    lab_json_u64(json, "elapsed_ns", region->elapsed_ns);
    lab_json_double(json, "ops_per_sec", lab_sample_ops_per_sec(sample));
    lab_json_u64(json, "cpu_user_ns", region->usage.cpu_user_ns);
    lab_json_u64(json, "cpu_system_ns", region->usage.cpu_system_ns);
    lab_json_u64(json, "minor_faults", region->usage.minor_faults);
    lab_json_u64(json, "major_faults", region->usage.major_faults);
    lab_json_u64(json, "voluntary_switches", region->usage.voluntary_switches);
    lab_json_u64(json, "involuntary_switches", region->usage.involuntary_switches);
    lab_json_u64(json, "rss_start_bytes", region->start.rss_bytes);
    lab_json_u64(json, "peak_rss_bytes", region->end.peak_bytes);
    lab_json_u64(json, "rss_end_bytes", region->end.rss_bytes);
    snprintf(checksum, sizeof checksum, "%016" PRIx64, region->checksum);
    lab_json_string(json, "checksum", checksum);
}

/* Only where the allocator counts: a timed build has no such member. */
static void write_counts(const struct lab_counts *counts, struct lab_json *json)
{
    if (counts->count == 0)
        return;
    lab_json_open(json, "counts", '{');
    for (size_t i = 0; i < counts->count; i++)
        lab_json_u64(json, counts->of[i].name, counts->of[i].value);
    lab_json_close(json, '}');
}

void lab_sample_write(const struct lab_sample *sample, struct lab_json *json)
{
    lab_json_open(json, NULL, '{');
    lab_json_string(json, "schema", LAB_SAMPLE_SCHEMA);
    lab_json_string(json, "workload", sample->workload);
    write_params(&sample->params, json);
    write_region(sample, json);
    lab_json_bool(json, "verify", sample->verify);
    lab_record_counters(json, sample->counters, sample->counter_count);
    write_counts(&sample->region.counts, json);
    const struct lab_proof *proof = &sample->allocator;
    lab_record_allocator(json, proof->linkage, proof->object, proof->identity);
    lab_record_pin(json, &sample->cpus);
    lab_json_open(json, "clock", '{');
    lab_json_string(json, "source", lab_clock_source(&sample->clock));
    lab_json_u64(json, "hz", sample->clock.hz);
    lab_json_close(json, '}');
    lab_json_bool(json, "thp_disabled", sample->thp_disabled);
    lab_json_u64(json, "pid", sample->pid);
    if (&lab_probe != NULL && lab_probe.write != NULL)
        lab_probe.write(json);
    lab_json_close(json, '}');
}
