#ifndef LAB_DRIVER_GATE_H
#define LAB_DRIVER_GATE_H

#include "perf/driver/sample.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether a sample that the gate objects to is run again, after `reruns` of this one, `discarded` in the run so far and
 * `taken` processes in all.  On a machine that is busy all the time reruns would not help and would take all the time.
 */
bool gate_reruns(size_t reruns, size_t discarded, size_t taken);

/* Why the sample does not count, as a text to free; NULL when it does. */
char *gate_objection(const struct sample *sample);

/* The rule in words, for run.json and the report. */
extern const char gate_rule[];

#endif
