/*
 * Random calls of the whole interface against a model: a shadow of every live block's address, size and content.
 * Runs the same sequence for a seed; the failing step and seed are in the message.
 */
#include "test.h"
#include <string.h>

enum { live_max = 400, steps = HAKMEM_TSAN ? 4000 : 20000 };

struct shadow {
    unsigned char *block;
    size_t size;
    unsigned char fill;
};

static struct shadow live[live_max];

static size_t random_size(uint64_t *random)
{
    uint64_t r = test_random(random);
    switch (r % 16) {
    case 0:
        return 0;
    case 1:
        return r / 16 % ((size_t)3 << 20);
    case 2:
    case 3:
        return r / 16 % 70000;
    case 4:
    case 5:
    case 6:
        return r / 16 % 5000;
    default:
        return r / 16 % 600;
    }
}

static void check_fill(const struct shadow *s, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += i < 64 || bytes < 256 ? 1 : bytes / 64)
        if (s->block[i] != s->fill)
            fail_msg("byte %zu of a block of %zu changed", i, s->size);
}

static void adopt(struct shadow *s, void *block, size_t size, uint64_t *random)
{
    assert_non_null(block);
    for (size_t i = 0; i < live_max; i++)
        if (live[i].block != NULL && &live[i] != s) /* blocks never overlap */
            assert_true((unsigned char *)block >= live[i].block + live[i].size ||
                        live[i].block >= (unsigned char *)block + size || size == 0 || live[i].size == 0);
    s->block = block;
    s->size = size;
    s->fill = (unsigned char)test_random(random);
    assert_true(hakmem_malloc_usable_size(block) >= size);
    memset(block, s->fill, size);
}

static void allocate(struct shadow *s, uint64_t *random)
{
    size_t size = random_size(random);
    size_t alignment = (size_t)8 << test_random(random) % 14;
    void *block = NULL;
    switch (test_random(random) % 8) {
    case 0:
        block = hakmem_calloc(size / 7 + 1, 7);
        size = (size / 7 + 1) * 7;
        for (size_t i = 0; i < size; i++)
            assert_int_equal(((unsigned char *)block)[i], 0);
        break;
    case 1:
        assert_int_equal(hakmem_posix_memalign(&block, alignment, size), 0);
        assert_int_equal((uintptr_t)block % alignment, 0);
        break;
    default:
        block = hakmem_malloc(size);
    }
    assert_int_equal((uintptr_t)block % (size >= 16 ? 16 : 8), 0);
    adopt(s, block, size, random);
}

static void step(uint64_t *random)
{
    struct shadow *s = &live[test_random(random) % live_max];
    if (s->block == NULL) {
        allocate(s, random);
        return;
    }
    check_fill(s, s->size);
    if (test_random(random) % 4 == 0) {
        size_t size = random_size(random) + 1;
        size_t kept = s->size < size ? s->size : size;
        unsigned char *block = hakmem_realloc(s->block, size);
        assert_non_null(block);
        s->block = block;
        check_fill(s, kept);
        adopt(s, block, size, random);
        return;
    }
    hakmem_free(s->block);
    s->block = NULL;
}

static void the_model_and_the_heap_agree(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15);
        for (int i = 0; i < steps; i++) {
            step(&random);
            if (i % 500 == 0)
                assert_heap_sound();
        }
        for (size_t i = 0; i < live_max; i++) {
            hakmem_free(live[i].block);
            live[i].block = NULL;
        }
        assert_heap_sound();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_model_and_the_heap_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
