/*
 * A cache: `slots` entries that stay long, and for each new entry three short-lived blocks.
 *
 * After it has filled up, seven of eight new entries take the place of the oldest, one that of a random one.  Entries
 * are a quarter of the heavy tail's size and 32 bytes: their headers.
 */
#include "workloads/shapes/shape.h"

#define ENTRY_HEADER_BYTES 32u
#define EVICTED_AT_RANDOM  8u /* one entry in so many */

static const size_t temporary_bytes[] = {24, 64, 104};
#define TEMPORARIES (sizeof temporary_bytes / sizeof *temporary_bytes)

static void handle_request(struct tally *tally, uint8_t tag)
{
    void *temporaries[TEMPORARIES];
    for (size_t i = 0; i < TEMPORARIES; i++)
        temporaries[i] = block_make(tally, temporary_bytes[i], tag);
    for (size_t i = 0; i < TEMPORARIES; i++)
        block_drop(tally, temporaries[i]);
}

struct tally cache_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {0};
    struct rng rng = rng_seed(19, 0);
    void **entries = slots_make(shape->slots);
    for (uint64_t i = 0; tally.ops < ops; i++) {
        const uint64_t where = rng_next(&rng), random = rng_next(&rng);
        const bool oldest = i < shape->slots || where % EVICTED_AT_RANDOM != 0;
        void **entry = &entries[oldest ? i % shape->slots : rng_below(where >> 32, shape->slots)];
        block_drop(&tally, *entry);
        *entry = block_make(&tally, ENTRY_HEADER_BYTES + random_tail(random) / 4, random_tag(random));
        handle_request(&tally, random_tag(random));
        tally.ops += 1 + TEMPORARIES;
    }
    slots_drop(&tally, entries, shape->slots);
    return tally;
}
