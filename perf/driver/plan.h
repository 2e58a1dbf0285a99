#ifndef LAB_DRIVER_PLAN_H
#define LAB_DRIVER_PLAN_H

#include "perf/driver/allocator.h"
#include "perf/driver/arm.h"
#include "perf/driver/counting.h"
#include "perf/driver/options.h"
#include "perf/driver/relink.h"
#include "perf/driver/workload.h"

#include <stdbool.h>

enum { PLAN_ALLOCATORS_MAX = 64, PLAN_PAIRS_MAX = 192 };

#define NO_ARM ((size_t)-1)

struct ablation;

/* A comparison to be made on every workload; indices of arms. */
struct pair {
    size_t baseline;
    size_t candidate;
};

/* What is going to be measured, all decided before the first sample, save the operation counts. */
struct plan {
    struct allocator allocators[PLAN_ALLOCATORS_MAX]; /* as named, and the floor last */
    size_t allocator_count;
    struct arm arms[PLAN_ALLOCATORS_MAX + 1]; /* one for each allocator, in the same order, then the A/A' arm */
    size_t arm_count;
    size_t repeat;         /* the A/A' arm */
    size_t repeated;       /* the arm that it repeats */
    size_t table_baseline; /* the arm that the table compares with, or NO_ARM */
    struct pair pairs[PLAN_PAIRS_MAX];
    size_t pair_count;
    size_t claims_more; /* on one workload, beside the pairs: they share the family's error */
    struct workload *workloads;
    size_t workload_count;
    struct counting counting;
    enum linkage linkage;
    size_t rounds_min; /* before a narrow interval ends a workload */
    size_t rounds_max;
    double alpha;        /* of one comparison: the family's, divided by the number of comparisons */
    double time_limit_s; /* NaN: none */
    double lanes_s;      /* kept for the lanes after that; 0: nothing */
    double timeout_s;    /* of one sample */
    double sample_s;     /* wanted length of a sample, NaN when the operation count is given */
    bool quick;
    bool program;              /* the one workload is a program that is not the lab's */
    bool simulate;             /* the simulated lane is run after the samples */
    bool memory;               /* and that of memory over time */
    bool latency;              /* and that of single calls */
    int latency_rounds;        /* exactly so many, however long it takes; 0: as many as there is time for */
    bool lab;                  /* made by `lab` rather than `compare` */
    struct ablation *ablation; /* made by `ablate`: what its pairs mean; else NULL */
    struct relink *relink;     /* the arms in several link orders; NULL: none asked for */
    bool silent;               /* part of something greater, which tells of its progress itself */
    uint64_t seed;
    const char *pin;
    bool without_thp;   /* transparent huge pages are switched off for the measured processes */
    json_t *provenance; /* as in run.json; NULL until provenance_make() */
    char *remark;       /* why something asked for is not measured; NULL: all is */
};

/* Plans `compare` from its words, or `lab` from its phase.  Nothing is written yet.  plan_free() in every case. */
int plan_compare(struct plan *plan, const struct paths *paths, const struct options *options, struct lab_error *error);
int plan_lab(struct plan *plan, const struct paths *paths, const struct options *options, struct lab_error *error);
void plan_free(struct plan *plan);

/* "compare", "lab" or "ablate": the kind of its run.json, and the beginning of its folder's name. */
const char *plan_kind(const struct plan *plan);

/*
 * For whoever makes a plan: begin, fill in allocators, add pairs, finish.  plan_finish() checks all of it, finds the
 * workloads and decides on the lengths.
 */
void plan_begin(struct plan *plan, const struct options *options);
void plan_add_pair(struct plan *plan, size_t baseline, size_t candidate);
int plan_finish(struct plan *plan, const struct paths *paths, const struct options *options, struct lab_error *error);

/* Makes the A/A' arm, with its copies in `folder`. */
int plan_add_repeat(struct plan *plan, const char *folder, struct lab_error *error);

/* Seconds after which no block of this round is begun, NaN: none.  A lab's rounds up to the number that a claim needs
 * may go on into the lanes' time, since a table without claims would be worth nothing. */
double plan_limit_s(const struct plan *plan, size_t round);

/* The arm as it is run in a round. */
const struct arm *plan_arm(const struct plan *plan, size_t arm, size_t round);

/* The first file measured whose content is no longer what it was when the plan was made; NULL: all are.  To be freed.
 */
char *plan_changed_file(struct plan *plan);

/* Sets --threads, --seed, --ops and --param of a workload as the options say, and what it is pinned to. */
int plan_workload_options(struct workload *workload, const struct paths *paths, const struct options *options,
                          struct lab_error *error);

#endif
