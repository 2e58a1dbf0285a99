/*
 * Arenas: a compiler's, a server's for each request.  A random one of `slots` arenas takes a chunk, the first of
 * `min_size` bytes, each the double of the one before, to `max_size`; one with CHUNKS_MAX chunks is dropped, the newest
 * first.
 */
#include "workloads/shapes/shape.h"

enum { ARENAS_MAX = 64, CHUNKS_MAX = 8 };

struct arena {
    void *chunk[CHUNKS_MAX];
    unsigned count;
};

static void arena_drop(struct tally *tally, struct arena *arena)
{
    while (arena->count > 0)
        block_drop(tally, arena->chunk[--arena->count]);
}

static void arena_grow(const struct shape *shape, struct tally *tally, struct arena *arena, uint8_t tag)
{
    size_t size = (size_t)shape->min_size << arena->count;
    size = size < shape->max_size ? size : shape->max_size;
    volatile unsigned char *chunk = block_make(tally, size, tag);
    for (size_t i = 4096; i < size; i += 4096)
        chunk[i] = tag; /* it is filled */
    arena->chunk[arena->count++] = (void *)chunk;
}

struct tally arenas_run(const struct shape *shape, uint64_t ops)
{
    struct arena arenas[ARENAS_MAX] = {{{NULL}, 0}};
    struct tally tally = {.ops = ops};
    struct rng rng = rng_seed(41, 0);
    for (uint64_t i = 0; i < ops; i++) {
        const uint64_t random = rng_next(&rng);
        struct arena *arena = &arenas[rng_below(random, shape->slots)];
        if (arena->count == CHUNKS_MAX)
            arena_drop(&tally, arena);
        arena_grow(shape, &tally, arena, random_tag(random));
    }
    for (uint64_t i = 0; i < shape->slots; i++)
        arena_drop(&tally, &arenas[i]);
    return tally;
}
