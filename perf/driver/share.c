/*
 * Shares of yes-or-no trials with their exact interval.
 *
 * C. Clopper, E. Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial, Biometrika
 * 26, 1934: the low end is the chance under which so many hits or more have a probability of alpha / 2, the high end
 * the one under which so many or fewer have it.  Both are found by bisection of the binomial tail.
 */
#include "perf/driver/share.h"

#include "perf/driver/statistics.h"

#include <math.h>

enum { BISECTIONS = 60 }; /* to the last bit of a double near 1 */

/* The chance under which P(B <= k) is `wanted`; the tail falls as the chance grows. */
static double chance_of_tail(size_t n, size_t k, double wanted)
{
    double low = 0, high = 1;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2;
        if (statistics_binomial_tail(n, k, middle) > wanted)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct share share_of(size_t hits, size_t trials, double alpha)
{
    struct share share = {.hits = hits, .trials = trials, .rate = NAN, .low = NAN, .high = NAN};
    if (!trials)
        return share;
    share.rate = (double)hits / (double)trials;
    share.low = hits ? chance_of_tail(trials, hits - 1, 1 - alpha / 2) : 0;
    share.high = hits < trials ? chance_of_tail(trials, hits, alpha / 2) : 1;
    return share;
}

json_t *share_json(const struct share *share)
{
    json_t *json = json_object();
    json_object_set_new(json, "hits", json_integer((json_int_t)share->hits));
    json_object_set_new(json, "trials", json_integer((json_int_t)share->trials));
    json_object_set_new(json, "share", share->trials ? json_real(share->rate) : json_null());
    json_object_set_new(json, "ci_low", share->trials ? json_real(share->low) : json_null());
    json_object_set_new(json, "ci_high", share->trials ? json_real(share->high) : json_null());
    return json;
}
