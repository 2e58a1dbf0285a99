#ifndef LAB_DRIVER_STATISTICS_H
#define LAB_DRIVER_STATISTICS_H

#include <stddef.h>

/* A median with its exact interval.  Where a figure does not exist it is NaN. */
struct estimate {
    size_t n;      /* values that it rests on */
    double median; /* NaN without values */
    double low;    /* ends of the interval; NaN when n is too small for the confidence asked for */
    double high;
    double min;
    double max;
};

/* P(B <= k), where B counts the successes of n trials that each succeed with the given chance. */
double statistics_binomial_tail(size_t n, size_t k, double chance);

/*
 * Rank k (from 1) such that the k-th smallest and k-th largest of n values enclose the population's median with a
 * probability of at least 1 - alpha, whatever the distribution: the largest k with 2 P(B <= k - 1) <= alpha, where B
 * counts the heads in n tosses of a fair coin.  0 when even k = 1 is not enough.
 */
size_t statistics_interval_rank(size_t n, double alpha);

/* The smallest n for which such an interval exists: the smallest n with 2^(1-n) <= alpha.  6 for alpha = 0.05. */
size_t statistics_rounds_needed(double alpha);

/* Sorts the values in place. */
struct estimate statistics_estimate(double *values, size_t n, double alpha);

#endif
