/*
 * The blocks of drawn programs: made, written, handed over and freed as the parameters say.
 *
 * What a thread has in its hand is a local of its policy, so that a compiler may keep it in registers: nothing but the
 * blocks themselves, and the slots that they are kept in, is written from step to step.  Blocks are written by word
 * and never by memset, which compilers turn into instructions that are slow on short blocks.
 */
#ifndef WORKLOADS_SHAPES_DRAWN_BLOCK_H
#define WORKLOADS_SHAPES_DRAWN_BLOCK_H

#include <pthread.h>
#include <stdatomic.h>

#include "workloads/shapes/drawn.h"

#define DRAWN_LINE_WORDS 8u                           /* of a cache line */
#define DRAWN_BYTES      UINT64_C(0x0101010101010101) /* times a tag: a word of it */
#define DRAWN_ALIGN_MIN  ((size_t)16)                 /* bytes; one of six powers of two from here on, to 512 */
#define DRAWN_ALIGNMENTS 6u

/* Of a thread, while it runs. */
struct hand {
    struct rng rng;
    struct tally tally; /* ops: blocks made and calls of realloc */
    uint64_t touched;   /* bytes written */
};

/* How long a vector is, and when it is long enough; bytes, multiples of a word. */
struct length {
    uint32_t now, wanted;
};

/* Where one thread works, or one after another; a thread's own while it lives, then its successor's. */
struct place {
    _Alignas(64) const struct drawn *drawn;
    void **slots;           /* drawn->slots of them, NULL where there is no block */
    struct length *lengths; /* of the blocks in slots; NULL unless the policy is POLICY_VECTORS */
    uint64_t position;      /* the next slot, or the blocks live: as the policy has it */
    struct hand hand;       /* as the last thread left it */
    uint64_t ops;           /* of each life */
    pthread_t thread;       /* of the first life, or of who starts the lives */
};

/* Blocks on their way to who frees them: put with release, taken with acquire, by one exchange of any thread's. */
extern _Atomic(void *) drawn_shelf[DRAWN_SHELVES_MAX];

/* The policies: about place->ops operations. */
void drawn_random(struct place *place);
void drawn_queue(struct place *place);
void drawn_stack(struct place *place);
void drawn_batch(struct place *place);
void drawn_generations(struct place *place);
void drawn_sawtooth(struct place *place);
void drawn_vectors(struct place *place);
void drawn_graphs(struct place *place);

/* True as often as `share` of 2^32 says. */
ALWAYS_INLINE bool hand_happens(struct hand *hand, uint64_t share)
{
    return share != 0 && (rng_next(&hand->rng) >> 32) < share;
}

ALWAYS_INLINE uint32_t hand_size(const struct drawn *drawn, uint64_t random)
{
    return drawn->size[random >> (64 - DRAWN_QUANTILE_BITS)];
}

/* Writes `count` words of `tag`. */
ALWAYS_INLINE void words_write(void *memory, uint32_t count, uint8_t tag)
{
    volatile uint64_t *words = memory;
    for (uint32_t i = 0; i < count; i++)
        words[i] = tag * DRAWN_BYTES;
}

/* Writes what is to be written of a block, its first byte in any case; counts an operation. */
ALWAYS_INLINE void hand_mark(const struct drawn *drawn, struct hand *hand, void *block, uint32_t size, uint8_t tag)
{
    const uint32_t words = size / sizeof(uint64_t);
    uint32_t written = 1;
    if (__builtin_expect(block == NULL, 0))
        shape_fail("no memory");
    if (drawn->touch == TOUCH_LINE)
        written = words < DRAWN_LINE_WORDS ? words : DRAWN_LINE_WORDS;
    if (drawn->touch == TOUCH_ALL)
        written = words;
    words_write(block, written, tag);
    hand->touched += written * sizeof(uint64_t);
    if (drawn->touch >= TOUCH_ENDS) {
        ((volatile unsigned char *)block)[size - 1] = tag;
        hand->touched++;
    }
    hand->tally.written += tag;
    hand->tally.ops++;
}

ALWAYS_INLINE void *zeroed_block(const struct drawn *drawn, uint32_t size)
{
    const volatile unsigned char *bytes = calloc(1, size);
    if (bytes != NULL && (bytes[0] != 0 || (drawn->touch >= TOUCH_ENDS && bytes[size - 1] != 0)))
        shape_fail("calloc returned a block that is not zero");
    return (void *)bytes;
}

ALWAYS_INLINE void *aligned_block(struct hand *hand, uint32_t size, uint64_t random)
{
    void *block = NULL;
    const size_t alignment = DRAWN_ALIGN_MIN << rng_below(random, DRAWN_ALIGNMENTS);
    if (posix_memalign(&block, alignment, size) != 0)
        return NULL;
    hand->tally.misaligned += (uintptr_t)block % alignment != 0;
    return block;
}

/* A block of any size of the distribution. */
ALWAYS_INLINE void *hand_make(const struct drawn *drawn, struct hand *hand)
{
    const uint64_t random = rng_next(&hand->rng);
    const uint32_t size = hand_size(drawn, random);
    void *block;
    if (drawn->callocs + drawn->aligned == 0) {
        block = malloc(size);
    } else {
        const uint64_t sort = rng_next(&hand->rng), which = sort >> 32;
        if (which < drawn->callocs)
            block = zeroed_block(drawn, size);
        else
            block = which < drawn->callocs + drawn->aligned ? aligned_block(hand, size, sort) : malloc(size);
    }
    hand_mark(drawn, hand, block, size, random_tag(random));
    return block;
}

/* The block with another size, and written as a new one. */
ALWAYS_INLINE void *hand_resize(const struct drawn *drawn, struct hand *hand, void *block)
{
    const uint64_t random = rng_next(&hand->rng);
    const uint32_t size = hand_size(drawn, random);
    void *moved = realloc(block, size);
    if (moved != NULL)
        hand->tally.read += *(volatile unsigned char *)moved;
    hand_mark(drawn, hand, moved, size, random_tag(random));
    return moved;
}

/* Frees a block, if there is one, or leaves it on a shelf for another thread and frees what stood there. */
ALWAYS_INLINE void hand_drop(const struct drawn *drawn, struct hand *hand, void *block)
{
    if (block == NULL)
        return;
    if (drawn->handed != 0) {
        const uint64_t random = rng_next(&hand->rng);
        if ((random >> 32) < drawn->handed)
            block =
                atomic_exchange_explicit(&drawn_shelf[rng_below(random, drawn->shelves)], block, memory_order_acq_rel);
    }
    block_drop(&hand->tally, block);
}

#endif
