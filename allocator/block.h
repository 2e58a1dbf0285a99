/*
 * A free block: its first word links to the next free block of a list.
 * Under AddressSanitizer a free block is poisoned, link included, so that a use after free is reported; the two
 * functions here are the only ones that may look inside.
 */
#ifndef HAKMEM_BLOCK_H
#define HAKMEM_BLOCK_H

#include "hakmem_config.h"

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

BLOCK_LINK struct hakmem_block *block_next(const struct hakmem_block *block)
{
    return block->next;
}
BLOCK_LINK void block_link(struct hakmem_block *block, struct hakmem_block *next)
{
    block->next = next;
}

#endif
