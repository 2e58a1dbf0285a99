/*
 * The members that every record has in common, whether a workload's program writes it or lab-program does.
 */
#ifndef LAB_RECORD_H
#define LAB_RECORD_H

#include "perf/measure/counters.h"
#include "perf/measure/json.h"
#include "perf/measure/pin.h"

/* "allocator": where its malloc is and what it says it is; an empty identity is written as null. */
void lab_record_allocator(struct lab_json *json, const char *linkage, const char *object, const char *identity);

/* "counters": each with its state; a number that is missing is null, and the reason says why. */
void lab_record_counters(struct lab_json *json, const struct lab_counter *counters, size_t count);

/* "pin": the CPUs, none when threads were not pinned. */
void lab_record_pin(struct lab_json *json, const struct lab_cpu_list *cpus);

#endif
