#ifndef LAB_DRIVER_GATE_H
#define LAB_DRIVER_GATE_H

#include "perf/driver/sample.h"

/* How often a sample that the gate objects to is run again before it is kept all the same. */
enum { GATE_RERUNS_MAX = 2 };

/* Why the sample does not count, as a text to free; NULL when it does. */
char *gate_objection(const struct sample *sample);

/* The rule in words, for run.json and the report. */
extern const char gate_rule[];

#endif
