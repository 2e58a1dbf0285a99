/* The scenarios: see scenario.h.  Sizes are mostly small, some up to 20 KB, as in test_bounded.c. */
#include "scenario.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* xorshift64*.  Source: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static size_t next_size(uint64_t *state)
{
    uint64_t r = next_random(state) >> 16;
    return 16 + (r % 16 == 0 ? r / 16 % 20000 : r / 16 % 800);
}

static pthread_t start(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, argument) != 0) {
        fputs("bounded: no thread\n", stderr);
        exit(1);
    }
    return thread;
}

static void pause_ms(long ms)
{
    const struct timespec pause = {0, ms * 1000000L};
    nanosleep(&pause, NULL);
}

/* --- blocks that wander from one thread to another ---------------------------------------------------------------- */

enum { ring_slots = 16384 };

struct ring {
    _Atomic(void *) slots[ring_slots]; /* release by who fills a slot, acquire by who empties it */
};

/* Puts the block into a slot that is empty; false if time was up first. */
static bool ring_put(struct ring *ring, size_t i, void *block)
{
    _Atomic(void *) *slot = &ring->slots[i % ring_slots];
    while (atomic_load_explicit(slot, memory_order_acquire) != NULL) {
        if (time_is_up())
            return false;
        sched_yield();
    }
    atomic_store_explicit(slot, block, memory_order_release);
    return true;
}

static void *ring_get(struct ring *ring, size_t i)
{
    _Atomic(void *) *slot = &ring->slots[i % ring_slots];
    void *block;
    while ((block = atomic_load_explicit(slot, memory_order_acquire)) == NULL) {
        if (time_is_up())
            return NULL;
        sched_yield();
    }
    atomic_store_explicit(slot, NULL, memory_order_release);
    return block;
}

static struct ring forth;
static struct ring back;

/* Half a ring of blocks is always on its way, however fast the threads are. */
enum { lag = ring_slots / 2 };

static void wait_for_slot(struct ring *ring, size_t i)
{
    while (atomic_load_explicit(&ring->slots[i % ring_slots], memory_order_acquire) == NULL && !time_is_up())
        sched_yield();
}

/* Makes a block and sends it, unless the ring is full. */
static void send_block(struct ring *ring, size_t i, uint64_t *random)
{
    void *block = block_make(next_size(random));
    if (!ring_put(ring, i, block))
        block_drop(block);
}

static void *only_free(void *unused)
{
    for (size_t i = 0; !time_is_up(); i++) {
        wait_for_slot(&forth, i + lag);
        block_drop(ring_get(&forth, i));
    }
    return unused;
}

static void a_thread_only_frees(void)
{
    uint64_t random = 5;
    pthread_t thread = start(only_free, NULL);
    for (size_t i = 0; !time_is_up(); i++) {
        send_block(&forth, i, &random);
    }
    pthread_join(thread, NULL);
}

/* Takes requests, frees them, and answers each with a block of its own. */
static void *answer(void *unused)
{
    uint64_t random = 7;
    for (size_t i = 0; !time_is_up(); i++) {
        block_drop(ring_get(&forth, i));
        send_block(&back, i, &random);
    }
    return unused;
}

static void producer_and_consumer(void)
{
    uint64_t random = 5;
    pthread_t thread = start(answer, NULL);
    for (size_t i = 0; !time_is_up(); i++) {
        send_block(&forth, i, &random);
        if (i >= lag)
            block_drop(ring_get(&back, i - lag));
    }
    pthread_join(thread, NULL);
}

/* --- workers that die with live blocks ------------------------------------------------------------------------------
 */

enum { left_behind = 400, allocated_by_each = 4000, kept_generations = 40 };
static void *legacy[kept_generations][left_behind];

static void *live_and_die(void *generation)
{
    uint64_t random = (uintptr_t)generation * 77 + 1;
    void **mine = legacy[(uintptr_t)generation % kept_generations];
    for (size_t i = 0; i < left_behind; i++)
        block_drop(mine[i]);
    for (size_t i = 0; i < allocated_by_each; i++) {
        void *block = block_make(next_size(&random));
        if (i % (allocated_by_each / left_behind) == 0)
            mine[i / (allocated_by_each / left_behind)] = block;
        else
            block_drop(block);
    }
    return NULL;
}

static void workers_die(void)
{
    for (uintptr_t generation = 0; !time_is_up(); generation++)
        pthread_join(start(live_and_die, (void *)generation), NULL);
}

/* --- after a peak ---------------------------------------------------------------------------------------------------
 */

enum { peak_blocks = 120000, rest_blocks = 4000 };
static void *peak[peak_blocks];

/* All but the oldest, which stay. */
static void shuffle(uint64_t *random)
{
    for (size_t i = peak_blocks; i > rest_blocks + 1; i--) {
        size_t j = rest_blocks + next_random(random) % (i - rest_blocks);
        void *swapped = peak[i - 1];
        peak[i - 1] = peak[j];
        peak[j] = swapped;
    }
}

static void after_a_peak(void)
{
    uint64_t random = 9;
    for (size_t i = 0; i < peak_blocks; i++)
        peak[i] = block_make(next_size(&random));
    while (time_passed() < 0.25)
        pause_ms(5);
    shuffle(&random);
    for (size_t i = rest_blocks; i < peak_blocks; i++)
        block_drop(peak[i]);
    /* A program that goes on, at a few per cent of what it did. */
    while (!time_is_up()) {
        size_t i = next_random(&random) % rest_blocks;
        block_drop(peak[i]);
        peak[i] = block_make(next_size(&random));
        if (i % 8 == 0)
            pause_ms(1);
    }
}

const struct scenario scenarios[] = {
    {"only_frees", "one thread allocates, another only frees", a_thread_only_frees},
    {"wandering", "two threads send each other blocks, and free what they get", producer_and_consumer},
    {"dying_workers", "each thread frees what an earlier one left, and leaves a tenth of its own", workers_die},
    {"after_peak", "100 MB on top of 4 MB are freed in random order; then a little work on the 4 MB", after_a_peak},
};
const size_t scenario_count = sizeof scenarios / sizeof scenarios[0];
