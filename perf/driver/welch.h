#ifndef LAB_DRIVER_WELCH_H
#define LAB_DRIVER_WELCH_H

#include <stddef.h>

/* What Welch's t-test says of two samples. */
struct welch {
    double mean_a, mean_b;
    double t;       /* above 0: a is the larger */
    double degrees; /* of freedom, Welch-Satterthwaite */
    double p;       /* two-sided; NaN with fewer than 2 values on a side or without any spread */
};

/*
 * The test that a benchmark makes that runs all of A, then all of B, and compares means.  The lab does not judge by
 * it: the self-test does, to show what it would have said.
 */
struct welch welch_test(const double *a, size_t a_count, const double *b, size_t b_count);

/* P(|T| >= |t|) for Student's t with so many degrees of freedom. */
double welch_two_sided(double t, double degrees);

#endif
