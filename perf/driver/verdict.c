/*
 * From an interval to words.
 *
 *   faster, slower (smaller, larger)   the interval excludes 1, and the effect exceeds the noise floor, which is how
 * far the same allocator by another path came from itself same within x %                    no difference by that
 * rule, and the whole interval lies within 1 -x and 1 +x unresolved                         anything else, and
 * everything that rests on too few rounds, on failed samples or on no usable noise floor
 */
#include "perf/driver/verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DECIMALS_MAX = 6 };

/* Margins that "same" may be said of; anything wider says too little to be called the same. */
static const double same_margins[] = {0.005, 0.01, 0.02, 0.05};

double verdict_reach_from_one(const struct estimate *ratio)
{
    return isnan(ratio->low) ? NAN : expm1(fmax(fabs(log(ratio->low)), fabs(log(ratio->high))));
}

/* A claim must not read "1.000x faster": as many more decimals as it takes, up to where nobody could care. */
static int decimals_near_one(double ratio)
{
    int decimals = 3;
    for (double least = 1.0005; decimals < DECIMALS_MAX && ratio < least; decimals++)
        least = 1 + (least - 1) / 10;
    return decimals;
}

int verdict_decimals(double ratio)
{
    if (ratio < 1.095)
        return decimals_near_one(ratio);
    return ratio < 10 ? 2 : ratio < 100 ? 1 : 0;
}

static struct verdict difference(const char *name, double ratio, double low, double high)
{
    struct verdict verdict = {.name = name, .same_within = NAN};
    int decimals = verdict_decimals(ratio);
    snprintf(verdict.words, sizeof verdict.words, "%.*fx %s, %.0f %% interval %.*f to %.*f", decimals, ratio, name,
             CONFIDENCE * 100, decimals, low, decimals, high);
    return verdict;
}

static struct verdict no_difference(const struct estimate *ratio, double floor)
{
    struct verdict verdict = {.name = "unresolved", .same_within = NAN};
    char said[64] = "unresolved";
    double reach = verdict_reach_from_one(ratio);
    for (size_t i = 0; i < sizeof same_margins / sizeof same_margins[0]; i++) {
        if (reach > same_margins[i])
            continue;
        verdict.name = "same";
        verdict.same_within = same_margins[i];
        snprintf(said, sizeof said, "same within %g %%", same_margins[i] * 100);
        break;
    }
    if (isnan(verdict.same_within) && (ratio->low > 1 || ratio->high < 1))
        snprintf(said, sizeof said, "unresolved (inside the noise floor of %.1f %%)", floor * 100);
    snprintf(verdict.words, sizeof verdict.words, "%s, %.0f %% interval %.3f to %.3f", said, CONFIDENCE * 100,
             ratio->low, ratio->high);
    return verdict;
}

static struct verdict no_claim(size_t rounds, size_t needed, struct verdict_doubt doubt)
{
    struct verdict verdict = {.name = "unresolved", .same_within = NAN};
    if (doubt.failed)
        snprintf(verdict.words, sizeof verdict.words, "no claim: %zu sample%s of %s failed", doubt.failed,
                 doubt.failed == 1 ? "" : "s", doubt.failed_arm);
    else
        snprintf(verdict.words, sizeof verdict.words, "no claim: %zu round%s, a %.0f %% interval needs %zu", rounds,
                 rounds == 1 ? "" : "s", CONFIDENCE * 100, needed);
    return verdict;
}

/* Without a yardstick for noise there is no telling an effect from it. */
static struct verdict no_yardstick(double floor)
{
    struct verdict verdict = {.name = "unresolved", .same_within = NAN};
    if (isnan(floor))
        snprintf(verdict.words, sizeof verdict.words, "no claim: the A/A' control failed, so the noise is unknown");
    else
        snprintf(verdict.words, sizeof verdict.words,
                 "no claim: the A/A' control is up to %.0f %% off from itself, more than %.0f %%", 100 * floor,
                 100 * VERDICT_FLOOR_MAX);
    return verdict;
}

bool verdict_floor_usable(double floor)
{
    return floor <= VERDICT_FLOOR_MAX;
}

struct verdict verdict_reach(enum metric metric, const struct estimate *ratio, double floor, size_t needed,
                             struct verdict_doubt doubt)
{
    const struct metric_traits *traits = &metric_table[metric];
    if (doubt.failed || isnan(ratio->low))
        return no_claim(ratio->n, needed, doubt);
    if (!verdict_floor_usable(floor))
        return no_yardstick(floor);
    if (ratio->low > 1 && ratio->median > 1 + floor)
        return difference(traits->better, ratio->median, ratio->low, ratio->high);
    if (ratio->high < 1 && 1 / ratio->median > 1 + floor)
        return difference(traits->worse, 1 / ratio->median, 1 / ratio->high, 1 / ratio->low);
    return no_difference(ratio, floor);
}
