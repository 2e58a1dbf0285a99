/*
 * Guards (hakmem-secure): what a hostile or broken program does to a block is found when the block is freed, resized or
 * asked for its size.
 *
 *   | what the program asked for … rest | canary 8 B |        the canary depends on a secret and on the block's address
 *
 *   guard_bits: one bit for each 16 bytes of the region, set where a live block starts
 *
 * A free whose bit is clear is a second free, or that of a pointer into a block; a block whose bit is set already was
 * handed out twice.  Huge blocks are in a table of their own (huge.h) and have only the canary.  Thread-safe.
 */
#ifndef HAKMEM_GUARD_H
#define HAKMEM_GUARD_H

#include "hakmem_config.h"
#include <stdbool.h>

#define GUARD_CANARY_BYTES sizeof(uint64_t)
/* guard_bits of a slice, in words of 64. */
#define GUARD_WORDS_PER_SLICE (HAKMEM_SLICE_BYTES / HAKMEM_ALIGNMENT / 64)

/* Makes room for the canary; false if the size cannot be that large. */
static inline bool guard_widen(size_t *size)
{
    return !__builtin_add_overflow(*size, GUARD_CANARY_BYTES, size);
}

/* Marks a fresh block of `bytes` as live, sets its canary, and gives it back; NULL stays NULL. */
void *guard_arm(void *block);
/* The block is about to be freed: ends the process if it is none, or if it was written past its end. */
void guard_disarm(void *block);
/* Bytes that the program may use; the same checks. */
size_t guard_usable(void *block);

#endif
