#ifndef LAB_DRIVER_SAMPLE_H
#define LAB_DRIVER_SAMPLE_H

#include "perf/driver/arm.h"
#include "perf/driver/metric.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum sample_state { SAMPLE_OK, SAMPLE_FAILED, SAMPLE_GATED, SAMPLE_INTERRUPTED };

/* What to run. */
struct sample_request {
    const struct workload *workload;
    const struct arm *arm;
    size_t round;         /* 0: warm-up */
    size_t order;         /* place in the run */
    size_t padding;       /* of the environment, by round */
    double timeout_s;     /* then it is killed and has failed */
    bool verify;          /* have the workload check what it wrote into its blocks */
    const char *events;   /* file of encoded counter events; NULL: none */
    bool without_thp;     /* it must say that it had no transparent huge pages */
    const char *record;   /* path for the record that the process writes */
    const char *checksum; /* what the work must come to; NULL when not known yet */
};

/* What came of it. */
struct sample {
    json_t *json; /* the line for samples.jsonl; the sample's, see sample_free() */
    enum sample_state state;
    char opening[256];           /* first line of its standard error */
    double values[METRIC_COUNT]; /* NaN when failed */
    uint64_t elapsed_ns;         /* of the measured region */
    uint64_t cpu_ns;             /* user and system, of the measured region */
    uint64_t wall_ns;            /* of the whole process */
    uint64_t steal_ns;           /* while it ran */
    int64_t involuntary;         /* context switches in the measured region */
    int64_t threads;
};

/*
 * Runs one process and reads its record.  A process that fails in whatever way is a sample with state SAMPLE_FAILED and
 * a reason, not an error; Ctrl-C gives SAMPLE_INTERRUPTED, which is not to be recorded.
 */
void sample_take(const struct sample_request *request, struct sample *sample);
void sample_free(struct sample *sample);

/* Sets the state, and why, in the line as well. */
void sample_mark(struct sample *sample, enum sample_state state, const char *reason);

/* Text fields of the record; NULL when absent. */
const char *sample_checksum(const struct sample *sample);
const char *sample_identity(const struct sample *sample);
const char *sample_reason(const struct sample *sample);

#endif
