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
