/*
 * A program is a sequence of four-byte steps: what to do, with which slot, and a size.
 *
 *   byte 0  the call (see enum call)      byte 1  the slot      bytes 2, 3  the size, or what else the call needs
 *
 * Blocks travel between threads through `exchange`, and a step may run the next ones in a thread that then ends, so
 * that remote frees, orphans and heaps that change hands come up even in a single-threaded, repeatable run.
 */
#define _GNU_SOURCE
#include "model.h"
#include "allocator/hakmem.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { step_bytes = 4, exchange_slots = 64, thread_steps = 32, check_every = 64, fully_filled = 2048, stride = 509 };

enum call {
    call_malloc,
    call_malloc_again, /* twice as likely as the others */
    call_free,
    call_free_again,
    call_realloc,
    call_calloc,
    call_aligned_alloc,
    call_posix_memalign,
    call_memalign,
    call_pages,
    call_reallocarray,
    call_free_sized,
    call_usable,
    call_absurd,
    call_hand_over,
    call_take_over,
    call_in_thread,
    call_trim,
    call_burst,
    call_count
};

static _Atomic(struct shadow *) exchange[exchange_slots];

_Noreturn static void broken(const char *what, const struct shadow *shadow)
{
    char line[200];
    int length = snprintf(line, sizeof line, "fuzz: broken: %s (block %p of %zu bytes, alignment %zu)\n", what,
                          (void *)shadow->block, shadow->size, shadow->alignment);
    if (write(STDERR_FILENO, line, (size_t)length) < 0)
        abort();
    abort();
}

/* --- content ------------------------------------------------------------------------------------------------------ */

/* Small blocks are filled all over, large ones in part: steps have to stay cheap. */
static size_t next_place(size_t at, size_t size)
{
    return size <= fully_filled || at + 1 >= size ? at + 1 : at + stride < size ? at + stride : size - 1;
}

static unsigned char content_at(const struct shadow *shadow, size_t at)
{
    return (unsigned char)(shadow->fill + at * 7);
}

static void fill(struct shadow *shadow)
{
    for (size_t at = 0; at < shadow->size; at = next_place(at, shadow->size))
        shadow->block[at] = content_at(shadow, at);
}

static void verify(const struct shadow *shadow)
{
    for (size_t at = 0; at < shadow->size; at = next_place(at, shadow->size))
        if (shadow->block[at] != content_at(shadow, at))
            broken("a block's content changed", shadow);
}

/* --- blocks that come and go ---------------------------------------------------------------------------------------
 */

static void adopt(struct model *model, struct shadow *shadow, void *block, size_t size, size_t alignment)
{
    *shadow = (struct shadow){block, size, alignment, (unsigned char)((uintptr_t)block >> 4 ^ size)};
    if (block == NULL)
        broken("a call failed without need", shadow);
    if ((uintptr_t)block % alignment != 0)
        broken("a block is not aligned", shadow);
    if (hakmem_malloc_usable_size(block) < size)
        broken("a block is smaller than asked for", shadow);
    for (size_t i = 0; i < fuzz_slots; i++) {
        const struct shadow *other = &model->slots[i];
        if (other == shadow || other->block == NULL)
            continue;
        if (other->block == shadow->block ||
            (shadow->block < other->block + other->size && other->block < shadow->block + size))
            broken("two live blocks overlap", shadow);
    }
    fill(shadow);
}

static void drop(struct shadow *shadow)
{
    if (shadow->block == NULL)
        return;
    verify(shadow);
    errno = 1234;
    hakmem_free(shadow->block);
    if (errno != 1234)
        broken("free changed errno", shadow);
    shadow->block = NULL;
}

static void verify_zero(struct shadow *shadow, const unsigned char *block, size_t size)
{
    for (size_t at = 0; block != NULL && at < size; at++)
        if (block[at] != 0)
            broken("calloc gave what is not zero", shadow);
}

/* The upper bits choose how far sizes reach: to 1 KiB, 8, 128 KiB, 2 MiB and 8 MiB.  Large ones, which cost thousands
 * of steps' time, are rare. */
static size_t size_of(unsigned code)
{
    size_t low = code & 0x1fff;
    switch (code >> 13) {
    case 4:
        return low;
    case 5:
        return low * 16;
    case 6:
        return code % 4 == 0 ? low * 256 : low * 2;
    case 7:
        return code % 16 == 0 ? low * 1024 : low * 4;
    default:
        return code & 0x3ff;
    }
}

static void resize(struct model *model, struct shadow *shadow, size_t size, unsigned count)
{
    struct shadow before = *shadow;
    size_t bytes = size * count;
    if (shadow->block != NULL)
        verify(shadow);
    unsigned char *block =
        count == 1 ? hakmem_realloc(shadow->block, size) : hakmem_reallocarray(shadow->block, size, count);
    if (bytes == 0 && before.block != NULL) {
        if (block != NULL)
            broken("realloc to nothing gave a block", shadow);
        shadow->block = NULL;
        return;
    }
    struct shadow moved = {block, bytes < before.size ? bytes : before.size, 16, before.fill};
    for (size_t at = 0; before.block != NULL && block != NULL && at < moved.size; at = next_place(at, before.size))
        if (block[at] != content_at(&moved, at))
            broken("realloc changed the content", &moved);
    adopt(model, shadow, block, bytes, 16);
}

static void allocate(struct model *model, struct shadow *shadow, enum call call, unsigned code)
{
    size_t size = size_of(code);
    size_t alignment = (size_t)16 << code % 13;
    void *block = NULL;
    drop(shadow);
    switch (call) {
    case call_calloc:
        block = hakmem_calloc(size / 3 + 1, 3);
        size = (size / 3 + 1) * 3;
        verify_zero(shadow, block, size);
        alignment = 16;
        break;
    case call_aligned_alloc:
        block = hakmem_aligned_alloc(alignment, size);
        break;
    case call_posix_memalign:
        if (hakmem_posix_memalign(&block, alignment, size) != 0)
            block = NULL;
        break;
    case call_memalign:
        block = hakmem_memalign(alignment - 3, size);
        break;
    case call_pages:
        block = code & 1 ? hakmem_valloc(size) : hakmem_pvalloc(size);
        alignment = 4096;
        break;
    default:
        block = hakmem_malloc(size);
        alignment = 16;
    }
    adopt(model, shadow, block, size, alignment);
}

/* Requests that nobody can serve fail, and change nothing. */
static void ask_for_too_much(struct shadow *shadow, unsigned code)
{
    size_t size = SIZE_MAX - code * (size_t)(code & 1 ? 1 : 4097);
    void *block = NULL;
    errno = 0;
    switch (code % 5) {
    case 0:
        block = hakmem_malloc(size);
        break;
    case 1:
        block = hakmem_calloc(size / 2, 3);
        break;
    case 2:
        block = shadow->block != NULL ? hakmem_realloc(shadow->block, size) : NULL;
        break;
    case 3:
        block = hakmem_aligned_alloc((size_t)1 << code % 64, size);
        break;
    default:
        block = hakmem_reallocarray(shadow->block, size / 2, 3);
    }
    if (block != NULL || (errno != ENOMEM && (code % 5 != 2 || shadow->block != NULL)))
        broken("an absurd request did not fail with ENOMEM", shadow);
    if (shadow->block != NULL)
        verify(shadow);
}

/* --- blocks and steps for other threads ----------------------------------------------------------------------------
 */

static void hand_over(struct shadow *shadow, unsigned place)
{
    if (shadow->block == NULL)
        return;
    struct shadow *parcel = hakmem_malloc(sizeof *parcel);
    *parcel = *shadow;
    shadow->block = NULL;
    /* acq_rel: the parcel's content travels with its address */
    struct shadow *old = atomic_exchange_explicit(&exchange[place % exchange_slots], parcel, memory_order_acq_rel);
    if (old != NULL) {
        drop(old);
        hakmem_free(old);
    }
}

static void take_over(struct model *model, struct shadow *shadow, unsigned place)
{
    struct shadow *parcel = atomic_exchange_explicit(&exchange[place % exchange_slots], NULL, memory_order_acq_rel);
    if (parcel == NULL)
        return;
    drop(shadow);
    verify(parcel);
    adopt(model, shadow, parcel->block, parcel->size, parcel->alignment);
    hakmem_free(parcel);
}

void model_finish(void)
{
    for (unsigned i = 0; i < exchange_slots; i++) {
        struct shadow *parcel = atomic_exchange(&exchange[i], NULL);
        if (parcel != NULL)
            drop(parcel);
        hakmem_free(parcel);
    }
}

/* Many blocks of one size, freed in another order: pages fill up, run dry and are retired. */
static void burst(struct model *model, unsigned code)
{
    size_t size = size_of(code & 0x9fff);
    for (size_t i = 0; i < fuzz_slots; i += 2) {
        drop(&model->slots[i]);
        adopt(model, &model->slots[i], hakmem_malloc(size), size, 16);
    }
    for (size_t i = 0; i < fuzz_slots; i += code % 3 * 2 + 2)
        drop(&model->slots[i]);
}

struct part {
    struct model *model;
    const uint8_t *program;
    size_t bytes;
};

static void run_steps(struct part part, int in_thread);

static void *thread_main(void *part)
{
    run_steps(*(struct part *)part, 1);
    return NULL;
}

static void step(struct model *model, const uint8_t *at)
{
    struct shadow *shadow = &model->slots[at[1]];
    unsigned code = at[2] | (unsigned)at[3] << 8;
    enum call call = at[0] % call_count;
    switch (call) {
    case call_free:
    case call_free_again:
        drop(shadow);
        break;
    case call_free_sized:
        if (shadow->block != NULL && code & 1)
            hakmem_free_sized(shadow->block, shadow->size);
        else if (shadow->block != NULL)
            hakmem_free_aligned_sized(shadow->block, shadow->alignment, shadow->size);
        shadow->block = NULL;
        break;
    case call_realloc:
        resize(model, shadow, size_of(code), 1);
        break;
    case call_reallocarray:
        resize(model, shadow, size_of(code) / 3, 3);
        break;
    case call_usable:
        if (shadow->block != NULL && hakmem_malloc_usable_size(shadow->block) < shadow->size)
            broken("a block's usable size shrank", shadow);
        break;
    case call_absurd:
        ask_for_too_much(shadow, code);
        break;
    case call_hand_over:
        hand_over(shadow, code);
        break;
    case call_take_over:
        take_over(model, shadow, code);
        break;
    case call_trim:
        hakmem_malloc_trim(size_of(code));
        break;
    case call_burst:
        burst(model, code);
        break;
    default:
        allocate(model, shadow, call, code);
    }
}

static void run_steps(struct part part, int in_thread)
{
    for (size_t i = 0, steps = 0; i + step_bytes <= part.bytes; i += step_bytes, steps++) {
        const uint8_t *at = part.program + i;
        if (at[0] % call_count == call_in_thread && !in_thread) {
            size_t left = part.bytes - i - step_bytes;
            size_t bytes = left < (size_t)thread_steps * step_bytes ? left : (size_t)thread_steps * step_bytes;
            struct part inner = {part.model, at + step_bytes, bytes};
            pthread_t thread;
            if (pthread_create(&thread, NULL, thread_main, &inner) == 0)
                pthread_join(thread, NULL);
            i += bytes / step_bytes * step_bytes;
        } else if (at[0] % call_count != call_in_thread) {
            step(part.model, at);
        }
        const char *unsound = part.model->alone && steps % check_every == 0 ? hakmem_check() : NULL;
        if (unsound != NULL)
            broken(unsound, &part.model->slots[0]);
    }
}

void model_run(struct model *model, const uint8_t *program, size_t bytes)
{
    run_steps((struct part){model, program, bytes}, 0);
    for (size_t i = 0; i < fuzz_slots; i++)
        drop(&model->slots[i]);
}
