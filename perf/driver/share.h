#ifndef LAB_DRIVER_SHARE_H
#define LAB_DRIVER_SHARE_H

#include <jansson.h>
#include <stddef.h>

/* So many of so many trials, and what the chance behind it may be. */
struct share {
    size_t hits;
    size_t trials;
    double rate; /* NaN without trials, like the interval */
    double low;
    double high;
};

/* With the exact (Clopper-Pearson) interval: a chance outside it would give such a count in less than alpha of all
 * cases. */
struct share share_of(size_t hits, size_t trials, double alpha);

/* {"hits", "trials", "share", "ci_low", "ci_high"}; null where there is no figure. */
json_t *share_json(const struct share *share);

#endif
