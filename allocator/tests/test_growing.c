/* Growing spans: a vector in the making stays where it is, a limited number at a time, and gives its place back. */
#include "test.h"

#include "allocator/growing.h"

#include <pthread.h>
#include <string.h>

enum { first = 6000, grown = 20000, last = 60000, vectors = 3 * GROWING_MAX };

static const bool in_use = HAKMEM_USE_GROWING_SPANS && !HAKMEM_USE_GUARDS;

static void fill(unsigned char *block, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        block[i] = (unsigned char)(i % 251);
}

static void check(const unsigned char *block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(block[i], i % 251);
}

/* From `from` bytes to `to`, by half of what it has each time; counts how often it moves. */
static unsigned char *grow(unsigned char *block, size_t from, size_t to, unsigned *moves)
{
    for (size_t size = from; size < to;) {
        size_t next = size + size / 2 < to ? size + size / 2 : to;
        unsigned char *now = hakmem_realloc(block, next);
        assert_true(hakmem_malloc_usable_size(now) >= next);
        *moves += now != block;
        fill(block = now, size, next);
        size = next;
    }
    return block;
}

static unsigned char *begin(size_t size)
{
    unsigned char *block = hakmem_malloc(size);
    fill(block, 0, size);
    return block;
}

static void a_vector_moves_once_and_then_stays(void **state)
{
    (void)state;
    unsigned moves = 0;
    unsigned char *block = grow(begin(first), first, last, &moves);
    if (in_use)
        assert_int_equal(moves, 1);
    assert_int_equal(growing_count(), in_use);
    check(block, last);
    hakmem_free(block);
    assert_int_equal(growing_count(), 0);
    assert_heap_sound();
}

static void it_goes_on_as_a_large_block(void **state)
{
    (void)state;
    unsigned moves = 0;
    unsigned char *block = grow(begin(first), first, 3000000, &moves);
    check(block, 3000000);
    hakmem_free(block);
    assert_int_equal(growing_count(), 0);
    assert_heap_sound();
}

static void only_so_many_have_room(void **state)
{
    (void)state;
    static unsigned char *block[vectors];
    unsigned moves = 0;
    for (size_t i = 0; i < vectors; i++)
        block[i] = grow(begin(first), first, grown, &moves);
    assert_int_equal(growing_count(), in_use ? GROWING_MAX : 0);
    for (size_t i = 0; i < vectors; i++) {
        check(block[i], grown);
        hakmem_free(block[i]);
    }
    assert_int_equal(growing_count(), 0);
    assert_heap_sound();
}

static void small_ones_leave_places_to_others(void **state)
{
    (void)state;
    static unsigned char *block[vectors];
    enum { small = 1500, still_small = 4000 };
    unsigned moves = 0;
    for (size_t i = 0; i < vectors; i++)
        block[i] = grow(begin(small), small, still_small, &moves);
    assert_int_equal(growing_count(), in_use ? GROWING_SMALL_MAX : 0);
    unsigned char *large = grow(begin(first), first, grown, &moves);
    assert_int_equal(growing_count(), in_use ? GROWING_SMALL_MAX + 1 : 0);
    hakmem_free(large);
    for (size_t i = 0; i < vectors; i++) {
        check(block[i], still_small);
        hakmem_free(block[i]);
    }
    assert_int_equal(growing_count(), 0);
    assert_heap_sound();
}

static void who_shrinks_moves_out(void **state)
{
    (void)state;
    unsigned moves = 0;
    unsigned char *block = grow(begin(first), first, last, &moves);
    block = hakmem_realloc(block, 10000);
    assert_int_equal(growing_count(), 0);
    assert_true(hakmem_malloc_usable_size(block) < 20000);
    check(block, 10000);
    block = hakmem_realloc(grow(block, 10000, 1000000, &moves), 30000);
    assert_true(hakmem_malloc_usable_size(block) < 70000);
    check(block, 30000);
    hakmem_free(block);
    assert_heap_sound();
}

static void *free_it(void *block)
{
    hakmem_free(block);
    return NULL;
}

static void any_thread_may_free_it(void **state)
{
    (void)state;
    unsigned moves = 0;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, free_it, grow(begin(first), first, grown, &moves)), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(growing_count(), 0);
    assert_heap_sound();
}

/* A slice that a growing block had serves as an ordinary large block. */
static void other_large_blocks_do_not_count(void **state)
{
    (void)state;
    unsigned moves = 0;
    hakmem_free(grow(begin(first), first, last, &moves));
    for (size_t i = 0; i < 100; i++)
        hakmem_free(hakmem_malloc(65537 + i));
    assert_int_equal(growing_count(), 0);
    assert_heap_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vector_moves_once_and_then_stays),
        cmocka_unit_test(it_goes_on_as_a_large_block),
        cmocka_unit_test(only_so_many_have_room),
        cmocka_unit_test(small_ones_leave_places_to_others),
        cmocka_unit_test(who_shrinks_moves_out),
        cmocka_unit_test(any_thread_may_free_it),
        cmocka_unit_test(other_large_blocks_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
