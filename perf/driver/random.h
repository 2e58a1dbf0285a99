#ifndef LAB_DRIVER_RANDOM_H
#define LAB_DRIVER_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* A stream of random numbers; its one word of state.  Streams of different purposes do not follow each other. */
struct random_stream {
    uint64_t state;
};

struct random_stream random_stream_of(uint64_t seed, uint64_t purpose);

/* 64 random bits. */
uint64_t random_next(struct random_stream *stream);

/* A number below `bound` (which is not 0), every one equally likely. */
uint64_t random_below(struct random_stream *stream, uint64_t bound);

/* Puts `count` numbers into a random order, every one equally likely. */
void random_shuffle(struct random_stream *stream, size_t *numbers, size_t count);

#endif
