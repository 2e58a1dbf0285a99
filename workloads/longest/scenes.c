/*
 * The scenes.  Arrays of addresses come from the kernel, so that they are nobody's blocks; blocks are written where
 * they begin, as a program's would be, and whole where the scene is about memory that was in use.
 */
#define _GNU_SOURCE
#include "workloads/longest/scene.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    SMALL_MAX = 1024, /* bytes: sizes of which programs have many blocks */
    NOTHINGS = 200000,
    STEADY_SLOTS = 65536,
    STEADY_CALLS = 400000,
    MAIL_BLOCKS = 400000,
    MAIL_BYTES = 64,
    AFTER_CALLS = 2000, /* calls watched after somebody else's work */
    PEAK_BLOCKS = 250000,
    LARGE_BYTES = 1 << 20,
    LARGE_BLOCKS = 192,
    IDLE_MS = 300, /* longer than allocators wait before they look again */
    LEGACY_BYTES = 256,
    LEGACY_BLOCKS = 250000,
    BURSTS = 100,
    BURST_BLOCKS = 1500, /* of each size */
    FLOOD_BLOCKS = 20000,
    THREADS = 64,
    VECTORS = 4,
    VECTOR_BYTES = 8 << 20,
    QUEUE_BLOCKS = 128,
    QUEUE_CALLS = 20000,
};

static const size_t burst_sizes[] = {24, 40, 64, 96};

/* --- props ------------------------------------------------------------------------------------------------------- */

static void **array_make(size_t count)
{
    void *array =
        mmap(NULL, count * sizeof(void *), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (array == MAP_FAILED)
        abort();
    return array;
}

static void array_drop(void **array, size_t count)
{
    munmap(array, count * sizeof(void *));
}

static size_t small_size(void)
{
    return 16 + draw(SMALL_MAX - 15);
}

static void shuffle(void **array, size_t count)
{
    for (size_t i = count - 1; i > 0; i--) {
        size_t other = draw(i + 1);
        void *block = array[i];
        array[i] = array[other];
        array[other] = block;
    }
}

struct blocks {
    void **of;
    size_t count;
    size_t bytes; /* of each; 0: small ones of random sizes */
};

static void *make_all(void *argument)
{
    struct blocks *blocks = argument;
    for (size_t i = 0; i < blocks->count; i++) {
        size_t bytes = blocks->bytes != 0 ? blocks->bytes : small_size();
        blocks->of[i] = memset(plain_malloc(bytes), 1, bytes);
    }
    return NULL;
}

static void *free_all(void *argument)
{
    struct blocks *blocks = argument;
    for (size_t i = 0; i < blocks->count; i++)
        free(blocks->of[i]);
    return NULL;
}

static void watched_free_all(struct blocks blocks)
{
    for (size_t i = 0; i < blocks.count; i++)
        watched_free(blocks.of[i]);
}

static struct blocks blocks_make(size_t count, size_t bytes)
{
    struct blocks blocks = {array_make(count), count, bytes};
    make_all(&blocks);
    return blocks;
}

/* So many calls as a program goes on with. */
static void go_on(size_t bytes)
{
    static void *kept[AFTER_CALLS];
    for (size_t i = 0; i < AFTER_CALLS; i++)
        kept[i] = memset(watched_malloc(bytes != 0 ? bytes : small_size()), 1, 1);
    for (size_t i = 0; i < AFTER_CALLS; i++)
        watched_free(kept[i]);
}

/* --- scenes ------------------------------------------------------------------------------------------------------ */

static void nothing(void)
{
    for (int i = 0; i < NOTHINGS; i++)
        watched_nothing();
}

static void steady(void)
{
    struct blocks blocks = blocks_make(STEADY_SLOTS, 0);
    for (int i = 0; i < STEADY_CALLS / 2; i++) {
        void **slot = &blocks.of[draw(STEADY_SLOTS)];
        watched_free(*slot);
        *slot = memset(watched_malloc(small_size()), 1, 1);
    }
    free_all(&blocks);
    array_drop(blocks.of, blocks.count);
}

static void mail(size_t bytes)
{
    struct blocks blocks = blocks_make(MAIL_BLOCKS, bytes);
    on_a_thread(free_all, &blocks);
    pause_ms(IDLE_MS);
    go_on(bytes);
    array_drop(blocks.of, blocks.count);
}

static void mail_of_one_size(void)
{
    mail(MAIL_BYTES);
}

static void mail_of_all_sizes(void)
{
    mail(0);
}

static void peak_of_small(void)
{
    struct blocks blocks = blocks_make(PEAK_BLOCKS, 0);
    shuffle(blocks.of, blocks.count);
    pause_ms(IDLE_MS);
    watched_free_all(blocks);
    array_drop(blocks.of, blocks.count);
}

static void peak_of_large(void)
{
    struct blocks blocks = blocks_make(LARGE_BLOCKS, LARGE_BYTES);
    pause_ms(IDLE_MS);
    watched_free_all(blocks);
    array_drop(blocks.of, blocks.count);
}

/* Half of what was in use is no longer; the rest is at work. */
static void half_of_large(void)
{
    struct blocks blocks = blocks_make(LARGE_BLOCKS, LARGE_BYTES);
    size_t half = LARGE_BLOCKS / 2;
    for (size_t i = half; i < LARGE_BLOCKS; i++)
        watched_free(blocks.of[i]);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < half; i++) {
            watched_free(blocks.of[i]);
            blocks.of[i] = memset(watched_malloc(LARGE_BYTES), 1, 1);
        }
        pause_ms(IDLE_MS);
    }
    blocks.count = half;
    free_all(&blocks);
    array_drop(blocks.of, LARGE_BLOCKS);
}

static void legacy(void)
{
    struct blocks blocks = {array_make(LEGACY_BLOCKS), LEGACY_BLOCKS, LEGACY_BYTES};
    on_a_thread(make_all, &blocks);
    go_on(LEGACY_BYTES);
    pause_ms(IDLE_MS);
    watched_free_all(blocks);
    array_drop(blocks.of, blocks.count);
}

static void burst(void **kept, size_t count)
{
    const size_t sizes = sizeof burst_sizes / sizeof burst_sizes[0];
    for (size_t i = 0; i < count * sizes; i++)
        kept[i] = memset(watched_malloc(burst_sizes[i % sizes]), 1, 1);
    for (size_t i = 0; i < count * sizes; i++)
        watched_free(kept[i]);
}

static void bursts(void)
{
    const size_t most = FLOOD_BLOCKS * (sizeof burst_sizes / sizeof burst_sizes[0]);
    void **kept = array_make(most);
    for (int i = 0; i < BURSTS; i++)
        burst(kept, BURST_BLOCKS);
    for (int i = 0; i < 3; i++)
        burst(kept, FLOOD_BLOCKS);
    array_drop(kept, most);
}

/* Blocks wait for reuse in whatever the allocator keeps them, and then a large one comes and goes. */
static void large_after_small(void)
{
    void **kept = array_make(BURST_BLOCKS * 4);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < BURSTS; i++)
            burst(kept, BURST_BLOCKS);
        watched_free(memset(watched_malloc(8 * LARGE_BYTES), 1, 8 * LARGE_BYTES));
        pause_ms(IDLE_MS);
    }
    array_drop(kept, BURST_BLOCKS * 4);
}

static void *first_call(void *unused)
{
    watched_free(watched_malloc(MAIL_BYTES));
    return unused;
}

static void first_of_threads(void)
{
    for (int i = 0; i < THREADS; i++)
        on_a_thread(first_call, NULL);
}

static void vectors(void)
{
    void *vector[VECTORS] = {NULL};
    for (size_t bytes = 64; bytes <= VECTOR_BYTES; bytes *= 2)
        for (size_t i = 0; i < VECTORS; i++) {
            vector[i] = watched_realloc(vector[i], bytes);
            memset((char *)vector[i] + bytes / 2, 1, bytes / 2);
        }
    for (size_t i = 0; i < VECTORS; i++)
        watched_free(vector[i]);
}

static void queue_of_large(void)
{
    struct blocks blocks = blocks_make(QUEUE_BLOCKS, LARGE_BYTES);
    for (size_t i = 0; i < QUEUE_CALLS; i++) {
        void **slot = &blocks.of[i % QUEUE_BLOCKS];
        watched_free(*slot);
        *slot = memset(watched_malloc((64u << 10) + draw(LARGE_BYTES)), 1, 1);
    }
    free_all(&blocks);
    array_drop(blocks.of, blocks.count);
}

static void zeroed(void)
{
    for (int i = 0; i < 1000; i++)
        watched_free(memset(watched_calloc(LARGE_BYTES), 1, LARGE_BYTES));
}

const struct scene scenes[] = {
    {"nothing", "the clock around no call: what the machine does to any", nothing},
    {"steady", "65,536 blocks of 16 to 1,024 bytes, one at a time replaced", steady},
    {"mail", "400,000 blocks of 64 bytes were freed by another thread; the next 4,000 calls", mail_of_one_size},
    {"mail_sizes", "the same, of 16 to 1,024 bytes", mail_of_all_sizes},
    {"legacy", "a thread ended and left 250,000 blocks of 256 bytes; the next 4,000 calls, and their frees", legacy},
    {"peak_small", "250,000 blocks of 16 to 1,024 bytes are freed in random order", peak_of_small},
    {"peak_large", "192 blocks of 1 MiB are freed", peak_of_large},
    {"half_large", "the same to the half; 0.9 s of replacing the others", half_of_large},
    {"bursts", "bursts of 6,000 blocks of four sizes, then of 80,000", bursts},
    {"last_large", "after such bursts, 8 MiB come and go", large_after_small},
    {"first", "the first malloc and free of 64 threads, one after the other", first_of_threads},
    {"vectors", "four vectors double to 8 MiB", vectors},
    {"queue", "128 blocks of 64 KiB to 1 MiB, the oldest replaced", queue_of_large},
    {"zeroed", "calloc of 1 MiB that was filled before", zeroed},
};
const size_t scene_count = sizeof scenes / sizeof scenes[0];
