/* Parked heaps: what a thread leaves to the next one, and what becomes of it if none comes (parked.h). */
#include "test.h"

#include "allocator/parked.h"

#include <pthread.h>
#include <string.h>

enum { slots = 400, size_max = 1000, other_size = 3000 };

static void *blocks[slots];
static uint64_t seed = 42;
static uint64_t heap_id; /* of the thread that ran last */

static size_t random_size(void)
{
    return 16 + test_random(&seed) % size_max;
}

/* Replaces what the thread before left, and goes on at random. */
static void *live(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < slots; i++)
        if (blocks[i] != NULL) {
            hakmem_free(blocks[i]);
            blocks[i] = hakmem_malloc(random_size());
        }
    for (size_t i = 0; i < (size_t)6 * slots; i++) {
        void **block = &blocks[test_random(&seed) % slots];
        hakmem_free(*block);
        *block = *block == NULL ? hakmem_malloc(random_size()) : NULL;
    }
    heap_id = hakmem_thread_heap->id;
    return NULL;
}

static void *allocate_one(void *out)
{
    *(void **)out = hakmem_malloc(other_size);
    return NULL;
}

static void in_thread(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, body, argument), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void free_all(void)
{
    for (size_t i = 0; i < slots; i++) {
        hakmem_free(blocks[i]);
        blocks[i] = NULL;
    }
}

/* Blocks that all pages of a heap have made, and so the most that it can hold. */
static size_t capacity_of(const struct hakmem_heap *heap)
{
    size_t blocks_made = 0;
    for (unsigned size_class = 0; size_class < SIZE_CLASS_TINY_COUNT; size_class++)
        for (struct hakmem_page *page = heap->queues[size_class].first; page != NULL; page = page->next)
            blocks_made += page_capacity(page);
    for (struct hakmem_page *page = heap->full.first; page != NULL; page = page->next)
        blocks_made += page_capacity(page);
    return blocks_made;
}

static void a_thread_goes_on_where_the_last_one_ended(void **state)
{
    (void)state;
    if (!HAKMEM_USE_PARKED_HEAPS)
        skip();
    in_thread(live, NULL);
    uint64_t first = heap_id;
    const struct hakmem_heap *heap = heap_of_record(first - SLICE_OWNER_FIRST);
    assert_true(parked_any());
    assert_true(capacity_of(heap) > 0);
    for (int i = 0; i < 50; i++)
        in_thread(live, NULL);
    assert_int_equal(heap_id, first);
    size_t then = capacity_of(heap);
    for (int i = 0; i < 400; i++)
        in_thread(live, NULL);
    assert_int_equal(heap_id, first);
    assert_true(capacity_of(heap) < 2 * then); /* nothing that it held gets lost on the way */
    free_all();
    assert_heap_sound();
}

static void what_is_parked_is_used_before_fresh_memory(void **state)
{
    (void)state;
    void *theirs;
    hakmem_malloc_trim(0);
    in_thread(allocate_one, &theirs);
    assert_int_equal(parked_any(), HAKMEM_USE_PARKED_HEAPS);
    void *mine = hakmem_malloc(other_size);
    assert_ptr_equal(page_of_block(mine), page_of_block(theirs));
    hakmem_free(mine);
    hakmem_free(theirs);
    assert_heap_sound();
}

static void trim_leaves_none_parked(void **state)
{
    (void)state;
    void *theirs;
    in_thread(allocate_one, &theirs);
    hakmem_malloc_trim(0);
    assert_false(parked_any());
    assert_true(page_is_orphan(page_of_block(theirs)));
    hakmem_free(theirs);
    assert_heap_sound();
}

static pthread_barrier_t all_have_one;

static void *allocate_together(void *out)
{
    allocate_one(out);
    pthread_barrier_wait(&all_have_one);
    return NULL;
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    enum { threads = PARKED_MAX + 3 };
    pthread_t thread[threads];
    void *block[threads];
    size_t orphans = 0;
    hakmem_malloc_trim(0);
    pthread_barrier_init(&all_have_one, NULL, threads);
    for (int i = 0; i < threads; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, allocate_together, &block[i]), 0);
    for (int i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < threads; i++)
        orphans += page_is_orphan(page_of_block(block[i]));
    assert_int_equal(orphans, HAKMEM_USE_PARKED_HEAPS ? threads - PARKED_MAX : threads);
    for (int i = 0; i < threads; i++)
        hakmem_free(block[i]);
    hakmem_malloc_trim(0);
    assert_heap_sound();
    pthread_barrier_destroy(&all_have_one);
}

enum { page_bytes = HAKMEM_SLICE_BYTES, pages_many = PARKED_PAGES_MAX + 50, large_small = HAKMEM_SMALL_BLOCK_MAX };
static void *of_pages[(size_t)pages_many * (page_bytes / large_small)];
enum { of_pages_count = sizeof of_pages / sizeof of_pages[0] };

static void *fill_pages(void *pages)
{
    for (size_t i = 0; i < *(size_t *)pages * (page_bytes / large_small); i++)
        of_pages[i] = hakmem_malloc(large_small);
    return NULL;
}

static bool is_parked_with(size_t pages)
{
    memset(of_pages, 0, sizeof of_pages);
    hakmem_malloc_trim(0);
    in_thread(fill_pages, &pages);
    bool parked = parked_any();
    for (size_t i = 0; i < of_pages_count; i++)
        hakmem_free(of_pages[i]);
    hakmem_malloc_trim(0);
    assert_heap_sound();
    return parked;
}

/* To give one up takes as long as it has pages, and it is malloc or free of some other thread that does it. */
static void a_heap_of_many_pages_is_not_parked(void **state)
{
    (void)state;
    if (!HAKMEM_USE_SHORT_CALLS || !HAKMEM_USE_PARKED_HEAPS)
        skip();
    assert_true(is_parked_with(PARKED_PAGES_MAX / 2));
    assert_false(is_parked_with(pages_many));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_heap_of_many_pages_is_not_parked),
        cmocka_unit_test(a_thread_goes_on_where_the_last_one_ended),
        cmocka_unit_test(what_is_parked_is_used_before_fresh_memory),
        cmocka_unit_test(trim_leaves_none_parked),
        cmocka_unit_test(the_oldest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
