/*
 * Memory stays within a stated factor of what is live: where other allocators are known to grow (a thread that only
 * frees, producer and consumer, workers that die with live blocks) and after a peak.
 * Resident memory is read from the kernel; the bounds are generous, and broken reuse exceeds them many times.
 */
#include "test.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { mib = 1 << 20 };
/* What a process may hold besides: magazines and open pages of every class in a few threads, and purging's slack. */
static const size_t slack_bytes = HAKMEM_USE_WATERMARK_PURGE ? 24 * mib : 48 * mib;

static size_t resident_bytes(void)
{
    char text[100] = "";
    int file = open("/proc/self/statm", O_RDONLY);
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    assert_true(length > 0);
    char *after_total = strchr(text, ' ');
    assert_non_null(after_total);
    return strtoul(after_total, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

static size_t start_bytes; /* resident before a scenario */

static void assert_within(size_t factor_percent, size_t live_bytes)
{
    size_t now = resident_bytes();
    size_t limit = start_bytes + live_bytes / 100 * factor_percent + slack_bytes;
    if (now > limit)
        fail_msg("%zu KiB resident for %zu KiB live; the limit is %zu KiB", now >> 10, live_bytes >> 10, limit >> 10);
}

static int begin(void **state)
{
    (void)state;
    hakmem_malloc_trim(0);
    start_bytes = resident_bytes();
    return 0;
}

static void *touched(size_t size)
{
    char *block = hakmem_malloc(size);
    assert_non_null(block);
    return memset(block, 1, size);
}

static size_t size_at(uint64_t *random)
{
    uint64_t r = test_random(random);
    return 16 + (r % 16 == 0 ? r / 16 % 20000 : r / 16 % 800);
}

/* --- producer and consumer ------------------------------------------------------------------------------------------
 */

enum { ring_slots = 1024, items = 150000 };
static _Atomic(void *) ring[ring_slots];
static _Atomic size_t produced;
static _Atomic size_t consumed;

static void *consume(void *unused)
{
    for (size_t i = 0; i < items; i++) {
        while (atomic_load_explicit(&produced, memory_order_acquire) <= i)
            sched_yield();
        hakmem_free(atomic_exchange(&ring[i % ring_slots], NULL));
        atomic_store_explicit(&consumed, i + 1, memory_order_release);
    }
    return unused;
}

/* The consumer only frees, and never has a heap of its own.  Some 150 MB pass through; half an MB is live. */
static void a_thread_that_only_frees_gives_memory_back(void **state)
{
    (void)state;
    uint64_t random = 5;
    pthread_t consumer;
    assert_int_equal(pthread_create(&consumer, NULL, consume, NULL), 0);
    for (size_t i = 0; i < items; i++) {
        while (i - atomic_load_explicit(&consumed, memory_order_acquire) >= ring_slots)
            sched_yield();
        atomic_store(&ring[i % ring_slots], touched(size_at(&random)));
        atomic_store_explicit(&produced, i + 1, memory_order_release);
    }
    pthread_join(consumer, NULL);
    assert_within(200, ring_slots * 1024);
}

/* --- workers that die with live blocks ------------------------------------------------------------------------------
 */

enum { generations = 150, left_behind = 200, allocated_by_each = 2000, kept_generations = 20 };
static void *legacy[kept_generations][left_behind];
static size_t generation;

static void *live_and_die(void *unused)
{
    uint64_t random = generation * 77 + 1;
    void **mine = legacy[generation % kept_generations];
    for (size_t i = 0; i < left_behind; i++)
        hakmem_free(mine[i]);
    for (size_t i = 0; i < allocated_by_each; i++) {
        void *block = touched(size_at(&random));
        if (i % (allocated_by_each / left_behind) == 0)
            mine[i / (allocated_by_each / left_behind)] = block;
        else
            hakmem_free(block);
    }
    return unused;
}

static void what_dead_workers_held_serves_others(void **state)
{
    (void)state;
    for (generation = 0; generation < generations; generation++) {
        pthread_t worker;
        assert_int_equal(pthread_create(&worker, NULL, live_and_die, NULL), 0);
        pthread_join(worker, NULL);
    }
    assert_within(300, (size_t)kept_generations * left_behind * 1024);
    for (size_t g = 0; g < kept_generations; g++)
        for (size_t i = 0; i < left_behind; i++)
            hakmem_free(legacy[g][i]);
}

/* --- after a peak ---------------------------------------------------------------------------------------------------
 */

enum { peak_blocks = 120000 };
static void *peak[peak_blocks];

/* The thread that made the peak lives on, and does a little. */
static void a_peak_is_given_back(void **state)
{
    (void)state;
    uint64_t random = 9;
    for (size_t i = 0; i < peak_blocks; i++)
        peak[i] = touched(size_at(&random));
    size_t at_peak = resident_bytes() - start_bytes;
    assert_true(at_peak > (size_t)80 * mib);
    for (size_t i = 0; i < peak_blocks; i++)
        hakmem_free(peak[i]);
    sleep(HAKMEM_USE_WATERMARK_PURGE); /* nearly all goes once a second at most, and trim may just have done so */
    for (int i = 0; i < 2000; i++)
        hakmem_free(touched(size_at(&random)));
    assert_within(100, 0);
}

/* Huge blocks are mappings: they go at once. */
static void huge_blocks_go_at_once(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++)
        for (size_t i = 0; i < 4; i++)
            hakmem_free(touched((size_t)(34 + i) * mib));
    assert_within(100, 0);
}

int main(void)
{
    if (HAKMEM_ASAN || HAKMEM_TSAN) {
        puts("skipped: a sanitizer's shadow is resident as well");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_thread_that_only_frees_gives_memory_back, begin),
        cmocka_unit_test_setup(what_dead_workers_held_serves_others, begin),
        cmocka_unit_test_setup(a_peak_is_given_back, begin),
        cmocka_unit_test_setup(huge_blocks_go_at_once, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
