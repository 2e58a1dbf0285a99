/* After a peak: what a heap keeps for the next malloc of each class goes back as well. */
#include "test.h"

#include "allocator/purge.h"
#include "allocator/span.h"

#include <string.h>

#define WINDS_DOWN (HAKMEM_USE_WATERMARK_PURGE && HAKMEM_USE_DUAL_LISTS)

enum { count = 60000, size_max = 2000, step = 7919 /* coprime to count: frees in another order */ };

static void *blocks[count];

static void peak(void)
{
    uint64_t random = 5;
    for (size_t i = 0; i < count; i++) {
        size_t size = 1 + test_random(&random) % size_max;
        assert_non_null(blocks[i] = hakmem_malloc(size));
        memset(blocks[i], (int)i, size);
    }
    assert_true(span_stats().used_bytes > (size_t)count * size_max / 2);
    for (size_t i = 0; i < count; i++)
        hakmem_free(blocks[i * step % count]);
}

/* The rule is applied once a second at most, and so once in this program. */
static void little_stays_after_a_peak(void **state)
{
    (void)state;
    if (!WINDS_DOWN)
        skip();
    peak();
    assert_true(purge_drops() > 0);
    assert_heap_sound();
    struct span_stats stats = span_stats();
    assert_in_range(stats.used_bytes, 0, (size_t)1 << 20);
    assert_in_range(stats.dirty_bytes, 0, (size_t)4 << 20);
}

/* A heap that winds down keeps no page; one that is in use again does, lest it make and retire it all the time. */
static void a_heap_that_is_used_again_keeps_its_pages(void **state)
{
    (void)state;
    if (!WINDS_DOWN)
        skip();
    assert_true(hakmem_thread_heap->winding_down); /* since the first test */
    for (unsigned turn = 0; turn < 100; turn++) {
        void *block = hakmem_malloc(100);
        memset(block, 1, 100);
        hakmem_free(block);
        assert_false(hakmem_thread_heap->winding_down);
        assert_non_null(hakmem_thread_heap->queues[size_class_of(100)].first);
    }
    assert_heap_sound();
}

static void several_peaks(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 3; turn++) {
        peak();
        assert_heap_sound();
    }
}

/* A page that comes free while a magazine is emptied would have the heap empty all of them: not now. */
static void a_heap_that_is_being_flushed_does_not_wind_down(void **state)
{
    (void)state;
    enum { size = HAKMEM_SMALL_BLOCK_MAX, many = 64 };
    if (!WINDS_DOWN || !HAKMEM_USE_MAGAZINES)
        skip();
    void *large[many];
    for (size_t i = 0; i < many; i++)
        assert_non_null(large[i] = hakmem_malloc(size));
    hakmem_thread_heap->winding_down = false;
    for (size_t i = 0; i < many; i++) {
        hakmem_thread_heap->drops = purge_drops();
        hakmem_free(large[i]);
    }
    hakmem_thread_heap->drops = purge_drops() + 1;
    magazines_flush(hakmem_thread_heap);
    assert_false(hakmem_thread_heap->winding_down);
    assert_heap_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_stays_after_a_peak),
        cmocka_unit_test(a_heap_that_is_used_again_keeps_its_pages),
        cmocka_unit_test(several_peaks),
        cmocka_unit_test(a_heap_that_is_being_flushed_does_not_wind_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
