/*
 * Random orders that a seed decides, on every machine alike.
 *
 * The generator is splitmix64: a counter that moves by an odd constant (the golden ratio's 64 bits), each value of it
 * scrambled by two rounds of multiply and shift.  Its period is 2^64, it passes the usual batteries of tests, and every
 * seed is as good as any other; schedules need no more.  Bounds are met by rejection, because a remainder alone prefers
 * small numbers.  Shuffling is that of Fisher and Yates, from the end.
 *
 * G. L. Steele, D. Lea, C. H. Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
 */
#include "perf/driver/random.h"

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio, odd */

static uint64_t scrambled(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t random_next(struct random_stream *stream)
{
    stream->state += GOLDEN;
    return scrambled(stream->state);
}

/* Scrambled once more, so that the streams of neighbouring purposes do not start a step apart. */
struct random_stream random_stream_of(uint64_t seed, uint64_t purpose)
{
    return (struct random_stream){.state = scrambled(seed + (purpose + 1) * GOLDEN)};
}

uint64_t random_below(struct random_stream *stream, uint64_t bound)
{
    uint64_t excess = (0 - bound) % bound; /* 2^64 modulo bound: so many values too many */
    uint64_t value;
    do
        value = random_next(stream);
    while (value < excess);
    return value % bound;
}

void random_shuffle(struct random_stream *stream, size_t *numbers, size_t count)
{
    for (size_t left = count; left > 1; left--) {
        size_t place = random_below(stream, left);
        size_t number = numbers[place];
        numbers[place] = numbers[left - 1];
        numbers[left - 1] = number;
    }
}
