/* Pages and the direct cache: the roadmap's checks of phase 1, and the invariants of every phase. */
#include "test.h"
#include "allocator/span.h"
#include <string.h>

enum { many = 20000 };
static void *blocks[many];

static void every_word_index_points_at_its_class_page(void **state)
{
    (void)state;
    if (!HAKMEM_DIRECT_CACHE_IN_USE)
        skip();
    for (size_t size = 0; size <= HAKMEM_TINY_MAX; size++) {
        void *block = hakmem_malloc(size);
        struct hakmem_page *page = hakmem_thread_heap->pages_direct[size_words_of(size)];
        assert_ptr_equal(page, hakmem_thread_heap->queues[size_class_of(size)].first);
        assert_int_equal(page->block_size, size_class_bytes(size_class_of(size)));
        hakmem_free(block);
    }
    for (unsigned words = 0; words < direct_count; words++)
        assert_ptr_not_equal(hakmem_thread_heap->pages_direct[words], &hakmem_page_none);
    assert_heap_sound();
}

static void a_page_that_goes_leaves_the_cache(void **state)
{
    (void)state;
    for (size_t size = 16; size <= HAKMEM_TINY_MAX; size += 112) {
        size_t per_page = HAKMEM_SLICE_BYTES / size_class_bytes(size_class_of(size));
        size_t count = 3 * per_page < many ? 3 * per_page : many;
        for (size_t i = 0; i < count; i++)
            blocks[i] = hakmem_malloc(size);
        assert_heap_sound();
        for (size_t i = 0; i < count; i++) {
            hakmem_free(blocks[i]);
            if (i % 97 == 0)
                assert_heap_sound(); /* among others: pages_direct is the queue's first page */
        }
        assert_heap_sound();
    }
}

static void empty_pages_are_retired(void **state)
{
    (void)state;
    hakmem_free(hakmem_malloc(512)); /* the class's page is there */
    size_t before = span_stats().used_bytes;
    for (size_t i = 0; i < many; i++)
        blocks[i] = hakmem_malloc(512);
    assert_true(span_stats().used_bytes >= before + (size_t)many * 512 - 20 * HAKMEM_SLICE_BYTES);
    for (size_t i = 0; i < many; i++)
        hakmem_free(blocks[i]);
    /* One page of the class may stay, and those of the blocks in a magazine: they lie together here. */
    assert_true(span_stats().used_bytes <= before + (HAKMEM_USE_MAGAZINES ? 3 : 1) * HAKMEM_SLICE_BYTES);
    assert_heap_sound();
}

static void ten_thousand_pairs_do_not_grow_the_heap(void **state)
{
    (void)state;
    for (size_t size = 1; size <= HAKMEM_LARGE_BLOCK_MAX; size = size * 3 + 5) {
        hakmem_free(hakmem_malloc(size));
        size_t before = span_stats().peak_bytes;
        for (size_t i = 0; i < 10000; i++) {
            void *block = hakmem_malloc(size);
            assert_non_null(block);
            hakmem_free(block);
        }
        assert_int_equal(span_stats().peak_bytes, before);
    }
    assert_heap_sound();
}

static void freed_blocks_are_used_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < many; i++)
        blocks[i] = hakmem_malloc(64);
    size_t before = span_stats().used_bytes;
    uint64_t random = 1;
    for (size_t i = 0; i < 10 * (size_t)many; i++) {
        size_t slot = test_random(&random) % many;
        hakmem_free(blocks[slot]);
        blocks[slot] = hakmem_malloc(64);
    }
    assert_true(span_stats().used_bytes <= before + before / 4 + HAKMEM_SLICE_BYTES);
    for (size_t i = 0; i < many; i++)
        hakmem_free(blocks[i]);
    assert_heap_sound();
}

static void a_page_hands_out_memory_step_by_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4096; i++) /* leave no listed page of the class with free blocks below capacity */
        blocks[i] = hakmem_malloc(48);
    struct hakmem_page *page = hakmem_thread_heap->queues[size_class_of(48)].first;
    assert_true(page_capacity(page) <= page->reserved);
    assert_int_equal(page->reserved, HAKMEM_SLICE_BYTES / 48);
    for (size_t i = 0; i < 4096; i++)
        hakmem_free(blocks[i]);
    void *block = hakmem_malloc(3000);
    page = &hakmem_region.pages[slice_of(block)];
    assert_true(page_capacity(page) < page->reserved);
    hakmem_free(block);
}

static void a_broken_list_is_found(void **state)
{
    (void)state;
    void *a = hakmem_malloc(200);
    struct hakmem_block *b = hakmem_malloc(200);
    struct hakmem_page *page = &hakmem_region.pages[slice_of(a)];
    hakmem_free(b);
#if HAKMEM_USE_MAGAZINES
    magazines_flush(hakmem_thread_heap); /* the block goes to its page */
#endif
    assert_null(page_check(page));

    struct hakmem_block *next = block_next(b);
    block_link(b, (struct hakmem_block *)((char *)b + 8)); /* into the middle of a block */
    assert_non_null(page_check(page));
    block_link(b, b); /* a ring */
    assert_non_null(page_check(page));
    block_link(b, (struct hakmem_block *)(page_start(page) - 4096)); /* another page */
    assert_non_null(page_check(page));
    block_link(b, next);

    page->block_size += 16;
    assert_non_null(page_check(page));
    page->block_size -= 16;
    assert_null(page_check(page));
    hakmem_free(a);
}

static void spans_are_taken_lowest_first_and_counted(void **state)
{
    (void)state;
    bool zero;
    size_t a = span_take(3, &zero);
    size_t b = span_take(1, &zero);
    assert_true(a != SPAN_NONE && b != SPAN_NONE);
    struct span_stats stats = span_stats();
    span_give(a, 3);
    assert_int_equal(span_stats().used_bytes, stats.used_bytes - 3 * HAKMEM_SLICE_BYTES);
    assert_null(span_check());
    size_t again = span_take(3, &zero);
    assert_true(again <= a);
    span_give(again, 3);
    span_give(b, 1);
    span_purge(0);
    assert_int_equal(span_stats().dirty_bytes, 0);
    assert_null(span_check());
    assert_int_equal(span_take(hakmem_region.slice_count + 1, &zero), SPAN_NONE);
    assert_null(span_check());
}

/* Offsets within 4 KiB: there two addresses that are the same compete for lines, and wait for each other. */
static void pages_of_neighbours_begin_at_different_places(void **state)
{
    (void)state;
    enum { neighbours = 7, apart = 512 };
    bool zero;
    size_t first = span_take(neighbours, &zero);
    assert_int_not_equal(first, SPAN_NONE);
    for (size_t i = 0; i < neighbours; i++) {
        struct hakmem_page *page = page_init(first + i, size_class_of(64), hakmem_thread_heap);
        assert_true(page_extend(page));
        blocks[i] = page_take(page);
        assert_null(page_check(page));
        slices_set_owner(first + i, 1, SLICE_OWNER_NOBODY, 0);
    }
    span_give(first, neighbours);
    for (size_t i = 0; i < neighbours; i++)
        for (size_t j = 0; j < i; j++) {
            size_t distance = ((uintptr_t)blocks[i] - (uintptr_t)blocks[j]) % 4096;
            assert_int_equal(distance >= apart && 4096 - distance >= apart, HAKMEM_USE_COLOURED_PAGES);
        }
}

static void a_page_hands_out_each_of_its_blocks_once(void **state)
{
    (void)state;
    for (size_t size = 16; size <= 8192; size += size < HAKMEM_TINY_MAX ? 16 : 1024) {
        static bool seen[HAKMEM_SLICE_BYTES / HAKMEM_ALIGNMENT];
        size_t bytes = size_class_bytes(size_class_of(size));
        bool zero;
        size_t first = span_take(1, &zero);
        struct hakmem_page *page = page_init(first, size_class_of(size), hakmem_thread_heap);
        size_t count = 0;
        memset(seen, 0, sizeof seen);
        while (page_extend(page))
            for (char *block; (block = page_take(page)) != NULL; count++) {
                size_t offset = (size_t)(block - slice_start(first));
                assert_int_equal(offset % bytes, 0);
                assert_false(seen[offset / bytes]);
                seen[offset / bytes] = true;
                assert_null(page_check(page));
            }
        assert_int_equal(count, HAKMEM_SLICE_BYTES / bytes);
        page_retire(page);
    }
    assert_heap_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_index_points_at_its_class_page),
        cmocka_unit_test(a_page_that_goes_leaves_the_cache),
        cmocka_unit_test(empty_pages_are_retired),
        cmocka_unit_test(ten_thousand_pairs_do_not_grow_the_heap),
        cmocka_unit_test(freed_blocks_are_used_again),
        cmocka_unit_test(a_page_hands_out_memory_step_by_step),
        cmocka_unit_test(pages_of_neighbours_begin_at_different_places),
        cmocka_unit_test(a_page_hands_out_each_of_its_blocks_once),
        cmocka_unit_test(a_broken_list_is_found),
        cmocka_unit_test(spans_are_taken_lowest_first_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
