/*
 * A free block: its first word links to the next free block of a list.
 * Under AddressSanitizer a free block is poisoned, link included, so that a use after free is reported; the two
 * functions here are the only ones that may look inside.
 */
#ifndef HAKMEM_BLOCK_H
#define HAKMEM_BLOCK_H

#include "hakmem_config.h"
#include "fatal.h"
#include "region.h"
#include "secret.h"

struct hakmem_block {
    struct hakmem_block *next; /* owned by the list that the block is in */
};

/* A chain of linked blocks, such as other threads give back. */
struct remote_chain {
    struct hakmem_block *first; /* NULL: none */
    struct hakmem_block *last;
    uint32_t count;
};

#if HAKMEM_ASAN
#include <sanitizer/asan_interface.h>
#define BLOCK_POISON(block, bytes)   ASAN_POISON_MEMORY_REGION(block, bytes)
#define BLOCK_UNPOISON(block, bytes) ASAN_UNPOISON_MEMORY_REGION(block, bytes)
#define BLOCK_LINK                   __attribute__((no_sanitize("address"), noinline, unused)) static
#else
#define BLOCK_POISON(block, bytes)   ((void)(block), (void)(bytes))
#define BLOCK_UNPOISON(block, bytes) ((void)(block), (void)(bytes))
#define BLOCK_LINK                   static inline
#endif

/* encoded_links: a link is stored with the secret and its own place mixed in, so that it can neither be read nor made
 * up; what does not decode to a place for a block was written by somebody else. */
static inline struct hakmem_block *link_code(const struct hakmem_block *block, const struct hakmem_block *next)
{
    return (struct hakmem_block *)((uintptr_t)next ^ (uintptr_t)secret_mix((uintptr_t)block));
}

static inline struct hakmem_block *link_checked(const struct hakmem_block *block, struct hakmem_block *next)
{
    if (next != NULL && ((uintptr_t)next % HAKMEM_ALIGNMENT != 0 || slice_of(next) >= region_slices()))
        hakmem_fatal("a free block was written to", block);
    return next;
}

BLOCK_LINK struct hakmem_block *block_next(const struct hakmem_block *block)
{
    return HAKMEM_USE_ENCODED_LINKS ? link_checked(block, link_code(block, block->next)) : block->next;
}
BLOCK_LINK void block_link(struct hakmem_block *block, struct hakmem_block *next)
{
    block->next = HAKMEM_USE_ENCODED_LINKS ? link_code(block, next) : next;
}

#endif
