/*
 * A block as the workloads hold it: malloc and touch, check and free.
 *
 * Touching: when a block is made, a tag byte is written to its first and last byte and, in blocks above a page, to one
 * byte in each page, because a program that asks for memory uses it.  Before free the first byte is read back, as a
 * destructor would, and goes into the checksum: a block that was handed out twice changes it.  With --verify every
 * byte is written, and compared before free.
 *
 * malloc and free are called by these names, so that they resolve as they do in any program; everything around them is
 * inline.
 */
#ifndef WORKLOADS_BLOCK_H
#define WORKLOADS_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "perf/measure/workload.h"
#include "workloads/probe.h"

/* What a call of malloc in this source reaches: the sanitizer builds rename the calls by function-like macros. */
#ifdef HAKMEM_REDIRECT_H
#define CALLED_MALLOC hakmem_malloc
#else
#define CALLED_MALLOC malloc
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#define TOUCH_STRIDE   4096u                        /* bytes: a page */
#define PATTERN_FACTOR UINT64_C(0x9e3779b97f4a7c15) /* spreads tag and position over the 8 bytes of a word */

struct block {
    unsigned char *start; /* NULL: the slot is empty */
    uint32_t size;        /* bytes asked for */
    uint8_t tag;          /* what was written into it */
};

/* The 8 bytes that --verify keeps at byte `offset` of a block. */
static inline uint64_t pattern_word(const struct block *block, size_t offset)
{
    return ((uint64_t)block->size << 32 ^ offset ^ block->tag) * PATTERN_FACTOR;
}

static inline void block_fill(const struct block *block)
{
    for (size_t offset = 0; offset < block->size; offset += sizeof(uint64_t)) {
        uint64_t word = pattern_word(block, offset);
        size_t rest = block->size - offset;
        memcpy(block->start + offset, &word, rest < sizeof word ? rest : sizeof word);
    }
    block->start[0] = block->tag;
}

static inline void block_compare(const struct block *block)
{
    for (size_t offset = 0; offset < block->size; offset += sizeof(uint64_t)) {
        uint64_t word = pattern_word(block, offset), found = word;
        size_t rest = block->size - offset;
        memcpy(&found, block->start + offset, rest < sizeof word ? rest : sizeof word);
        if (offset == 0)
            memcpy(&word, &block->tag, 1);
        if (found != word)
            lab_fail("corrupt block: %zu bytes at %p: byte %zu or one of the 7 after it is not what was written",
                     (size_t)block->size, (void *)block->start, offset);
    }
}

ALWAYS_INLINE void block_touch(const struct block *block)
{
    block->start[0] = block->tag;
    block->start[block->size - 1] = block->tag;
    for (size_t offset = TOUCH_STRIDE; offset < block->size; offset += TOUCH_STRIDE)
        block->start[offset] = block->tag;
}

/* One call: allocates `size` bytes and writes to them.  Ends the process when there is no memory. */
ALWAYS_INLINE void block_make(struct block *block, uint32_t size, uint8_t tag, bool verify)
{
    unsigned char *start = PROBE_LATENCY ? latency_malloc(size) : malloc(size);
    if (__builtin_expect(start == NULL, 0))
        lab_fail("malloc(%zu) returned NULL", (size_t)size);
    *block = (struct block){start, size, tag};
    if (PROBE_LIVE)
        lab_live_add(size);
    if (verify)
        block_fill(block);
    else
        block_touch(block);
}

/* One call: frees the block and empties the slot.  Returns what it adds to the checksum. */
ALWAYS_INLINE uint64_t block_drop(struct block *block, bool verify)
{
    if (verify)
        block_compare(block);
    uint64_t sum = (uint64_t)block->size << 8 | block->start[0];
    if (PROBE_LIVE)
        lab_live_add(-(int64_t)block->size);
    if (PROBE_LATENCY)
        latency_free(block->start);
    else
        free(block->start);
    block->start = NULL;
    return sum;
}

/* Frees what is left in an array of slots, after the clock. */
static inline uint64_t blocks_drop_all(struct block *blocks, uint64_t count, bool verify)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < count; i++)
        if (blocks[i].start != NULL)
            sum += block_drop(&blocks[i], verify);
    return sum;
}

#endif
