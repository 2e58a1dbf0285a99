/*
 * Policies: which block of a drawn program goes when.
 *
 * random        a random slot gets a new block, or its block another size
 * queue         the oldest block is replaced
 * stack         blocks are added and dropped at one end: a walk up and down, up to `batch` at a time
 * batch         `batch` blocks are made and then dropped, in one of three orders, but for a share that stays
 * generations   the oldest of `batch` young ones is replaced; a share of those does not die but replaces an old one
 * sawtooth      up to a random height, down to a share of it by dropping random blocks
 * vectors       a random vector grows by half and fills its new part, or is dropped when it is long enough
 * graphs        the oldest graph of `batch` blocks is dropped whole and a new one built; a share of its blocks have
 *               one beside them while they are made that goes at once
 *
 * A policy takes the hand from its place and puts it back; the slots keep what is live at its end.
 */
#include "workloads/shapes/drawn_block.h"

#define VECTOR_FIRST_BYTES 16u

void drawn_random(struct place *place)
{
    const struct drawn *drawn = place->drawn;
    struct hand hand = place->hand;
    for (uint64_t i = 0; i < place->ops; i++) {
        const uint64_t random = rng_next(&hand.rng);
        void **slot = &place->slots[rng_below(random, drawn->slots)];
        if (*slot != NULL && (random >> 32) < drawn->resized) {
            *slot = hand_resize(drawn, &hand, *slot);
        } else {
            hand_drop(drawn, &hand, *slot);
            *slot = hand_make(drawn, &hand);
        }
    }
    place->hand = hand;
}

void drawn_queue(struct place *place)
{
    const struct drawn *drawn = place->drawn;
    struct hand hand = place->hand;
    uint64_t oldest = place->position;
    for (uint64_t i = 0; i < place->ops; i++) {
        void **slot = &place->slots[oldest];
        hand_drop(drawn, &hand, *slot);
        *slot = hand_make(drawn, &hand);
        oldest = oldest + 1 == drawn->slots ? 0 : oldest + 1;
    }
    place->position = oldest;
    place->hand = hand;
}

void drawn_stack(struct place *place)
{
    const struct drawn *drawn = place->drawn;
    struct hand hand = place->hand;
    uint64_t live = place->position;
    for (const uint64_t end = hand.tally.ops + place->ops; hand.tally.ops < end;) {
        const uint64_t random = rng_next(&hand.rng), steps = 1 + rng_below(random, drawn->batch);
        if ((random >> 63) != 0) {
            for (uint64_t i = 0; i < steps && live < drawn->slots; i++)
                place->slots[live++] = hand_make(drawn, &hand);
        } else {
            for (uint64_t i = 0; i < steps && live > 0; i++) {
                hand_drop(drawn, &hand, place->slots[--live]);
                place->slots[live] = NULL;
            }
        }
    }
    place->position = live;
    place->hand = hand;
}

/* Fisher and Yates. */
ALWAYS_INLINE void shuffle(struct hand *hand, void **slots, uint64_t count)
{
    for (uint64_t i = count - 1; i > 0; i--) {
        const uint64_t j = rng_below(rng_next(&hand->rng), i + 1);
        void *swapped = slots[i];
        slots[i] = slots[j];
        slots[j] = swapped;
    }
}

/* Drops the blocks of a batch in the program's order, but for the share `keep`. */
ALWAYS_INLINE void drop_all(const struct drawn *drawn, struct hand *hand, void **slots, uint64_t keep)
{
    if (drawn->order == RANDOM_ORDER)
        shuffle(hand, slots, drawn->batch);
    for (uint64_t i = 0; i < drawn->batch; i++) {
        void **slot = &slots[drawn->order == NEWEST_FIRST ? drawn->batch - 1 - i : i];
        if (hand_happens(hand, keep))
            continue;
        hand_drop(drawn, hand, *slot);
        *slot = NULL;
    }
}

void drawn_batch(struct place *place)
{
    const struct drawn *drawn = place->drawn;
    struct hand hand = place->hand;
    for (const uint64_t end = hand.tally.ops + place->ops; hand.tally.ops < end;) {
        for (uint64_t i = 0; i < drawn->batch; i++)
            if (place->slots[i] == NULL)
                place->slots[i] = hand_make(drawn, &hand);
        drop_all(drawn, &hand, place->slots, drawn->keep);
    }
    place->hand = hand;
}

void drawn_generations(struct place *place)
{
    const struct drawn *drawn = place->drawn;
    struct hand hand = place->hand;
    const uint64_t young = drawn->batch < drawn->slots ? drawn->batch : drawn->slots - 1, old = drawn->slots - young;
    uint64_t oldest = place->position;
    for (uint64_t i = 0; i < place->ops; i++) {
        void **slot = &place->slots[oldest], **leaves = slot;
        const uint64_t random = rng_next(&hand.rng);
        if (*slot != NULL && (random >> 32) < drawn->keep)
            leaves = &place->slots[young + rng_below(random, old)];
        hand_drop(drawn, &hand, *leaves);
        *leaves = *slot;
        *slot = hand_make(drawn, &hand);
        oldest = oldest + 1 == young ? 0 : oldest + 1;
    }
    place->position = oldest;
    place->hand = hand;
}

void drawn_sawtooth(struct place *place)
{
    const struct drawn *drawn = place->drawn;
    struct hand hand = place->hand;
    uint64_t live = place->position;
    for (const uint64_t end = hand.tally.ops + place->ops; hand.tally.ops < end;) {
        const uint64_t half = drawn->slots / 2, high = half + 1 + rng_below(rng_next(&hand.rng), half);
        const uint64_t low = high * drawn->keep >> 32;
        while (live < high)
            place->slots[live++] = hand_make(drawn, &hand);
        while (live > low) {
            void **slot = &place->slots[rng_below(rng_next(&hand.rng), live)];
            hand_drop(drawn, &hand, *slot);
            *slot = place->slots[--live];
            place->slots[live] = NULL;
        }
    }
    place->position = live;
    place->hand = hand;
}

/* Gives a vector `bytes`, of which it fills the new ones. */
ALWAYS_INLINE void vector_grow(struct hand *hand, void **slot, struct length *length, uint32_t bytes, uint8_t tag)
{
    unsigned char *vector = realloc(*slot, bytes);
    if (vector == NULL)
        shape_fail("no memory");
    if (length->now > 0)
        hand->tally.read += *(volatile unsigned char *)&vector[length->now - 1]; /* the old end has moved along */
    else
        hand->tally.written += tag; /* the first byte, which is read when the vector is dropped */
    words_write(vector + length->now, (bytes - length->now) / sizeof(uint64_t), tag);
    hand->touched += bytes - length->now;
    hand->tally.written += tag;
    hand->tally.ops++;
    length->now = bytes;
    *slot = vector;
}

ALWAYS_INLINE void vector_drop(const struct drawn *drawn, struct hand *hand, void **slot, struct length *length)
{
    hand->tally.read += ((volatile unsigned char *)*slot)[length->now - 1];
    hand_drop(drawn, hand, *slot);
    *slot = NULL;
    length->now = 0;
}

void drawn_vectors(struct place *place)
{
    const struct drawn *drawn = place->drawn;
    const uint32_t word = sizeof(uint64_t);
    struct hand hand = place->hand;
    for (const uint64_t end = hand.tally.ops + place->ops; hand.tally.ops < end;) {
        const uint64_t random = rng_next(&hand.rng), which = rng_below(random, drawn->slots);
        struct length *length = &place->lengths[which];
        void **slot = &place->slots[which];
        if (*slot == NULL) {
            length->wanted = hand_size(drawn, rng_next(&hand.rng));
            vector_grow(&hand, slot, length, VECTOR_FIRST_BYTES, random_tag(random));
        } else if (length->now < length->wanted) {
            vector_grow(&hand, slot, length, (length->now + length->now / 2) / word * word, random_tag(random));
        } else {
            vector_drop(drawn, &hand, slot, length);
        }
    }
    place->hand = hand;
}

void drawn_graphs(struct place *place)
{
    const struct drawn *drawn = place->drawn;
    const uint64_t graphs = drawn->slots / drawn->batch;
    struct hand hand = place->hand;
    uint64_t oldest = place->position;
    for (const uint64_t end = hand.tally.ops + place->ops; hand.tally.ops < end;) {
        void **graph = &place->slots[oldest * drawn->batch];
        drop_all(drawn, &hand, graph, 0);
        for (uint64_t i = 0; i < drawn->batch; i++) {
            void *beside = hand_happens(&hand, drawn->keep) ? hand_make(drawn, &hand) : NULL;
            graph[i] = hand_make(drawn, &hand);
            hand_drop(drawn, &hand, beside);
        }
        oldest = oldest + 1 == graphs ? 0 : oldest + 1;
    }
    place->position = oldest;
    place->hand = hand;
}
