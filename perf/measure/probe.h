/*
 * A probe: what some workload programs watch in their own process, besides what all of them measure.  A program has at
 * most one, linked in as an object of its own, and is a program of its own: bench_<workload>_live, ..._latency.  The
 * programs whose speed is measured have none, and nothing of one.
 */
#ifndef LAB_PROBE_H
#define LAB_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "perf/measure/clock.h"
#include "perf/measure/error.h"
#include "perf/measure/json.h"
#include "perf/measure/workload.h"

/* A number that the command line may set: --probe NAME=N. */
struct lab_probe_setting {
    const char *name;
    const char *meaning; /* one line */
    uint64_t min, max;   /* both allowed */
    uint64_t *value;     /* the default, overwritten */
};

struct lab_probe {
    const char *name;                         /* "live" */
    const struct lab_probe_setting *settings; /* ends with a NULL name */
    /* Before threads and region.  0, or -errno with a sentence. */
    int (*begin)(const struct lab_params *params, const struct lab_clock *clock, struct lab_error *error);
    void (*region_begins)(void);          /* right before; every thread waits; may be NULL */
    void (*region_ends)(void);            /* right after, before anything is freed; may be NULL */
    void (*freed)(void);                  /* the workload has freed everything; may be NULL */
    void (*write)(struct lab_json *json); /* adds a member to the record; may be NULL */
    void (*print)(void);                  /* the same for people; may be NULL */
};

/* This program's probe; its address is NULL where there is none. */
extern const struct lab_probe lab_probe __attribute__((weak));

static inline void lab_probe_region_begins(void)
{
    if (&lab_probe != NULL && lab_probe.region_begins != NULL)
        lab_probe.region_begins();
}

static inline void lab_probe_region_ends(void)
{
    if (&lab_probe != NULL && lab_probe.region_ends != NULL)
        lab_probe.region_ends();
}

#endif
