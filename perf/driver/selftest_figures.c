/*
 * From the trials of a self-test to its figures.
 *
 * The truth of each trial is known: nothing (an allocator against itself), or a slowdown of so many percent.  A claim
 * in a trial of nothing is false; a slowdown is detected by the verdict "slower" alone.
 *
 * How small an effect could have been is asked of the trials of nothing as well: had the candidate been slower by a
 * factor s, all ratios of the trial would be smaller by it, and the verdict would have been "slower" once the upper end
 * of the interval is below 1 and the median farther from 1 than the noise floor.  The smallest such s of each trial,
 * and of those the one that is enough in four trials of five, is the estimate.
 */
#include "perf/driver/selftest_figures.h"

#include "perf/driver/agenda.h"
#include "perf/driver/resolution.h"
#include "perf/driver/share.h"
#include "perf/driver/statistics.h"
#include "perf/driver/text.h"
#include "perf/driver/verdict.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ALPHA       (1 - CONFIDENCE)
#define MEANS_ALPHA 0.05 /* at which the comparison of means claims */

/* Which trials a question is put to, and what it asks: 1 yes, 0 no, -1 the trial cannot tell. */
typedef int question(const json_t *trial);

static double number(const json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static int effect_of(const json_t *trial)
{
    return (int)json_integer_value(json_object_get(trial, "effect_percent"));
}

static bool has_failed(const json_t *trial)
{
    return json_array_size(json_object_get(trial, "failures")) > 0;
}

static bool verdict_is(const json_t *trial, const char *metric, const char *word)
{
    const char *verdict = json_string_value(json_object_get(json_object_get(trial, metric), "verdict"));
    return verdict && !strcmp(verdict, word);
}

static int claims_speed(const json_t *trial)
{
    return verdict_is(trial, "speed", "faster") || verdict_is(trial, "speed", "slower");
}

static int claims_memory(const json_t *trial)
{
    return verdict_is(trial, "memory", "smaller") || verdict_is(trial, "memory", "larger");
}

static int says_slower(const json_t *trial)
{
    return verdict_is(trial, "speed", "slower");
}

static int says_faster(const json_t *trial)
{
    return verdict_is(trial, "speed", "faster");
}

static int means_claim(const json_t *trial)
{
    double p = number(json_object_get(trial, "means"), "p");
    return isnan(p) ? -1 : p < MEANS_ALPHA;
}

static int means_say_slower(const json_t *trial)
{
    int claim = means_claim(trial);
    return claim > 0 ? number(json_object_get(trial, "means"), "ratio") < 1 : claim;
}

static struct share ask(const json_t *trials, int effect_percent, question *answer_of)
{
    size_t i, hits = 0, count = 0;
    json_t *trial;
    json_array_foreach (trials, i, trial) {
        int answer = effect_of(trial) == effect_percent && !has_failed(trial) ? answer_of(trial) : -1;
        hits += answer > 0;
        count += answer >= 0;
    }
    return share_of(hits, count, ALPHA);
}

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *interval_json(const struct share *share)
{
    return share->trials ? json_pack("[f, f]", share->low, share->high) : json_null();
}

/* Sets {"<name>": share by effect, "<name>_intervals": ..., "<name>_trials": ...}. */
static void add_detection(json_t *json, const json_t *trials, question *answer_of)
{
    json_t *rates = json_object(), *intervals = json_object(), *counts = json_object();
    for (size_t i = 0; i < AGENDA_EFFECTS; i++) {
        char key[16];
        struct share share = ask(trials, agenda_effects[i], answer_of);
        snprintf(key, sizeof key, "%d", agenda_effects[i]);
        json_object_set_new(rates, key, number_or_null(share.rate));
        json_object_set_new(intervals, key, interval_json(&share));
        json_object_set_new(counts, key, json_integer((json_int_t)share.trials));
    }
    json_object_set_new(json, "detected", rates);
    json_object_set_new(json, "detected_intervals", intervals);
    json_object_set_new(json, "detected_trials", counts);
}

static void add_false_claims(json_t *json, const json_t *trials, question *answer_of)
{
    struct share share = ask(trials, 0, answer_of);
    json_object_set_new(json, "aa_trials", json_integer((json_int_t)share.trials));
    json_object_set_new(json, "false_claims", json_integer((json_int_t)share.hits));
    json_object_set_new(json, "false_claim_rate", number_or_null(share.rate));
    json_object_set_new(json, "false_claim_interval", interval_json(&share));
}

static double smallest_detected(const json_t *trials)
{
    for (size_t i = 0; i < AGENDA_EFFECTS; i++) {
        struct share share = ask(trials, agenda_effects[i], says_slower);
        if (share.trials >= SELFTEST_TRIALS_SEEN && share.rate >= SELFTEST_SHARE_SEEN)
            return agenda_effects[i];
    }
    return NAN;
}

/* The slowdown, as a logarithm, from which on this trial of nothing would have said "slower"; NaN: never, for want of a
 * noise floor. */
static double effect_needed(const json_t *trial)
{
    const json_t *speed = json_object_get(trial, "speed");
    double floor = number(trial, "floor");
    double by_median = log(number(speed, "ratio")) + log1p(floor);
    if (!verdict_floor_usable(floor))
        return NAN;
    return fmax(fmax(log(number(speed, "ci_high")), by_median), 0);
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* In percent; NaN with too few trials. */
static double effect_estimate(const json_t *trials)
{
    size_t i, count = 0;
    json_t *trial;
    double *needed = memory_take(json_array_size(trials) + 1, sizeof *needed);
    json_array_foreach (trials, i, trial) {
        if (effect_of(trial) == 0 && !has_failed(trial) && !isnan(effect_needed(trial)))
            needed[count++] = effect_needed(trial);
    }
    qsort(needed, count, sizeof *needed, ascending);
    double estimate = NAN;
    if (count >= SELFTEST_TRIALS_SEEN)
        estimate = 100 * expm1(needed[(size_t)ceil(SELFTEST_SHARE_SEEN * (double)count) - 1]);
    free(needed);
    return estimate;
}

/* The median of what was measured where so much was injected, in percent: whether the calibration was right. */
static json_t *measured_effects(const json_t *trials)
{
    json_t *json = json_object();
    double *values = memory_take(json_array_size(trials) + 1, sizeof *values);
    for (size_t e = 0; e < AGENDA_EFFECTS; e++) {
        size_t i, count = 0;
        json_t *trial;
        char key[16];
        json_array_foreach (trials, i, trial) {
            double ratio = number(json_object_get(trial, "speed"), "ratio");
            if (effect_of(trial) == agenda_effects[e] && !has_failed(trial) && !isnan(ratio))
                values[count++] = 100 * (1 / ratio - 1);
        }
        struct estimate estimate = statistics_estimate(values, count, ALPHA);
        snprintf(key, sizeof key, "%d", agenda_effects[e]);
        json_object_set_new(json, key, number_or_null(estimate.median));
    }
    free(values);
    return json;
}

/* The range of the ratios found where there is nothing to find. */
static json_t *ratio_range(const json_t *trials, const char *part)
{
    size_t i;
    json_t *trial;
    double low = INFINITY, high = -INFINITY;
    json_array_foreach (trials, i, trial) {
        double ratio = number(json_object_get(trial, part), "ratio");
        if (effect_of(trial) || has_failed(trial) || isnan(ratio))
            continue;
        low = fmin(low, ratio);
        high = fmax(high, ratio);
    }
    return isfinite(low) ? json_pack("[f, f]", low, high) : json_null();
}

static json_t *means_json(const json_t *trials)
{
    json_t *json = json_object();
    add_false_claims(json, trials, means_claim);
    json_object_set_new(json, "aa_ratio_range", ratio_range(trials, "means"));
    add_detection(json, trials, means_say_slower);
    return json;
}

/* Whether more claims are false than chance allows, or slowdowns read as gains. */
static bool is_trusted(const json_t *trials)
{
    bool trusted = !(ask(trials, 0, claims_speed).low > SELFTEST_FALSE_CLAIMS_MAX) &&
                   !(ask(trials, 0, claims_memory).low > SELFTEST_FALSE_CLAIMS_MAX);
    for (size_t i = 0; i < AGENDA_EFFECTS; i++)
        trusted = trusted && !(ask(trials, agenda_effects[i], says_faster).low > SELFTEST_FALSE_CLAIMS_MAX);
    return trusted;
}

static size_t count_failed(const json_t *trials)
{
    size_t i, failed = 0;
    json_t *trial;
    json_array_foreach (trials, i, trial)
        failed += has_failed(trial);
    return failed;
}

json_t *selftest_figures(const json_t *trials)
{
    json_t *json = json_object();
    struct share memory = ask(trials, 0, claims_memory);
    size_t failed = count_failed(trials);
    add_false_claims(json, trials, claims_speed);
    json_object_set_new(json, "false_claim_rate_memory", number_or_null(memory.rate));
    json_object_set_new(json, "aa_ratio_range", ratio_range(trials, "speed"));
    add_detection(json, trials, says_slower);
    json_object_set_new(json, "measured_effect", measured_effects(trials));
    json_object_set_new(json, "smallest_detectable_effect", number_or_null(smallest_detected(trials)));
    json_object_set_new(json, "detectable_effect_estimate", number_or_null(effect_estimate(trials)));
    json_object_set_new(json, "effect_unit", json_string("percent"));
    json_object_set_new(json, "resolve_2_percent", resolution_json(trials, 2));
    json_object_set_new(json, "hyperfine", means_json(trials));
    json_object_set_new(json, "failed_trials", json_integer((json_int_t)failed));
    json_object_set_new(json, "passed", json_boolean(!failed && is_trusted(trials)));
    return json;
}
