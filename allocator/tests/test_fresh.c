/* Fresh ranges: blocks that were never in use cost no memory, in numbers that grow while a program only takes. */
#include "test.h"

#include "allocator/fresh.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#if HAKMEM_USE_FRESH_RANGES

enum { system_page = 4096, in_slice = HAKMEM_SLICE_BYTES / system_page };

static struct fresh_range *range_of(size_t size)
{
    return &hakmem_thread_heap->fresh[size_class_of(size)];
}

/* Each test begins with a heap that holds nothing. */
static int begin(void **state)
{
    (void)state;
    hakmem_free(hakmem_malloc(1));
    heap_abandon_pages(hakmem_thread_heap);
    return 0;
}

static void small_blocks_have_no_range(void **state)
{
    (void)state;
    hakmem_free(hakmem_malloc(FRESH_ABOVE));
    assert_int_equal(range_of(FRESH_ABOVE)->left, 0);
    hakmem_free(hakmem_malloc(FRESH_ABOVE + 1));
    assert_int_equal(range_of(FRESH_ABOVE + 1)->batch, HAKMEM_EXTEND_BYTES / range_of(FRESH_ABOVE + 1)->step);
    assert_heap_sound();
}

static size_t resident_pages(const void *slice)
{
    unsigned char in_core[in_slice];
    assert_int_equal(mincore((void *)slice, HAKMEM_SLICE_BYTES, in_core), 0);
    size_t pages = 0;
    for (size_t i = 0; i < in_slice; i++)
        pages += in_core[i] & 1;
    return pages;
}

static void a_range_touches_no_more_than_a_batch(void **state)
{
    (void)state;
    enum { size = 2048, blocks = FRESH_BYTES / size, in_page = system_page / size };
    char *first = hakmem_malloc(size);
    madvise(first, HAKMEM_SLICE_BYTES, MADV_DONTNEED); /* the slice may have been used before */
    for (size_t i = 1; i < blocks; i++)
        if (*head_of(hakmem_thread_heap, size_class_of(size)) == NULL) {
            assert_ptr_equal(hakmem_malloc(size), first + i * size);
            assert_true(resident_pages(first) <= i / in_page + 1);
        } else {
            *head_of(hakmem_thread_heap, size_class_of(size)) = NULL; /* its link went with the page's memory */
        }
    assert_int_equal(range_of(size)->left, 0);
}

static void ranges_grow_while_malloc_only_takes(void **state)
{
    (void)state;
    enum { size = 1024, blocks = 1000, in_page = HAKMEM_SLICE_BYTES / size };
    struct fresh_range *range = range_of(size);
    unsigned longest = 0;
    for (size_t i = 0; i < blocks; i++) {
        unsigned before = range->left;
        assert_non_null(hakmem_malloc(size));
        if (before == 0 && range->left > 0 && range->left + range->batch > longest)
            longest = range->left + range->batch;
        if (i == 0)
            assert_int_equal(longest, FRESH_BLOCKS_MIN);
    }
    assert_int_equal(longest, in_page);
    assert_heap_sound();
}

static void a_freed_block_makes_them_short_again(void **state)
{
    (void)state;
    enum { size = 1024, blocks = 1000, freed = 200 };
    static void *block[blocks];
    for (size_t i = 0; i < blocks; i++)
        block[i] = hakmem_malloc(size);
    assert_true(range_of(size)->run_kib >= FRESH_RUN_KIB_MAX);
    for (size_t i = 0; i < freed; i++) /* more than fit into the magazine */
        hakmem_free(block[i]);
    bool reset = false;
    for (size_t i = 0; i < freed; i++) {
        hakmem_malloc(size);
        reset = reset || range_of(size)->run_kib == 0;
    }
    assert_true(reset);
    assert_heap_sound();
}

static void what_is_left_was_never_made(void **state)
{
    (void)state;
    enum { size = 1792, taken = 4 };
    void *block = NULL;
    for (size_t i = 0; i < taken; i++)
        block = hakmem_malloc(size);
    struct hakmem_page *page = page_of_block(block);
    assert_int_equal(page_capacity(page), FRESH_BLOCKS_MIN);
    heads_flush(hakmem_thread_heap);
    assert_int_equal(page_capacity(page), taken);
    assert_int_equal(page_used(page), taken);
    assert_heap_sound();
    assert_ptr_equal(hakmem_malloc(size), (char *)block + size);
    assert_heap_sound();
}

/* --- a forked child ------------------------------------------------------------------------------------------------
 */

enum { others_size = 2560, others_blocks = 3 };
/* In memory that was in use before a medium page makes all its blocks; elsewhere one, which is all that is touched. */
static void a_medium_page_costs_no_new_memory(void **state)
{
    (void)state;
    enum { size = 20000 };
    hakmem_malloc_trim(0); /* free memory is clean now */
    void *block = hakmem_malloc(size);
    struct hakmem_page *page = page_of_block(block);
    assert_int_equal(page_capacity(page), 1);
    hakmem_free(block);
    heap_abandon_pages(hakmem_thread_heap); /* and dirty where the page was */
    block = hakmem_malloc(size);
    page = page_of_block(block);
    assert_int_equal(page_capacity(page), page->reserved);
    hakmem_free(block);
    assert_heap_sound();
}

static void *others[others_blocks];
static pthread_barrier_t made;
static pthread_barrier_t leave;

static void *make_some(void *none)
{
    for (size_t i = 0; i < others_blocks; i++)
        others[i] = hakmem_malloc(others_size);
    pthread_barrier_wait(&made);
    pthread_barrier_wait(&leave);
    return none;
}

static void a_child_inherits_no_range(void **state)
{
    (void)state;
    pthread_t thread;
    pthread_barrier_init(&made, NULL, 2);
    pthread_barrier_init(&leave, NULL, 2);
    pthread_create(&thread, NULL, make_some, NULL);
    pthread_barrier_wait(&made);
    assert_true(page_capacity(page_of_block(others[0])) > others_blocks);
    pid_t child = fork();
    if (child == 0)
        _exit((int)page_capacity(page_of_block(others[0])));
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    pthread_barrier_wait(&leave);
    pthread_join(thread, NULL);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), others_blocks);
}

/* Each of its blocks is in a zone of its own. */
static void *claim_zones(void *unused)
{
    enum { zones = 8, zone_bytes = 4 << 20 };
    void *blocks[zones];
    for (size_t i = 0; i < zones; i++)
        blocks[i] = hakmem_malloc(zone_bytes);
    for (size_t i = 0; i < zones; i++)
        hakmem_free(blocks[i]);
    return unused;
}

/* For a race checker. */
static void a_range_is_checked_beside_other_threads(void **state)
{
    (void)state;
    pthread_t thread;
    void *block = hakmem_malloc(1000);
    assert_true(range_of(1000)->left > 0);
    assert_int_equal(pthread_create(&thread, NULL, claim_zones, NULL), 0);
    for (int i = 0; i < 200; i++)
        assert_null(fresh_check(hakmem_thread_heap, size_class_of(1000)));
    assert_int_equal(pthread_join(thread, NULL), 0);
    hakmem_free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(small_blocks_have_no_range, begin),
        cmocka_unit_test_setup(a_range_touches_no_more_than_a_batch, begin),
        cmocka_unit_test_setup(ranges_grow_while_malloc_only_takes, begin),
        cmocka_unit_test_setup(a_freed_block_makes_them_short_again, begin),
        cmocka_unit_test_setup(what_is_left_was_never_made, begin),
        cmocka_unit_test_setup(a_medium_page_costs_no_new_memory, begin),
        cmocka_unit_test_setup(a_child_inherits_no_range, begin),
        cmocka_unit_test_setup(a_range_is_checked_beside_other_threads, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void there_are_no_ranges(void **state)
{
    (void)state;
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_are_no_ranges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
