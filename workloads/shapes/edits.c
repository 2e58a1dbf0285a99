/*
 * Edits: `slots` buffers of `min_size` to `max_size` bytes; a random one is made up to a half longer or shorter at a
 * time, by realloc.
 */
#include "workloads/shapes/shape.h"

struct buffer {
    unsigned char *bytes; /* NULL: not made yet */
    size_t size;
};

static size_t edited_size(const struct shape *shape, const struct buffer *buffer, uint64_t random)
{
    if (buffer->bytes == NULL)
        return random_size(shape, random);
    size_t size = buffer->size / 2 + rng_below(random, buffer->size + 1);
    if (size < shape->min_size)
        return shape->min_size;
    return size < shape->max_size ? size : shape->max_size;
}

static void edit(struct tally *tally, struct buffer *buffer, size_t size, uint8_t tag)
{
    unsigned char *bytes = realloc(buffer->bytes, size);
    if (bytes == NULL)
        shape_fail("no memory");
    if (buffer->bytes != NULL)
        tally->read += bytes[0];
    *buffer = (struct buffer){bytes, size};
    block_mark(tally, bytes, size, tag);
}

struct tally edits_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {.ops = ops};
    struct rng rng = rng_seed(43, 0);
    struct buffer *buffers = calloc(shape->slots, sizeof *buffers);
    if (buffers == NULL)
        shape_fail("no memory");
    for (uint64_t i = 0; i < ops; i++) {
        const uint64_t where = rng_next(&rng), random = rng_next(&rng);
        struct buffer *buffer = &buffers[rng_below(where, shape->slots)];
        edit(&tally, buffer, edited_size(shape, buffer, random), random_tag(random));
    }
    for (uint64_t i = 0; i < shape->slots; i++)
        block_drop(&tally, buffers[i].bytes);
    free(buffers);
    return tally;
}
