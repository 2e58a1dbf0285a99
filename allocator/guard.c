/* Guards: see guard.h. */
#include "guard.h"
#include "alloc.h"
#include "fatal.h"
#include "huge.h"
#include "secret.h"
#include <string.h>

#if HAKMEM_USE_GUARDS

static uint64_t canary_of(const void *block)
{
    return secret_mix((uintptr_t)block);
}

static char *canary_place(void *block)
{
    return (char *)block + alloc_usable_whole(block) - GUARD_CANARY_BYTES;
}

static void check_canary(void *block)
{
    uint64_t found;
    memcpy(&found, canary_place(block), sizeof found);
    if (found != canary_of(block))
        hakmem_fatal("a block was written past its end", block);
}

/* The word and the bit of a block's start. */
static _Atomic uint64_t *bits_of(const void *block, uint64_t *bit)
{
    size_t granule = ((uintptr_t)block - region_base()) / HAKMEM_ALIGNMENT;
    *bit = (uint64_t)1 << granule % 64;
    return &hakmem_region.guard_bits[granule / 64];
}

static bool is_outside(const void *block)
{
    return slice_of(block) >= region_slices();
}

void *guard_arm(void *block)
{
    if (block == NULL)
        return NULL;
    if (is_outside(block))
        region_init(); /* for the secret: a process's first block may be a huge one */
    uint64_t canary = canary_of(block);
    if (!is_outside(block)) {
        uint64_t bit;
        _Atomic uint64_t *word = bits_of(block, &bit);
        /* relaxed: the block's own way between threads orders its bit as well */
        if ((atomic_fetch_or_explicit(word, bit, memory_order_relaxed) & bit) != 0)
            hakmem_fatal("a free block was written to: one block was handed out twice", block);
    }
    memcpy(canary_place(block), &canary, sizeof canary);
    return block;
}

void guard_disarm(void *block)
{
    if (is_outside(block)) {
        if (huge_usable(block) != 0)
            check_canary(block);
        return; /* free says what else it is */
    }
    uint64_t bit;
    _Atomic uint64_t *word = bits_of(block, &bit);
    if ((uintptr_t)block % HAKMEM_ALIGNMENT != 0 ||
        slice_word_owner(slice_word(slice_of(block))) == SLICE_OWNER_NOBODY ||
        (atomic_load_explicit(word, memory_order_relaxed) & bit) == 0)
        free_invalid(block);
    check_canary(block);
    if ((atomic_fetch_and_explicit(word, ~bit, memory_order_relaxed) & bit) == 0)
        free_invalid(block); /* another thread was faster */
}

size_t guard_usable(void *block)
{
    if (!is_outside(block)) {
        uint64_t bit;
        _Atomic uint64_t *word = bits_of(block, &bit);
        if ((uintptr_t)block % HAKMEM_ALIGNMENT != 0 || (atomic_load_explicit(word, memory_order_relaxed) & bit) == 0)
            hakmem_fatal("a pointer that was never allocated, or freed already", block);
    }
    size_t bytes = alloc_usable_whole(block) - GUARD_CANARY_BYTES;
    check_canary(block);
    return bytes;
}

#else

void *guard_arm(void *block)
{
    return block;
}
void guard_disarm(void *block)
{
    (void)block;
}
size_t guard_usable(void *block)
{
    return alloc_usable_whole(block);
}

#endif
