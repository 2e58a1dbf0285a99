/*
 * Welch's t-test for means of two samples whose variances differ.
 *
 * B. L. Welch, The generalization of Student's problem when several different population variances are involved,
 * Biometrika 34, 1947.  The tail of Student's t is the incomplete beta function I_x(v/2, 1/2) with x = v / (v + t^2),
 * computed from its continued fraction (Abramowitz and Stegun, 26.5.8) by the modified method of Lentz.
 */
#include "perf/driver/welch.h"

#include <math.h>

enum { FRACTION_STEPS_MAX = 500 };
#define FRACTION_PRECISION 1e-15
#define FRACTION_TINY      1e-300 /* stands for a zero that would be divided by */

static double not_zero(double value)
{
    return fabs(value) < FRACTION_TINY ? FRACTION_TINY : value;
}

/* Coefficient number `step` (from 1) of the fraction 1 + d1 / (1 + d2 / (1 + ...)). */
static double coefficient(int step, double a, double b, double x)
{
    double m = step / 2;
    if (step % 2)
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
}

static double beta_fraction(double a, double b, double x)
{
    double value = 1, numerator = 1, denominator = 0;
    for (int step = 1; step <= FRACTION_STEPS_MAX; step++) {
        double d = coefficient(step, a, b, x);
        denominator = 1 / not_zero(1 + d * denominator);
        numerator = not_zero(1 + d / numerator);
        double change = numerator * denominator;
        value *= change;
        if (fabs(change - 1) < FRACTION_PRECISION)
            break;
    }
    return value;
}

/* The regularised incomplete beta function I_x(a, b). */
static double incomplete_beta(double a, double b, double x)
{
    if (x <= 0 || x >= 1)
        return x > 0;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front / (a * beta_fraction(a, b, x));
    return 1 - front / (b * beta_fraction(b, a, 1 - x));
}

double welch_two_sided(double t, double degrees)
{
    return incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t));
}

/* The mean, and the variance of that mean. */
static double mean_of(const double *values, size_t count, double *variance)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    double mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    *variance = squares / (double)(count - 1) / (double)count;
    return mean;
}

struct welch welch_test(const double *a, size_t a_count, const double *b, size_t b_count)
{
    struct welch welch = {.mean_a = NAN, .mean_b = NAN, .t = NAN, .degrees = NAN, .p = NAN};
    double a_variance, b_variance;
    if (a_count < 2 || b_count < 2)
        return welch;
    welch.mean_a = mean_of(a, a_count, &a_variance);
    welch.mean_b = mean_of(b, b_count, &b_variance);
    double variance = a_variance + b_variance;
    if (!(variance > 0))
        return welch;
    welch.t = (welch.mean_a - welch.mean_b) / sqrt(variance);
    welch.degrees = variance * variance /
                    (a_variance * a_variance / (double)(a_count - 1) + b_variance * b_variance / (double)(b_count - 1));
    welch.p = welch_two_sided(welch.t, welch.degrees);
    return welch;
}
