#ifndef LAB_DRIVER_SELFTEST_TRIAL_H
#define LAB_DRIVER_SELFTEST_TRIAL_H

#include "perf/driver/options.h"
#include "perf/driver/paths.h"
#include "perf/driver/status.h"

#include <jansson.h>

/* One comparison that the self-test makes, whose true answer it knows. */
struct selftest_request {
    const char *candidate; /* allocators, as compare names them; their machine code may be the same */
    const char *baseline;
    const char *workload;
    const char *folder;            /* for its results while it lasts; must not exist, and does not afterwards */
    double sample_s;               /* length of a sample */
    uint64_t seed;                 /* of order, layout and work */
    int64_t rounds;                /* exactly so many; 0: as compare decides */
    bool means;                    /* also all of the baseline, then all of the candidate, judged by their means */
    const struct options *options; /* --quick, --ops, --pin and --timeout are taken from here */
};

/*
 * Compares as `compare` does, by the same code.  *trial is the caller's:
 *
 *   {"workload", "ops", "rounds", "seconds",
 *    "speed": comparison as in run.json, "memory": the same, "floor": of speed, "discarded", "failures": [...],
 *    "ops_per_sec": {"baseline": [by round], "candidate", "repeat"},
 *    "means": {"p", "ratio", "baseline_s": [...], "candidate_s": [...]} or null}
 *
 * STATUS_INTERRUPTED after Ctrl-C, without a trial.
 */
int selftest_trial_run(const struct paths *paths, const struct selftest_request *request, json_t **trial,
                       struct lab_error *error);

#endif
