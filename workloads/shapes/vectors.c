/*
 * Vectors: blocks that realloc makes larger and larger, until they are freed.
 *
 * vectors_double   `slots` vectors side by side double from min_size to max_size, each filling its new half
 * vectors_push     one vector of 4-byte numbers grows by half whenever it is full, to at most max_size bytes
 *
 * An operation is a call of realloc.  The old end must have moved along: it is read back.
 */
#include <string.h>

#include "workloads/shapes/shape.h"

#define FIRST_CAPACITY 4u /* numbers: what a vector starts with */
#define LEAST_NUMBERS  8u /* the shortest vector that is pushed */

enum { VECTORS_MAX = 16 };

static unsigned char *vector_double(struct tally *tally, unsigned char *old, size_t size, bool first)
{
    const uint8_t tag = (uint8_t)(tally->ops + 1);
    const size_t half = size / 2;
    unsigned char *vector = realloc(old, size);
    if (vector == NULL)
        shape_fail("no memory");
    if (!first)
        tally->read += *vector; /* the old first byte */
    block_mark(tally, vector, size, tag);
    memset(vector + half, tag, half);
    tally->ops++;
    return vector;
}

struct tally vectors_double(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {0};
    do {
        unsigned char *vectors[VECTORS_MAX] = {NULL};
        for (size_t size = shape->min_size; size <= shape->max_size; size *= 2)
            for (uint64_t i = 0; i < shape->slots; i++)
                vectors[i] = vector_double(&tally, vectors[i], size, size == shape->min_size);
        for (uint64_t i = 0; i < shape->slots; i++)
            block_drop(&tally, vectors[i]);
    } while (tally.ops < ops);
    return tally;
}

/* Room for half as many again; returns the new capacity. */
static uint32_t vector_grow(struct tally *tally, uint32_t **vector, uint32_t capacity)
{
    const uint32_t larger = capacity == 0 ? FIRST_CAPACITY : capacity + capacity / 2;
    uint32_t *moved = realloc(*vector, larger * sizeof *moved);
    if (moved == NULL)
        shape_fail("no memory");
    if (capacity > 0) {
        tally->written += capacity - 1;
        tally->read += moved[capacity - 1];
    }
    *vector = moved;
    tally->ops++;
    return larger;
}

struct tally vectors_push(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {0};
    struct rng rng = rng_seed(7, 0);
    const uint32_t most = shape->max_size / sizeof(uint32_t) - LEAST_NUMBERS;
    do {
        uint32_t *vector = NULL;
        uint32_t capacity = vector_grow(&tally, &vector, 0);
        const uint32_t wanted = LEAST_NUMBERS + rng_below(rng_next(&rng), most);
        for (uint32_t length = 0; length < wanted; length++) {
            if (length == capacity)
                capacity = vector_grow(&tally, &vector, capacity);
            vector[length] = length;
        }
        free(vector);
    } while (tally.ops < ops);
    return tally;
}
