#ifndef LAB_DRIVER_SELFTEST_H
#define LAB_DRIVER_SELFTEST_H

#include "perf/driver/agenda.h"
#include "perf/driver/options.h"
#include "perf/driver/paths.h"
#include "perf/driver/selftest_store.h"
#include "perf/driver/workload.h"

enum { SELFTEST_ALLOCATORS_MAX = 8 };

/* A self-test under way. */
struct selftest {
    const struct paths *paths;
    const struct options *options;
    struct agenda agenda;
    struct workload *workloads; /* agenda.workloads of them */
    size_t workload_count;
    struct allocator allocators[SELFTEST_ALLOCATORS_MAX]; /* to be compared with themselves */
    size_t allocator_count;
    char *slowed;        /* the allocator with a slowdown of known size */
    char *slowed_sha256; /* of that file */
    double sample_s;     /* length of a sample, wanted */
    int64_t rounds;      /* of each trial; 0: as compare decides */
    json_t *machine;
    struct selftest_store store;
    json_t *whole; /* selftest.json as last saved, once the trials are over */
};

/* What is tested, from the command line; STATUS_USAGE and a message for what cannot be. */
int selftest_plan(struct selftest *selftest, const struct paths *paths, const struct options *options,
                  struct lab_error *error);

/* Opens the folder, calibrates and carries out what is not yet done.  STATUS_DONE also when the time limit ended it. */
int selftest_run(struct selftest *selftest, struct lab_error *error);
void selftest_free(struct selftest *selftest);

#endif
