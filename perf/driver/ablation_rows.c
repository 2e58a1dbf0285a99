/*
 * What an ablation came to.
 *
 * A feature's gain is a comparison of two arms and takes its verdict from there.  Where the gain of features left out
 * differs from their gain when added alone, they interact with the rest of the phase:
 *
 *      interaction of a group   its gain when left out / its gain when added alone
 *      interaction of all       the gain of the phase / the product of the gains of all groups added alone
 *
 * Both are formed round by round, like every ratio, so they have exact intervals too.  Each of the ratios in it may be
 * off by the noise floor, so a difference counts only beyond the floor raised to their number.
 */
#define _GNU_SOURCE
#include "perf/driver/ablation.h"

#include "perf/driver/campaign.h"
#include "perf/driver/finding.h"
#include "perf/driver/statistics.h"
#include "perf/driver/text.h"
#include "perf/driver/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is being filled in, for one workload. */
struct rows {
    const struct campaign *campaign;
    const struct ablation *ablation;
    const json_t *run;
    size_t workload;
    const char *name; /* of the workload */
    double floor;     /* its noise floor, NaN when unknown */
    json_t *list;
};

static const char *const mode_names[] = {"without", "alone"};

static json_t *number_or_null(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

static json_t *row_begin(struct rows *rows, const char *feature, const char *mode, const char *baseline,
                         const char *candidate)
{
    json_t *row = json_object();
    json_object_set_new(row, "workload", json_string(rows->name));
    json_object_set_new(row, "feature", json_string(feature));
    json_object_set_new(row, "mode", json_string(mode));
    json_object_set_new(row, "baseline", baseline ? json_string(baseline) : json_null());
    json_object_set_new(row, "candidate", candidate ? json_string(candidate) : json_null());
    json_array_append_new(rows->list, row);
    return row;
}

static void row_end(json_t *row, const struct estimate *ratio, const char *verdict, const char *words)
{
    json_object_set_new(row, "ratio", number_or_null(ratio->median));
    json_object_set_new(row, "ci_low", number_or_null(ratio->low));
    json_object_set_new(row, "ci_high", number_or_null(ratio->high));
    json_object_set_new(row, "rounds", json_integer((json_int_t)ratio->n));
    json_object_set_new(row, "verdict", json_string(verdict));
    json_object_set_new(row, "words", json_string(words));
}

static void add_gain(struct rows *rows, const struct ablation_question *question)
{
    static const char *const figures[] = {"ratio", "ci_low", "ci_high", "rounds", "verdict", "words"};
    const struct plan *plan = rows->campaign->plan;
    const char *with = plan->allocators[question->with_arm].label;
    const char *without = plan->allocators[question->without_arm].label;
    json_t *row = row_begin(rows, question->feature, mode_names[question->mode], without, with);
    if (question->with_arm == question->without_arm) {
        char *words = text_format("%s and %s are the same machine code: not timed", question->with, question->without);
        row_end(row, &(struct estimate){.median = NAN, .low = NAN, .high = NAN}, "identical", words);
        free(words);
        return;
    }
    const json_t *comparison = finding_comparison(rows->run, rows->name, "ops_per_sec", with, without);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        json_object_set(row, figures[i], json_object_get(comparison, figures[i]));
}

/* ln of a question's gain in a round; 0 where both sides are the same code. */
static double log_gain(const struct rows *rows, const struct ablation_question *question, size_t round)
{
    if (question->with_arm == question->without_arm)
        return 0;
    return measurements_log_ratio(rows->campaign->measurements, rows->workload, round, METRIC_OPS_PER_SEC,
                                  question->without_arm, question->with_arm);
}

/* Adds the failures of a question's arms to the doubt, and counts it if it was timed. */
static void doubt_more(const struct rows *rows, const struct ablation_question *question, struct verdict_doubt *doubt,
                       size_t *timed)
{
    const size_t arms[] = {question->with_arm, question->without_arm};
    *timed += arms[0] != arms[1];
    for (int i = 0; i < 2; i++) {
        size_t failed = measurements_failed(rows->campaign->measurements, rows->workload, arms[i]);
        if (failed > doubt->failed)
            *doubt = (struct verdict_doubt){failed, rows->campaign->plan->arms[arms[i]].label};
    }
}

static void end_interaction(struct rows *rows, json_t *row, struct estimate *logs, size_t timed,
                            struct verdict_doubt doubt)
{
    const struct plan *plan = rows->campaign->plan;
    struct estimate ratio = {.n = logs->n, .median = exp(logs->median), .low = exp(logs->low), .high = exp(logs->high)};
    double floor = expm1((double)timed * log1p(rows->floor));
    struct verdict verdict =
        verdict_reach(METRIC_OPS_PER_SEC, &ratio, floor, statistics_rounds_needed(plan->alpha), doubt);
    bool more = !strcmp(verdict.name, "faster"), less = !strcmp(verdict.name, "slower");
    if (more || less) {
        snprintf(verdict.words, sizeof verdict.words,
                 "together %.3fx of what they bring apart, %.0f %% interval %.3f to %.3f", ratio.median,
                 CONFIDENCE * 100, ratio.low, ratio.high);
        verdict.name = more ? "more" : "less";
    }
    if (doubt.failed)
        ratio.median = ratio.low = ratio.high = NAN;
    row_end(row, &ratio, verdict.name, verdict.words);
}

/* The interaction of `whole` with the parts that are groups added alone, or with the one part given. */
static void add_interaction(struct rows *rows, const struct ablation_question *whole,
                            const struct ablation_question *part)
{
    const struct ablation *ablation = rows->ablation;
    size_t rounds = rows->campaign->plan->rounds_max, timed = 0;
    struct verdict_doubt doubt = {0};
    double *logs = memory_take(rounds, sizeof *logs);
    size_t count = 0;
    doubt_more(rows, whole, &doubt, &timed);
    for (size_t i = 0; i < ablation->count; i++)
        if (part ? &ablation->questions[i] == part : ablation->questions[i].group)
            doubt_more(rows, &ablation->questions[i], &doubt, &timed);
    for (size_t round = 1; round <= rounds; round++) {
        double sum = log_gain(rows, whole, round);
        for (size_t i = 0; i < ablation->count; i++)
            if (part ? &ablation->questions[i] == part : ablation->questions[i].group)
                sum -= log_gain(rows, &ablation->questions[i], round);
        if (!isnan(sum))
            logs[count++] = sum;
    }
    struct estimate estimate = statistics_estimate(logs, count, rows->campaign->plan->alpha);
    json_t *row = row_begin(rows, whole->feature, "interaction", NULL, NULL);
    if (timed)
        end_interaction(rows, row, &estimate, timed, doubt);
    else
        row_end(row, &(struct estimate){.median = NAN, .low = NAN, .high = NAN}, "identical",
                "the same machine code with and without: nothing to interact");
    free(logs);
}

static void add_workload(struct rows *rows)
{
    const struct ablation *ablation = rows->ablation;
    for (size_t i = 0; i < ablation->count; i++)
        add_gain(rows, &ablation->questions[i]);
    for (size_t i = 0; i < ablation->count; i++) {
        const struct ablation_question *question = &ablation->questions[i];
        const struct ablation_question *partner = ablation_partner(ablation, question);
        if (question->group && partner)
            add_interaction(rows, partner, question);
        if (!strcmp(question->feature, "all"))
            add_interaction(rows, question, NULL);
    }
}

json_t *ablation_rows(const struct campaign *campaign, const json_t *run)
{
    const struct plan *plan = campaign->plan;
    struct rows rows = {.campaign = campaign, .ablation = plan->ablation, .run = run, .list = json_array()};
    for (rows.workload = 0; rows.workload < plan->workload_count; rows.workload++) {
        rows.name = plan->workloads[rows.workload].name;
        const json_t *noise =
            finding_item(json_object_get(run, "noise_floor"), "workload", rows.name, "metric", "ops_per_sec");
        rows.floor = finding_number(noise, "floor");
        add_workload(&rows);
    }
    return rows.list;
}
