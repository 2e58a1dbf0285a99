/*
 * Strings: `slots` texts, to a random one of which a few bytes are appended at a time; a long one starts anew.
 *
 * realloc is called for every piece, as by programs that keep no spare room of their own.
 */
#include "workloads/shapes/shape.h"

enum {
    TEXTS_MAX = 512,
    PIECE_MAX = 24 /* bytes appended at most */
};

struct text {
    unsigned char *bytes; /* NULL: empty */
    size_t length;
};

static void append(struct tally *tally, struct text *text, size_t more, uint8_t tag)
{
    unsigned char *bytes = realloc(text->bytes, text->length + more);
    if (bytes == NULL)
        shape_fail("no memory");
    if (text->length > 0)
        tally->read += bytes[text->length - 1]; /* what the last piece ended with */
    text->bytes = bytes;
    text->length += more;
    bytes[text->length - 1] = tag;
    tally->written += tag;
}

/* Frees the bytes; reads their end first. */
static void text_clear(struct tally *tally, struct text *text)
{
    if (text->length > 0)
        tally->read += text->bytes[text->length - 1];
    free(text->bytes);
    *text = (struct text){NULL, 0};
}

struct tally strings_append(const struct shape *shape, uint64_t ops)
{
    struct text texts[TEXTS_MAX] = {{NULL, 0}};
    struct tally tally = {.ops = ops};
    struct rng rng = rng_seed(13, 0);
    for (uint64_t i = 0; i < ops; i++) {
        const uint64_t random = rng_next(&rng);
        struct text *text = &texts[rng_below(random >> 32, shape->slots)];
        if (text->length > shape->max_size)
            text_clear(&tally, text);
        append(&tally, text, 1 + rng_below(random, PIECE_MAX), random_tag(random));
    }
    for (uint64_t i = 0; i < shape->slots; i++)
        text_clear(&tally, &texts[i]);
    return tally;
}
