/*
 * The distributions of sizes of drawn programs, as quantiles: a random entry of the table is a random size.  No libm:
 * the same tables on every machine.  scripts/drawn.py knows their means.
 *
 * one      every block as long as another
 * even     any size between two, each as likely as another
 * log      as many blocks in each doubling between two sizes, even within one
 * few      some sizes, each as likely as another
 * mostly   nine of ten from a size to twice that size, one of ten from half of another size to that one
 * tail     of a size and up, half as many of at least twice a size, cut off at another: Pareto's, with exponent 1
 */
#include "workloads/shapes/drawn.h"

#define MOSTLY_SHARE 0.9

/* log2 of `ratio` (at least 1), its fraction interpolated: exact at powers of two. */
static double doublings(double ratio)
{
    double whole = 0;
    for (; ratio >= 2; ratio /= 2)
        whole++;
    return whole + ratio - 1;
}

static double times_doublings(double size, double count)
{
    for (; count >= 1; count--)
        size *= 2;
    return size * (1 + count);
}

static double even_between(double low, double high, double share)
{
    return low + (high - low) * share;
}

/* The size that `share` (above 0, below 1) of all blocks are below. */
static double quantile(const struct drawn *drawn, double share)
{
    const double low = drawn->number[0], high = drawn->number[drawn->numbers - 1];
    switch (drawn->sizes) {
    case SIZES_EVEN:
        return even_between(low, high, share);
    case SIZES_LOG:
        return times_doublings(low, share * doublings(high / low));
    case SIZES_FEW:
        return drawn->number[(unsigned)(share * drawn->numbers)];
    case SIZES_MOSTLY:
        return share < MOSTLY_SHARE ? even_between(low, 2 * low, share / MOSTLY_SHARE)
                                    : even_between(high / 2, high, (share - MOSTLY_SHARE) / (1 - MOSTLY_SHARE));
    case SIZES_TAIL:
        return low / (1 - share) < high ? low / (1 - share) : high;
    default:
        return low;
    }
}

void drawn_sizes_fill(struct drawn *drawn)
{
    for (unsigned i = 0; i < DRAWN_QUANTILES; i++) {
        const double size = quantile(drawn, (i + 0.5) / DRAWN_QUANTILES);
        drawn->size[i] = size < DRAWN_SIZE_MIN ? DRAWN_SIZE_MIN : (uint32_t)size;
    }
}
