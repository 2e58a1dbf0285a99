/*
 * The joint histogram of sizes and lifetimes: how many blocks there were of each class of size and of lifetime.
 *
 * Sizes go by eight steps a doubling, lifetimes by doublings, with 0 and the program's end for themselves.  A cell
 * keeps the smallest and the largest of either that it got, so that a class with one size says that size.
 *
 * Not thread-safe: the caller holds its lock.
 */
#ifndef PERF_RECORDER_JOINT_H
#define PERF_RECORDER_JOINT_H

#include <stdint.h>

#define JOINT_END              UINT64_MAX          /* the lifetime of what is not freed before the end */
#define JOINT_SIZE_MAX         (UINT64_C(1) << 30) /* bytes; what is larger counts as this */
#define JOINT_STEP_BITS        3u                  /* log2 of the steps in a doubling */
#define JOINT_SIZE_CLASSES     (((30u - JOINT_STEP_BITS + 1) << JOINT_STEP_BITS) + 1)
#define JOINT_LIFETIME_CLASSES 66u /* 0, a class for each bit of a number, and the end */

struct joint_cell {
    uint64_t count;                      /* blocks; 0: the bounds say nothing */
    uint64_t size_min, size_max;         /* bytes */
    uint64_t lifetime_min, lifetime_max; /* blocks made meanwhile, or JOINT_END */
};

struct joint {
    struct joint_cell cells[JOINT_LIFETIME_CLASSES][JOINT_SIZE_CLASSES];
};

/* Counts a block of `size` bytes; 0 counts as 1, which takes the same memory. */
void joint_add(struct joint *joint, uint64_t size, uint64_t lifetime);

#endif
