/* Large and huge blocks: purging (phase 6), resizing in place and zero knowledge (phase 7). */
#include "test.h"
#include "allocator/heap.h"
#include "allocator/large.h"
#include "allocator/span.h"
#include <pthread.h>
#include <string.h>

enum { count = 200 };
static unsigned char *blocks[count];

static size_t size_at(size_t i)
{
    return 70000 + i * 7919 % 1000000;
}

static void freeing_everything_leaves_little(void **state)
{
    (void)state;
    for (size_t i = 0; i < count; i++)
        memset(blocks[i] = hakmem_malloc(size_at(i)), 1, size_at(i));
    for (size_t i = 0; i < count; i++)
        hakmem_free(blocks[i]);
    size_t limit = HAKMEM_USE_WATERMARK_PURGE ? (size_t)5 << 20 : (size_t)33 << 20;
    assert_in_range(span_stats().dirty_bytes, 0, limit);
    assert_heap_sound();
}

static void a_steady_churn_is_not_purged(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (size_t i = 0; i < count; i++)
        blocks[i] = hakmem_malloc(size_at(i));
    size_t purged = 0;
    for (int i = 0; i < 20000; i++) {
        size_t slot = test_random(&random) % count;
        size_t before = span_stats().dirty_bytes;
        hakmem_free(blocks[slot]);
        purged += span_stats().dirty_bytes < before;
        blocks[slot] = hakmem_malloc(size_at(slot));
    }
    assert_in_range(purged, 0, 200); /* one free in a hundred */
    for (size_t i = 0; i < count; i++)
        hakmem_free(blocks[i]);
    assert_heap_sound();
}

static void sizes_share_their_memory(void **state)
{
    (void)state;
    if (!HAKMEM_USE_LARGE_SPANS)
        skip();
    size_t before = span_stats().peak_bytes;
    for (size_t size = 70000; size < (size_t)2 << 20; size += 70000) {
        void *block = hakmem_malloc(size);
        hakmem_free(block);
    }
    assert_in_range(span_stats().peak_bytes, 0, before + ((size_t)2 << 20));
}

static void a_large_block_grows_where_it_is(void **state)
{
    (void)state;
    if (!HAKMEM_USE_RESIZE_IN_PLACE || !HAKMEM_USE_LARGE_SPANS)
        skip();
    hakmem_malloc_trim(0); /* no spare that lies before another one */
    unsigned char *block = hakmem_malloc(100000);
    memset(block, 5, 100000);
    unsigned char *grown = hakmem_realloc(block, 1500000);
    assert_ptr_equal(grown, block); /* nothing lies behind it */
    assert_true(hakmem_malloc_usable_size(grown) >= 1500000);
    memset(grown, 6, 1500000);
    unsigned char *shrunk = hakmem_realloc(grown, 200000);
    assert_ptr_equal(shrunk, block);
    assert_true(hakmem_malloc_usable_size(shrunk) < 300000);
    unsigned char *behind = hakmem_malloc(100000);
    unsigned char *moved = hakmem_realloc(shrunk, 1800000);
    assert_int_equal(moved[199999], 6);
    hakmem_free(behind);
    hakmem_free(moved);
    assert_heap_sound();
}

/* Bitmaps and metadata are opened in steps, and a block may grow past the end of one (2 GiB is a page of a bitmap). */
static void blocks_grow_into_what_was_never_opened(void **state)
{
    (void)state;
    if (!HAKMEM_USE_RESIZE_IN_PLACE || !HAKMEM_USE_LARGE_SPANS)
        skip();
    enum { most = 1200 };
    static void *grown[most];
    size_t made = 0;
    for (size_t bytes = 0; bytes < (size_t)2100 << 20 && made < most; bytes += HAKMEM_SPAN_BLOCK_MAX, made++) {
        grown[made] = hakmem_realloc(hakmem_malloc(70000), HAKMEM_SPAN_BLOCK_MAX);
        if (grown[made] == NULL)
            break; /* a small region is full: what fits has grown */
    }
    assert_true(made > 0);
    while (made > 0)
        hakmem_free(grown[--made]);
    assert_heap_sound();
}

static void a_huge_block_keeps_its_content_when_it_moves(void **state)
{
    (void)state;
    size_t size = 2 * HAKMEM_SPAN_BLOCK_MAX;
    unsigned char *block = hakmem_malloc(size);
    for (int i = 0; i < 3; i++, size *= 2) {
        memset(block + size - 4096, 40 + i, 4096);
        block = hakmem_realloc(block, 2 * size);
        assert_int_equal(block[size - 1], 40 + i);
        assert_int_equal(block[2 * size - 1], 0);
    }
    block = hakmem_realloc(block, 2 * HAKMEM_SPAN_BLOCK_MAX + 1);
    assert_int_equal(block[2 * HAKMEM_SPAN_BLOCK_MAX - 1], 40);
    block = hakmem_realloc(block, 1000); /* back into a page */
    hakmem_free(block);
    assert_heap_sound();
}

static void the_lowest_block_that_was_freed_is_the_next_one(void **state)
{
    (void)state;
    if (!HAKMEM_USE_SPARE_SPANS)
        skip();
    enum { kept = 4 };
    hakmem_malloc_trim(0); /* no spares of other lengths */
    for (size_t i = 0; i < kept; i++)
        blocks[i] = hakmem_malloc(100000);
    hakmem_free(blocks[2]);
    hakmem_free(blocks[0]);
    hakmem_free(blocks[3]);
    hakmem_free(blocks[1]);
    size_t used = span_stats().used_bytes;
    for (size_t i = 0; i < kept; i++)
        assert_ptr_equal(hakmem_malloc(100000), blocks[i]);
    assert_int_equal(span_stats().used_bytes, used); /* none was given back or taken anew */
    for (size_t i = 0; i < kept; i++)
        hakmem_free(blocks[i]);
    assert_heap_sound();
}

/* Where there is room for a few only, those at the highest addresses go back. */
static void spares_are_the_lowest_ones(void **state)
{
    (void)state;
    if (!HAKMEM_USE_SPARE_SPANS)
        skip();
    enum { most = 2 * SPARES_RECENT_MAX, length = 2 };
    hakmem_malloc_trim(0);
    for (size_t i = 0; i < most; i++)
        blocks[i] = hakmem_malloc(100000);
    for (size_t i = most; i-- > 0;)
        hakmem_free(blocks[i]);
    const struct spares *spares = &hakmem_thread_heap->spares;
    size_t kept = spares->count[length];
    assert_in_range(kept, SPARES_RECENT_MAX / length, most / 2);
    assert_int_equal(spares->of[length][kept - 1], slice_of(blocks[0]));
    for (size_t i = 1; i < kept; i++)
        assert_true(spares->of[length][i] < spares->of[length][i - 1]);
    hakmem_malloc_trim(0);
    assert_heap_sound();
}

/* Whatever is kept for a while: no more than the limit, and none of it once lengths that are refused want the room. */
static void spares_are_bounded(void **state)
{
    (void)state;
    if (!HAKMEM_USE_SPARE_SPANS)
        skip();
    for (size_t i = 0; i < count; i++)
        blocks[i] = hakmem_malloc(size_at(i));
    for (size_t i = 0; i < count; i++)
        hakmem_free(blocks[i]);
    const struct spares *spares = &hakmem_thread_heap->spares;
    assert_in_range(spares->slices, 1, SPARES_SLICES_MAX);
    hakmem_malloc_trim(0);
    assert_int_equal(spares->slices, 0);
    assert_heap_sound();
}

/* Others take what the thread kept, before they touch what nobody did. */
static void spares_go_where_memory_is_short(void **state)
{
    (void)state;
    if (!HAKMEM_USE_SPARE_SPANS)
        skip();
    enum { kept = 4 };
    const struct spares *spares = &hakmem_thread_heap->spares;
    hakmem_malloc_trim(0);
    for (size_t i = 0; i < kept; i++)
        blocks[i] = hakmem_malloc(100000);
    for (size_t i = 0; i < kept; i++)
        hakmem_free(blocks[i]);
    assert_in_range(spares->slices, 2, 2 * kept);
    void *clean = hakmem_malloc((size_t)10 << 20);
    assert_int_equal(spares->slices, 0);
    hakmem_free(clean);
    assert_heap_sound();
}

/* A length that took all the room gives some of it to another one. */
static void spares_are_of_all_lengths(void **state)
{
    (void)state;
    if (!HAKMEM_USE_SPARE_SPANS)
        skip();
    enum { most = 4 };
    const struct spares *spares = &hakmem_thread_heap->spares;
    hakmem_malloc_trim(0);
    for (size_t i = 0; i < most; i++) {
        blocks[i] = hakmem_malloc(4 * HAKMEM_SLICE_BYTES);
        blocks[most + i] = hakmem_malloc(3 * HAKMEM_SLICE_BYTES);
    }
    for (size_t i = 0; i < 2 * most; i++)
        hakmem_free(blocks[i]);
    assert_in_range(spares->slices, 1, SPARES_SLICES_MAX);
    assert_in_range(spares->count[4], 1, most);
    assert_in_range(spares->count[3], spares->count[4] - 1, spares->count[4] + 1);
    hakmem_malloc_trim(0);
    assert_heap_sound();
}

/* A program with one block at a time, of ever other lengths, keeps no more than two of the longest. */
static void spares_are_few_where_little_is_live(void **state)
{
    (void)state;
    if (!HAKMEM_USE_SPARE_SPANS)
        skip();
    const struct spares *spares = &hakmem_thread_heap->spares;
    hakmem_malloc_trim(0);
    for (size_t i = 0; i < 3 * SPARES_WINDOW; i++)
        hakmem_free(hakmem_malloc((2 + i % 3) * HAKMEM_SLICE_BYTES));
    assert_in_range(spares->slices, 1, 2 * 4);
    hakmem_malloc_trim(0);
    assert_heap_sound();
}

/* Medium blocks in magazines pin pages of up to 512 KiB each: with the last large block they go, too. */
static void nothing_is_kept_back_after_the_last_large_block(void **state)
{
    (void)state;
    if (!HAKMEM_USE_SPARE_SPANS)
        skip();
    uint64_t random = 42;
    memset(blocks, 0, sizeof blocks);
    hakmem_malloc_trim(0);
    hakmem_thread_heap->quiet_ns = 0; /* not a moment ago */
    size_t before = span_stats().used_bytes;
    for (size_t i = 0; i < 20000; i++) {
        unsigned char **block = &blocks[test_random(&random) % 64];
        hakmem_free(*block);
        *block = *block != NULL ? NULL : hakmem_malloc((size_t)8192 << test_random(&random) % 7);
    }
    unsigned char *last = hakmem_malloc(500000);
    for (size_t i = 0; i < 64; i++) {
        hakmem_free(blocks[i]);
        blocks[i] = NULL;
    }
    if (HAKMEM_USE_MEDIUM_MAGAZINES)
        assert_true(span_stats().used_bytes > before + ((size_t)2 << 20));
    hakmem_free(last);
    assert_true(span_stats().used_bytes < before + ((size_t)1 << 20));
    assert_heap_sound();
}

static void first_lines_of_large_blocks_differ_in_place(void **state)
{
    (void)state;
    if (!HAKMEM_USE_COLOURED_SPANS)
        skip();
    bool seen[64] = {false}; /* sets of a first-level cache */
    size_t places = 0;
    for (size_t i = 0; i < count; i++) {
        blocks[i] = hakmem_malloc(66000); /* two slices, and room for a thousand lines */
        size_t place = (uintptr_t)blocks[i] / HAKMEM_CACHE_LINE % 64;
        assert_int_equal((uintptr_t)blocks[i] % HAKMEM_CACHE_LINE, 0);
        assert_true(hakmem_malloc_usable_size(blocks[i]) >= 66000);
        memset(blocks[i], 1, hakmem_malloc_usable_size(blocks[i]));
        places += !seen[place];
        seen[place] = true;
    }
    assert_true(places > 40);
    for (size_t i = 0; i < count; i++)
        hakmem_free(blocks[i]);
    assert_heap_sound();
}

/* So that its first lines may still be in a cache. */
static void a_span_s_next_block_starts_where_the_last_one_did(void **state)
{
    (void)state;
    if (!HAKMEM_USE_COLOURED_SPANS || !HAKMEM_USE_SPARE_SPANS)
        skip();
    hakmem_malloc_trim(0); /* no spares, which may lie anywhere */
    for (size_t i = 0; i < 50; i++) {
        blocks[i] = hakmem_malloc(70000);
        assert_in_range((uintptr_t)blocks[i] % HAKMEM_SLICE_BYTES, 0, LARGE_COLOUR_BYTES - 1);
        hakmem_free(blocks[i]);
        unsigned char *next = hakmem_malloc(100000);
        assert_ptr_equal(next, blocks[i]);
        blocks[i] = next; /* so that the next span is another one */
    }
    for (size_t i = 0; i < 50; i++)
        hakmem_free(blocks[i]);
    assert_heap_sound();
}

static void large_blocks_are_aligned_as_asked(void **state)
{
    (void)state;
    for (size_t alignment = 16; alignment <= HAKMEM_SLICE_BYTES; alignment *= 2)
        for (size_t i = 0; i < 20; i++) {
            void *block = hakmem_memalign(alignment, size_at(i));
            assert_int_equal((uintptr_t)block % alignment, 0);
            memset(block, 1, size_at(i));
            hakmem_free(block);
        }
    assert_heap_sound();
}

static void calloc_is_zero_whatever_lay_there(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 20; i++) {
            blocks[i] = hakmem_calloc(1, size_at(i));
            for (size_t at = 0; at < size_at(i); at += 509)
                assert_int_equal(blocks[i][at], 0);
            memset(blocks[i], 0xee, hakmem_malloc_usable_size(blocks[i]));
        }
        for (size_t i = 0; i < 20; i++)
            hakmem_free(blocks[i]);
        if (round == 1)
            hakmem_malloc_trim(0);
    }
    assert_heap_sound();
}

static pthread_key_t late;

static void take_a_long_block(void *unused)
{
    (void)unused;
    hakmem_free(hakmem_malloc((size_t)30 << 20));
}

static void *end_late(void *argument)
{
    hakmem_free(hakmem_malloc(1));
    pthread_setspecific(late, &late);
    return argument;
}

/* All threads without a heap have the same one, which is nobody's to write to. */
static void a_thread_without_a_heap_has_no_spares(void **state)
{
    (void)state;
    enum { untouched = 7 };
    pthread_t thread;
    hakmem_free(hakmem_malloc(1));
    hakmem_heap_none.spares.refused = untouched;
    assert_int_equal(pthread_key_create(&late, take_a_long_block), 0);
    assert_int_equal(pthread_create(&thread, NULL, end_late, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_key_delete(late);
    assert_int_equal(hakmem_heap_none.spares.refused, untouched);
    hakmem_heap_none.spares.refused = 0;
    assert_heap_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freeing_everything_leaves_little),
        cmocka_unit_test(a_thread_without_a_heap_has_no_spares), /* while memory is clean */
        cmocka_unit_test(a_steady_churn_is_not_purged),
        cmocka_unit_test(sizes_share_their_memory),
        cmocka_unit_test(a_large_block_grows_where_it_is),
        cmocka_unit_test(blocks_grow_into_what_was_never_opened),
        cmocka_unit_test(a_huge_block_keeps_its_content_when_it_moves),
        cmocka_unit_test(the_lowest_block_that_was_freed_is_the_next_one),
        cmocka_unit_test(spares_are_the_lowest_ones),
        cmocka_unit_test(spares_are_bounded),
        cmocka_unit_test(spares_go_where_memory_is_short),
        cmocka_unit_test(spares_are_few_where_little_is_live),
        cmocka_unit_test(spares_are_of_all_lengths),
        cmocka_unit_test(nothing_is_kept_back_after_the_last_large_block),
        cmocka_unit_test(first_lines_of_large_blocks_differ_in_place),
        cmocka_unit_test(a_span_s_next_block_starts_where_the_last_one_did),
        cmocka_unit_test(large_blocks_are_aligned_as_asked),
        cmocka_unit_test(calloc_is_zero_whatever_lay_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
