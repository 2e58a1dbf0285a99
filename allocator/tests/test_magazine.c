/* Magazines: a heap sets up the arrays of the classes that its thread uses, one behind the other, each once. */
#include "test.h"

#include "allocator/magazine.h"

#include <pthread.h>

#if HAKMEM_USE_MAGAZINES

static const size_t sizes[] = {700, 16, 5000, 40};
enum { sizes_count = sizeof sizes / sizeof sizes[0], blocks_count = 200 };

static unsigned tag_of(size_t size)
{
    return magazine_tag(size_class_of(size));
}

static unsigned places_for(size_t size)
{
    return 1 + (unsigned)magazine_short_capacity(tag_of(size));
}

static void turn(size_t size)
{
    void *blocks[blocks_count];
    for (size_t i = 0; i < blocks_count; i++)
        blocks[i] = hakmem_malloc(size);
    for (size_t i = 0; i < blocks_count; i++)
        hakmem_free(blocks[i]);
    assert_heap_sound();
}

/* Twice: what is set up stays so. */
static void *take_each_size(void *unused)
{
    unsigned expected = 1; /* the one for classes without an array */
    for (size_t i = 0; i < sizes_count; i++) {
        turn(sizes[i]);
        const struct magazines *mine = &hakmem_thread_heap->magazines;
        expected += places_for(sizes[i]);
        assert_int_equal(mine->places_used, expected);
        assert_int_equal(mine->place[tag_of(sizes[i])] + places_for(sizes[i]), expected);
        assert_null(mine->places[mine->place[tag_of(sizes[i])]]);
    }
    for (size_t i = 0; i < sizes_count; i++)
        turn(sizes[i]);
    assert_int_equal(hakmem_thread_heap->magazines.places_used, expected);
    return unused;
}

static void arrays_lie_together_in_the_order_of_their_first_use(void **state)
{
    (void)state;
    hakmem_free(hakmem_malloc(1)); /* so that the thread gets a heap of its own */
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, take_each_size, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void all_of_them_fit(void **state)
{
    (void)state;
    for (unsigned tag = MAGAZINE_TAGS - 1; tag > 0; tag--) /* the other way round than they are numbered */
        turn(size_class_bytes(tag - 1));
    const struct magazines *mine = &hakmem_thread_heap->magazines;
    assert_in_range(mine->places_used, MAGAZINE_TAGS, MAGAZINE_PLACES);
    assert_null(mine->places[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_lie_together_in_the_order_of_their_first_use),
        cmocka_unit_test(all_of_them_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void there_are_none(void **state)
{
    (void)state;
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_are_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
