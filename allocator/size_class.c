/* The block size of each class, as a table.  See size_class.h. */
#include "size_class.h"

#define TINY(n)  (n) * SIZE_CLASS_TINY_STEP
#define TINY8(n) TINY(n), TINY(n + 1), TINY(n + 2), TINY(n + 3), TINY(n + 4), TINY(n + 5), TINY(n + 6), TINY(n + 7)
/* The eight steps above `first`, a power of two. */
#define STEP(first, n) (first) / SIZE_CLASS_PER_DOUBLING *(SIZE_CLASS_PER_DOUBLING + n)
#define STEPS(first)                                                                                                   \
    STEP(first, 1), STEP(first, 2), STEP(first, 3), STEP(first, 4), STEP(first, 5), STEP(first, 6), STEP(first, 7),    \
        STEP(first, 8)
#define KIB 1024

const uint32_t size_class_table[1 + SIZE_CLASS_COUNT] = {
    0,
    TINY8(1),
    TINY8(9),
    TINY8(17),
    TINY8(25),
    TINY8(33),
    TINY8(41),
    TINY8(49),
    TINY8(57),
    STEPS(1 * KIB),
    STEPS(2 * KIB),
    STEPS(4 * KIB),
    STEPS(8 * KIB),
    STEPS(16 * KIB),
    STEPS(32 * KIB),
    STEPS(64 * KIB),
    STEPS(128 * KIB),
    STEPS(256 * KIB),
    STEPS(512 * KIB),
    STEPS(1024 * KIB),
};
