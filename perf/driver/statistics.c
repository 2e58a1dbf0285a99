/*
 * Medians and their order-statistic (sign test) intervals.
 *
 * Times of programs are skewed, have outliers and come in few samples, so nothing here assumes a distribution: the
 * interval is exact for any continuous one.  Its price is that confidence comes in steps and that below
 * statistics_rounds_needed() values there is no interval at all; then none is given.
 *
 * W. J. Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2 (the quantile test and its interval).
 */
#include "perf/driver/statistics.h"

#include <math.h>
#include <stdlib.h>

#define FAIR_COIN 0.5

/* P(B = k): the logarithms keep it exact to about 1e-12 where n choose k overflows. */
static double binomial_share(size_t n, size_t k, double chance)
{
    if (chance <= 0 || chance >= 1)
        return k == (chance <= 0 ? 0 : n);
    double ways = lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1);
    return exp(ways + (double)k * log(chance) + (double)(n - k) * log1p(-chance));
}

double statistics_binomial_tail(size_t n, size_t k, double chance)
{
    double sum = 0;
    for (size_t i = 0; i <= k && i <= n; i++)
        sum += binomial_share(n, i, chance);
    return fmin(sum, 1);
}

static double two_sided_tail(size_t n, size_t k)
{
    return 2 * statistics_binomial_tail(n, k - 1, FAIR_COIN);
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median_of_sorted(const double *values, size_t n)
{
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

size_t statistics_interval_rank(size_t n, double alpha)
{
    size_t rank = 0;
    while (rank < n / 2 && two_sided_tail(n, rank + 1) <= alpha)
        rank++;
    return rank;
}

size_t statistics_rounds_needed(double alpha)
{
    size_t n = 2;
    while (!statistics_interval_rank(n, alpha))
        n++;
    return n;
}

struct estimate statistics_estimate(double *values, size_t n, double alpha)
{
    struct estimate estimate = {.n = n, .median = NAN, .low = NAN, .high = NAN, .min = NAN, .max = NAN};
    if (!n)
        return estimate;
    qsort(values, n, sizeof *values, ascending);
    estimate.median = median_of_sorted(values, n);
    estimate.min = values[0];
    estimate.max = values[n - 1];
    size_t rank = statistics_interval_rank(n, alpha);
    if (rank) {
        estimate.low = values[rank - 1];
        estimate.high = values[n - rank];
    }
    return estimate;
}
