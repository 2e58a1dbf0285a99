#ifndef LAB_DRIVER_CAMPAIGN_H
#define LAB_DRIVER_CAMPAIGN_H

#include "perf/driver/company.h"
#include "perf/driver/counter_metrics.h"
#include "perf/driver/measurements.h"
#include "perf/driver/plan.h"
#include "perf/driver/progress.h"
#include "perf/driver/results.h"
#include "perf/driver/sample.h"
#include "perf/driver/schedule.h"

#include <jansson.h>
#include <stdbool.h>

/* What a campaign knows of one workload. */
struct workload_state {
    struct schedule *schedule;
    double region_s; /* what a block's measured regions are expected to take; 0 when the warm-up told nothing */
    double fixed_s;  /* the same of everything else in it, which is as long whatever the operation count */
    size_t rounds;   /* blocks done, the warm-up not counted */
    bool ended;      /* its intervals are narrow enough */
    char *checksum;  /* of the first sample with the present parameters; all others must have it too */
};

/* The carrying out of a plan. */
struct campaign {
    struct plan *plan;
    struct results *results;
    struct progress progress;
    struct company company; /* other harnesses that measure meanwhile */
    struct measurements *measurements;
    struct counter_metrics *counter_metrics;
    struct workload_state *states; /* by workload */
    json_t *command;               /* argv of the harness */
    json_t *machine;               /* as it was at the start */
    char *started_at;
    double started_s;      /* on the monotonic clock */
    double rounds_began_s; /* the same, when warm-up was over; 0 before */
    double measured_s;     /* from started_s to the end of the rounds; 0 before */
    size_t order;          /* processes started so far */
    size_t blocks;         /* of rounds, done so far */
    size_t discarded;      /* samples that the gate refused */
    size_t kept;           /* samples kept although the gate objected to the last rerun too */
    json_t *failures;      /* as in run.json */
    json_t *warnings;
    bool interrupted; /* by Ctrl-C */
};

/* Keeps pointers to plan, which must be whole (the A/A' arm included), and results; takes over `command`. */
void campaign_begin(struct campaign *campaign, struct plan *plan, struct results *results, json_t *command);

/*
 * Calibrates, warms up, measures, saving run.json after every round.  STATUS_DONE also when samples failed
 * (campaign->failures has them) and when Ctrl-C ended it (campaign->interrupted); STATUS_FAILED when results cannot be
 * written.
 */
int campaign_run(struct campaign *campaign, struct lab_error *error);
void campaign_end(struct campaign *campaign);

/* Seconds by which the rounds went past the time limit, at the expense of the lanes; 0 when they kept it. */
double campaign_overrun_s(const struct campaign *campaign);

/* What to run for one sample. */
struct sample_request campaign_request(const struct campaign *campaign, size_t workload, size_t arm, size_t round);

/* Adds a warning, once. */
void campaign_warn(struct campaign *campaign, char *owned);

#endif
