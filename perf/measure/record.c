/*
 * Members of the record after perf/schema/sample.schema.json that lab-program, which must not have the measuring parts
 * in it, writes as well.  They go through the caller's writer and allocate nothing.
 */
#include "perf/measure/record.h"

void lab_record_allocator(struct lab_json *json, const char *linkage, const char *object, const char *identity)
{
    lab_json_open(json, "allocator", '{');
    lab_json_string(json, "linkage", linkage);
    lab_json_string(json, "malloc_object", object);
    lab_json_string(json, "identity", *identity ? identity : NULL);
    lab_json_close(json, '}');
}

static void write_counter(const struct lab_counter *counter, struct lab_json *json)
{
    bool available = counter->state != LAB_COUNTER_UNAVAILABLE;
    lab_json_open(json, NULL, '{');
    lab_json_string(json, "name", counter->name);
    lab_json_string(json, "state", lab_counter_state_name(counter->state));
    if (available) {
        lab_json_double(json, "value", counter->value);
        lab_json_double(json, "coverage", counter->coverage);
    } else {
        lab_json_null(json, "value");
        lab_json_null(json, "coverage");
    }
    lab_json_string(json, "reason", counter->reason[0] == '\0' ? NULL : counter->reason);
    lab_json_close(json, '}');
}

void lab_record_counters(struct lab_json *json, const struct lab_counter *counters, size_t count)
{
    lab_json_open(json, "counters", '[');
    for (size_t i = 0; i < count; i++)
        write_counter(&counters[i], json);
    lab_json_close(json, ']');
}

void lab_record_pin(struct lab_json *json, const struct lab_cpu_list *cpus)
{
    lab_json_open(json, "pin", '{');
    lab_json_open(json, "cpus", '[');
    for (size_t i = 0; i < cpus->count; i++)
        lab_json_u64(json, NULL, (uint64_t)cpus->cpu[i]);
    lab_json_close(json, ']');
    lab_json_bool(json, "applied", cpus->count > 0);
    lab_json_close(json, '}');
}
