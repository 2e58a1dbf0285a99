/*
 * The workloads' random numbers: a counter that steps by an odd constant (a Weyl sequence), scrambled by one
 * 64 x 64 -> 128 bit multiplication whose halves are folded.  The only chain from one number to the next is an
 * addition, so that numbers are computed beside the allocator's work rather than before it: about a nanosecond.
 *
 * Not for cryptography; equal seeds give equal sequences on every machine.
 */
#ifndef WORKLOADS_RNG_H
#define WORKLOADS_RNG_H

#include <stdint.h>

#define RNG_STEP UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio, odd: visits every state */
#define RNG_MIX  UINT64_C(0xd6e8feb86659fd93) /* odd, bits well spread */

struct rng {
    uint64_t state; /* any value is a good one */
};

static inline uint64_t rng_next(struct rng *rng)
{
    rng->state += RNG_STEP;
    unsigned __int128 product = (unsigned __int128)rng->state * (rng->state ^ RNG_MIX);
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

/* The generator of stream `stream` (a thread's index) of a seed. */
static inline struct rng rng_seed(uint64_t seed, uint64_t stream)
{
    struct rng rng = {seed ^ (stream + 1) * RNG_MIX};
    rng.state = rng_next(&rng);
    return rng;
}

/* The low 32 bits of `random`, scaled to 0 .. limit - 1 (limit <= 2^32). */
static inline uint32_t rng_below(uint64_t random, uint64_t limit)
{
    return (uint32_t)((random & UINT32_MAX) * limit >> 32);
}

#endif
