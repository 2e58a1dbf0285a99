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

/* Where runs start: bit i is set if bits [i, i + count) of the word are.  `count` is at least 1. */
static inline uint64_t word_runs(uint64_t word, size_t count)
{
    if (count > WORD_BITS)
        return 0;
    size_t known = 1; /* a bit stands for a run of so many */
    for (; 2 * known <= count; known *= 2)
        word &= word >> known;
    return word & word >> (count - known);
}

/* How many bits are set: of a processor that may not have an instruction for it, the compiler's own is a call.  Sums of
 * two bits, four, eight, then all eight bytes at once.  Source: Warren, "Hacker's Delight", 2nd edition, 5-1. */
static inline size_t word_count(uint64_t word)
{
    word -= word >> 1 & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return word * UINT64_C(0x0101010101010101) >> 56;
}

/* The bits of word `i` that are among [first, last]; the word is one of theirs. */
static inline uint64_t word_part(size_t i, size_t first, size_t last)
{
    uint64_t from = i == first / WORD_BITS ? ~(uint64_t)0 << first % WORD_BITS : ~(uint64_t)0;
    uint64_t to = i == last / WORD_BITS ? ~(uint64_t)0 >> (WORD_BITS - 1 - last % WORD_BITS) : ~(uint64_t)0;
    return from & to;
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
