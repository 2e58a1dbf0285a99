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

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

static double two_sided_tail(size_t n, size_t k)
{
    return 2 * gsl_cdf_binomial_P((unsigned)(k - 1), 0.5, (unsigned)n);
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
    gsl_sort(values, 1, n);
    estimate.median = gsl_stats_median_from_sorted_data(values, 1, n);
    estimate.min = values[0];
    estimate.max = values[n - 1];
    size_t rank = statistics_interval_rank(n, alpha);
    if (rank) {
        estimate.low = values[rank - 1];
        estimate.high = values[n - rank];
    }
    return estimate;
}
