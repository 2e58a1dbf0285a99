/*
 * Stress: threads with random owners.  Every thread allocates into, and frees from, slots that all share; threads die
 * and are born; every block carries its size and slot's seal, so a block handed out twice is noticed.
 */
#include "test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { slots = 512, threads_at_once = 4, generations = 12, steps = 6000 };

struct sealed {
    size_t size;
    uintptr_t seal; /* the block's own address and size, mixed; also at the block's end */
};

static _Atomic(struct sealed *) shared[slots];
static _Atomic(const char *) broken;

static uintptr_t seal_of(const struct sealed *block)
{
    return (uintptr_t)block ^ (block->size * 0x9e3779b97f4a7c15u);
}

static uintptr_t *end_of(struct sealed *block)
{
    return (uintptr_t *)((char *)block + block->size) - 1;
}

static struct sealed *make(uint64_t *random)
{
    uint64_t r = test_random(random);
    size_t size = r % 50 == 0 ? 1024 + r / 64 % 300000 : sizeof(struct sealed) + 8 + r / 64 % 1000;
    size &= ~(size_t)7;
    struct sealed *block = hakmem_malloc(size);
    if (block == NULL)
        return NULL;
    block->size = size;
    block->seal = seal_of(block);
    *end_of(block) = block->seal;
    return block;
}

static void drop(struct sealed *block)
{
    if (block == NULL)
        return;
    if (block->seal != seal_of(block) || *end_of(block) != block->seal)
        atomic_store(&broken, "a block was overwritten or handed out twice");
    block->seal = 0;
    hakmem_free(block);
}

static void *worker(void *seed)
{
    uint64_t random = (uintptr_t)seed * 2 + 1;
    for (int i = 0; i < steps; i++) {
        size_t slot = test_random(&random) % slots;
        /* acq_rel: the block's content travels with its pointer */
        drop(atomic_exchange_explicit(&shared[slot], make(&random), memory_order_acq_rel));
    }
    return NULL;
}

static void random_owners_lose_and_share_nothing(void **state)
{
    (void)state;
    uintptr_t seed = 1;
    pthread_t threads[threads_at_once];
    for (int g = 0; g < generations; g++) {
        for (int i = 0; i < threads_at_once; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, worker, (void *)seed++), 0);
        for (int i = 0; i < threads_at_once; i++)
            pthread_join(threads[i], NULL);
        assert_null(atomic_load(&broken));
        assert_heap_sound();
    }
    for (int i = 0; i < slots; i++)
        drop(atomic_exchange(&shared[i], NULL));
    assert_null(atomic_load(&broken));
    assert_heap_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_owners_lose_and_share_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
