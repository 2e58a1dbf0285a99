/*
 * Size classes: which block size serves a request.
 *
 *   class   0 ..  63   16, 32, 48 … 1024             16-byte steps: at most 15 bytes wasted
 *   class  64 .. 151   1152, 1280 … 2 MiB            8 steps per doubling: at most 11 % wasted
 *
 * Counting equation: classes = 1024/16 + 8 * log2(2 MiB / 1 KiB) = 64 + 88.
 * Pure functions, callable from anywhere.
 */
#ifndef HAKMEM_SIZE_CLASS_H
#define HAKMEM_SIZE_CLASS_H

#include "hakmem_config.h"

#define SIZE_CLASS_TINY_STEP     16
#define SIZE_CLASS_TINY_COUNT    (HAKMEM_TINY_MAX / SIZE_CLASS_TINY_STEP)
#define SIZE_CLASS_PER_DOUBLING  8
#define SIZE_CLASS_TINY_MAX_LOG2 10
#define SIZE_CLASS_DOUBLINGS     11
#define SIZE_CLASS_COUNT         (SIZE_CLASS_TINY_COUNT + SIZE_CLASS_PER_DOUBLING * SIZE_CLASS_DOUBLINGS)

static_assert(HAKMEM_TINY_MAX == 1 << SIZE_CLASS_TINY_MAX_LOG2, "tiny classes end where the doublings start");
static_assert(HAKMEM_LARGE_BLOCK_MAX == (size_t)HAKMEM_TINY_MAX << SIZE_CLASS_DOUBLINGS, "classes reach 2 MiB");

/* The class that serves `size` bytes; 0 counts as 1.  `size` is at most HAKMEM_LARGE_BLOCK_MAX. */
static inline unsigned size_class_of(size_t size)
{
    if (size <= HAKMEM_TINY_MAX)
        return (unsigned)((size + (size == 0) - 1) / SIZE_CLASS_TINY_STEP);
    /* size - 1 has its top bit at `log2` and the next three bits choose one of eight steps. */
    unsigned log2 = 63 - (unsigned)__builtin_clzll((unsigned long long)(size - 1));
    unsigned step = (unsigned)((size - 1) >> (log2 - 3)) & (SIZE_CLASS_PER_DOUBLING - 1);
    return SIZE_CLASS_TINY_COUNT + (log2 - SIZE_CLASS_TINY_MAX_LOG2) * SIZE_CLASS_PER_DOUBLING + step;
}

/* Block size of a class, in bytes: a multiple of 16. */
static inline size_t size_class_bytes(unsigned size_class)
{
    if (size_class < SIZE_CLASS_TINY_COUNT)
        return (size_t)(size_class + 1) * SIZE_CLASS_TINY_STEP;
    unsigned above = size_class - SIZE_CLASS_TINY_COUNT;
    unsigned log2 = SIZE_CLASS_TINY_MAX_LOG2 + above / SIZE_CLASS_PER_DOUBLING;
    size_t step = above % SIZE_CLASS_PER_DOUBLING + 1;
    return ((size_t)1 << log2) + (step << (log2 - 3));
}

/* The same by class + 1, and 0 at 0: one load, where sizes of all kinds come by and a branch would be guessed wrong. */
extern const uint32_t size_class_table[1 + SIZE_CLASS_COUNT];

/* Slices in a page of the class: 1 (to 8 KiB), or enough for 8 blocks (to 256 KiB) or 4 (above); to 64 KiB for 8 of the
 * largest that lies between the same powers of two. */
static inline unsigned size_class_slices(unsigned size_class)
{
    size_t bytes = size_class_bytes(size_class);
    if (bytes <= HAKMEM_SMALL_BLOCK_MAX)
        return 1;
    if (bytes <= HAKMEM_MEDIUM_BLOCK_MAX)
        return bytes <= HAKMEM_MEDIUM_BLOCK_MAX / 4 ? 2 : bytes <= HAKMEM_MEDIUM_BLOCK_MAX / 2 ? 4 : 8;
    size_t blocks = bytes <= 4 * HAKMEM_MEDIUM_BLOCK_MAX ? 8 : 4;
    return (unsigned)((bytes * blocks + HAKMEM_SLICE_BYTES - 1) / HAKMEM_SLICE_BYTES);
}

/* --- word sizes: the direct page cache's index ---------------------------------------------------------------- */

/* Sizes 0 to 1024 in 8-byte words, rounded up: 0 to 128. */
#define SIZE_WORDS_COUNT (HAKMEM_TINY_MAX / 8 + 1)
static_assert(SIZE_WORDS_COUNT == 129, "the roadmap's pages_direct[129]");

static inline size_t size_words_of(size_t size)
{
    return (size + 7) / 8;
}

/* The first and last word index whose sizes a tiny class serves: 16-byte classes hold two each, the first one also 0.
 */
static inline unsigned size_class_first_words(unsigned size_class)
{
    return size_class == 0 ? 0 : 2 * size_class + 1;
}
static inline unsigned size_class_last_words(unsigned size_class)
{
    return 2 * size_class + 2;
}

#endif
