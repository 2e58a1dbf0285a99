/* Bitmaps of slices: one bit each, in words of 64. */
#ifndef HAKMEM_BITS_H
#define HAKMEM_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORD_BITS 64

static inline bool bit_get(const uint64_t *bits, size_t i)
{
    return bits[i / WORD_BITS] >> (i % WORD_BITS) & 1;
}

/* How many bits are set from the lowest one up, and from the highest one down. */
static inline size_t word_low_ones(uint64_t word)
{
    return ~word == 0 ? WORD_BITS : (size_t)__builtin_ctzll(~word);
}
static inline size_t word_high_ones(uint64_t word)
{
    return ~word == 0 ? WORD_BITS : (size_t)__builtin_clzll(~word);
}

/* Where runs start: bit i is set if bits [i, i + count) of the word are.  `count` is 1 to WORD_BITS. */
static inline uint64_t word_runs(uint64_t word, size_t count)
{
    for (size_t known = 1; known < count;) { /* a bit stands for a run of so many */
        size_t more = known < count - known ? known : count - known;
        word &= word >> more;
        known += more;
    }
    return word;
}

/* Sets or clears bits [first, first + count); how many of them were set before. */
static inline size_t bits_fill(uint64_t *bits, size_t first, size_t count, bool value)
{
    size_t were_set = 0;
    for (size_t i = first, end = first + count; i < end;) {
        size_t shift = i % WORD_BITS;
        size_t run = WORD_BITS - shift < end - i ? WORD_BITS - shift : end - i;
        uint64_t mask = (~(uint64_t)0 >> (WORD_BITS - run)) << shift;
        uint64_t *word = &bits[i / WORD_BITS];
        if ((*word & mask) == mask) /* counting bits is a call where the processor may not know how */
            were_set += run;
        else if ((*word & mask) != 0)
            were_set += (size_t)__builtin_popcountll(*word & mask);
        *word = value ? *word | mask : *word & ~mask;
        i += run;
    }
    return were_set;
}

/* The first index from `i` on, below `end`, whose bit is `value`; `end` if there is none. */
static inline size_t bit_find(const uint64_t *bits, size_t i, size_t end, bool value)
{
    uint64_t flip = value ? 0 : ~(uint64_t)0;
    while (i < end) {
        uint64_t rest = (bits[i / WORD_BITS] ^ flip) >> (i % WORD_BITS);
        if (rest != 0) {
            i += (size_t)__builtin_ctzll(rest);
            return i < end ? i : end;
        }
        i = (i / WORD_BITS + 1) * WORD_BITS;
    }
    return end;
}

/* One past the last index below `end` whose bit is `value`; 0 if there is none. */
static inline size_t bit_find_last(const uint64_t *bits, size_t end, bool value)
{
    uint64_t flip = value ? 0 : ~(uint64_t)0;
    while (end > 0) {
        size_t word = (end - 1) / WORD_BITS;
        uint64_t below = (bits[word] ^ flip) << (WORD_BITS - 1 - (end - 1) % WORD_BITS);
        if (below != 0)
            return end - (size_t)__builtin_clzll(below);
        end = word * WORD_BITS;
    }
    return 0;
}

#endif
