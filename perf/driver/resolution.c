/*
 * Time to a verdict: each trial is judged again as it stood after 6 rounds, after 7, and so on, with the noise floor of
 * those rounds, until it says "slower".  (A run goes on for at least 12 rounds; this says how many were needed.)
 */
#include "perf/driver/resolution.h"

#include "perf/driver/statistics.h"
#include "perf/driver/text.h"
#include "perf/driver/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALPHA (1 - CONFIDENCE)

/* The ratio of two lists over their first n elements, with its interval. */
static struct estimate ratio_of(const json_t *candidates, const json_t *baselines, size_t n, double *values)
{
    for (size_t i = 0; i < n; i++)
        values[i] =
            log(json_number_value(json_array_get(candidates, i)) / json_number_value(json_array_get(baselines, i)));
    struct estimate ratio = statistics_estimate(values, n, ALPHA);
    ratio.median = exp(ratio.median);
    ratio.low = exp(ratio.low);
    ratio.high = exp(ratio.high);
    return ratio;
}

/* Rounds until the verdict is "slower"; INFINITY when it never is. */
static double rounds_needed(const json_t *trial)
{
    const json_t *speeds = json_object_get(trial, "ops_per_sec");
    const json_t *candidates = json_object_get(speeds, "candidate"), *baselines = json_object_get(speeds, "baseline");
    const json_t *repeats = json_object_get(speeds, "repeat");
    size_t all = json_array_size(candidates), least = statistics_rounds_needed(ALPHA);
    double found = INFINITY;
    if (json_array_size(baselines) != all || json_array_size(repeats) != all)
        return found;
    double *values = memory_take(all + 1, sizeof *values);
    for (size_t n = least; n <= all && isinf(found); n++) {
        struct estimate ratio = ratio_of(candidates, baselines, n, values);
        struct estimate again = ratio_of(repeats, candidates, n, values);
        struct verdict verdict =
            verdict_reach(METRIC_OPS_PER_SEC, &ratio, verdict_reach_from_one(&again), least, (struct verdict_doubt){0});
        if (!strcmp(verdict.name, "slower"))
            found = (double)n;
    }
    free(values);
    return found;
}

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *resolution_json(const json_t *trials, int effect_percent)
{
    size_t i, count = 0, resolved = 0;
    json_t *trial;
    double *rounds = memory_take(json_array_size(trials) + 1, sizeof *rounds);
    double *seconds = memory_take(json_array_size(trials) + 1, sizeof *seconds);
    json_array_foreach (trials, i, trial) {
        double all = json_number_value(json_object_get(trial, "rounds"));
        if (json_integer_value(json_object_get(trial, "effect_percent")) != effect_percent || !(all > 0))
            continue;
        rounds[count] = rounds_needed(trial);
        seconds[count] = json_number_value(json_object_get(trial, "seconds")) * rounds[count] / all;
        resolved += isfinite(rounds[count++]) != 0;
    }
    json_t *json = json_object();
    json_object_set_new(json, "rounds", number_or_null(statistics_estimate(rounds, count, ALPHA).median));
    json_object_set_new(json, "seconds", number_or_null(statistics_estimate(seconds, count, ALPHA).median));
    json_object_set_new(json, "resolved", json_integer((json_int_t)resolved));
    json_object_set_new(json, "trials", json_integer((json_int_t)count));
    free(rounds);
    free(seconds);
    return json;
}
