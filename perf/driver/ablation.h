#ifndef LAB_DRIVER_ABLATION_H
#define LAB_DRIVER_ABLATION_H

#include "perf/driver/options.h"
#include "perf/driver/paths.h"
#include "perf/driver/plan.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct campaign;

/* Every feature left out, every one added alone, every group, the whole: twice the features and a few. */
enum { ABLATION_QUESTIONS_MAX = 96 };

/* How a feature's gain is found. */
enum ablation_mode {
    ABLATION_WITHOUT, /* the phase against itself less the feature */
    ABLATION_ALONE    /* the feature added to phase 0, or to phase 0 with what the feature needs */
};

/* What does a feature bring?  Asked as: how much faster is one variant than another. */
struct ablation_question {
    char *feature; /* names joined by +; "all" for the whole phase */
    enum ablation_mode mode;
    bool group;           /* can be left out and added alone alike, so that the two can be held against each other */
    char *with, *without; /* variants of hakmem */
    size_t with_arm, without_arm; /* of the plan; the same one when the two are the same code: not timed */
};

/* All questions about one phase. */
struct ablation {
    char *phase; /* "phase3" */
    struct ablation_question questions[ABLATION_QUESTIONS_MAX];
    size_t count;
};

/*
 * Plans the ablation of options->phase: has make name and build the variants, and adds an arm for each one that is
 * machine code of its own.  plan_free() in every case.
 */
int ablation_plan(struct plan *plan, const struct paths *paths, const struct options *options, struct lab_error *error);
void ablation_free(struct ablation *ablation);

/* The question about the same features in the other mode; NULL when there is none. */
const struct ablation_question *ablation_partner(const struct ablation *ablation,
                                                 const struct ablation_question *question);

/* "ablation" of run.json, from its "comparisons" and the campaign's samples. */
json_t *ablation_rows(const struct campaign *campaign, const json_t *run);

/* A table for each workload within 80 columns, from run.json alone; in colour on a terminal unless NO_COLOR is set. */
void ablation_print(FILE *file, const json_t *run);

#endif
