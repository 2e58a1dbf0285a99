/*
 * A shape: a way in which programs use malloc, as a named entry of one table (table.c) with its parameters.
 *
 * Shapes are smaller than workloads: one program has them all, knows nothing of the lab and runs one of them to its
 * end. Every shape does the same work whatever malloc the process has: sizes, orders and tags come from the seeded
 * generator.
 *
 * What is made gets a tag from the generator in its first and last byte, and the first byte is read back before free,
 * as a destructor looks at its object.  The sum of the tags written must be that of the tags read: a block that was
 * handed out twice, or lost its content, ends the run with exit status 1.
 */
#ifndef WORKLOADS_SHAPES_SHAPE_H
#define WORKLOADS_SHAPES_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "workloads/rng.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* What a run, or one thread's part of it, did. */
struct tally {
    uint64_t ops;        /* blocks made and freed again, or calls of realloc */
    uint64_t written;    /* sum of the tags written */
    uint64_t read;       /* sum of the tags read back: the checksum */
    uint64_t misaligned; /* blocks that are not aligned as asked for */
};

enum order { OLDEST_FIRST, NEWEST_FIRST, RANDOM_ORDER };

struct shape {
    const char *name;
    const char *what;                                             /* one line for a reader */
    struct tally (*run)(const struct shape *shape, uint64_t ops); /* does about `ops` operations, at least a few */
    uint64_t ops;                                                 /* operations at scale 1 */
    uint64_t slots;                                               /* blocks live at a time, of each thread */
    uint32_t min_size, max_size;                                  /* bytes, each size as likely as another ... */
    bool tail;                                                    /* ... or of the heavy tail (random_size) */
    enum order order;                                             /* bursts: which block goes first */
    uint32_t alignment, alignments;                               /* the smallest, in bytes, and how many doublings */
    unsigned depth;                                               /* trees: levels under the root */
    bool full;                                                    /* zeroed: writes all of a block, not its ends */
    unsigned threads;
    bool kept_back;            /* for checking: no constant of the allocator was chosen by what it showed */
    const struct plan *plan;   /* lifetimes: what a profile's replay does; NULL elsewhere */
    const struct drawn *drawn; /* a drawn program's parameters; NULL elsewhere */
    size_t own_bytes;          /* of the shape's own tables, resident from before the run to its end */
};

extern const struct shape shapes[];
extern const size_t shape_count;

/* The families, each a file of its own. */
struct tally mix_run(const struct shape *shape, uint64_t ops);
struct tally vectors_double(const struct shape *shape, uint64_t ops);
struct tally vectors_push(const struct shape *shape, uint64_t ops);
struct tally strings_append(const struct shape *shape, uint64_t ops);
struct tally queue_run(const struct shape *shape, uint64_t ops);
struct tally batch_run(const struct shape *shape, uint64_t ops);
struct tally trees_run(const struct shape *shape, uint64_t ops);
struct tally aligned_run(const struct shape *shape, uint64_t ops);
struct tally zeroed_slots(const struct shape *shape, uint64_t ops);
struct tally zeroed_pairs(const struct shape *shape, uint64_t ops);
struct tally threads_mix(const struct shape *shape, uint64_t ops);
struct tally handover_pipe(const struct shape *shape, uint64_t ops);
struct tally handover_cross(const struct shape *shape, uint64_t ops);
struct tally cache_run(const struct shape *shape, uint64_t ops);
struct tally arrays_run(const struct shape *shape, uint64_t ops);
struct tally tables_run(const struct shape *shape, uint64_t ops);
struct tally frames_run(const struct shape *shape, uint64_t ops);
struct tally generations_run(const struct shape *shape, uint64_t ops);
struct tally arenas_run(const struct shape *shape, uint64_t ops);
struct tally edits_run(const struct shape *shape, uint64_t ops);
struct tally startup_run(const struct shape *shape, uint64_t ops);
struct tally heirs_run(const struct shape *shape, uint64_t ops);
struct tally lifetimes_run(const struct shape *shape, uint64_t ops);
struct tally lifetimes_null(const struct shape *shape, uint64_t ops);

/* Blocks of a binary tree with `depth` levels under its root: a node and its label each. */
#define TREE_BLOCKS(depth) (2 * ((UINT64_C(2) << (depth)) - 1))

/* Ends the process with exit status 1 and one line on standard error.  Any thread. */
void shape_fail(const char *words) __attribute__((noreturn));

/* Replaces `ops` blocks in slots, with the generator of stream `stream`. */
void mix_slots(const struct shape *shape, struct tally *tally, void **slots, uint64_t ops, uint64_t stream);

/* The part of mix_run that one thread does, with the generator of stream `stream`. */
struct tally mix_stream(const struct shape *shape, uint64_t ops, uint64_t stream);

/* `count` empty slots, from the malloc that is measured: they are the program's as well. */
void **slots_make(uint64_t count);
/* Frees the slots and what they still hold. */
void slots_drop(struct tally *tally, void **slots, uint64_t count);

/* Writes `tag` to both ends of a block that malloc, or one of its relatives, has just returned. */
ALWAYS_INLINE void block_mark(struct tally *tally, void *block, size_t size, uint8_t tag)
{
    volatile unsigned char *bytes = block;
    if (__builtin_expect(block == NULL, 0))
        shape_fail("no memory");
    bytes[size - 1] = tag;
    bytes[0] = tag;
    tally->written += tag;
}

/* A block of `size` bytes, which are at least 1. */
ALWAYS_INLINE void *block_make(struct tally *tally, size_t size, uint8_t tag)
{
    void *block = malloc(size);
    block_mark(tally, block, size, tag);
    return block;
}

/* Frees a block; an empty slot is none. */
ALWAYS_INLINE void block_drop(struct tally *tally, void *block)
{
    if (block == NULL)
        return;
    tally->read += *(volatile unsigned char *)block;
    free(block);
}

/* From 0 to 65,535 bytes: 68 % are below 128, 20 % below 512, 9 % below 4,096, 3 % below 16,384, 0.4 % above. */
ALWAYS_INLINE size_t random_tail(uint64_t random)
{
    const uint32_t sort = random >> 54; /* 10 bits */
    if (sort < 700)
        return 16 + rng_below(random, 112);
    if (sort < 900)
        return 128 + rng_below(random, 384);
    if (sort < 990)
        return 512 + rng_below(random, 3584);
    if (sort < 1020)
        return 4096 + rng_below(random, 12288);
    return 16384 + rng_below(random, 49152);
}

/* A size from the low half of `random`. */
ALWAYS_INLINE size_t random_size(const struct shape *shape, uint64_t random)
{
    return shape->min_size + rng_below(random, shape->max_size - shape->min_size + 1);
}

/* A tag from bits that hardly move the size. */
ALWAYS_INLINE uint8_t random_tag(uint64_t random)
{
    return (uint8_t)random;
}

#endif
