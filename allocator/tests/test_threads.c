/* Threads: remote frees, threads that end with live blocks, threads that only free, fork. */
#include "test.h"
#include "allocator/span.h"
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { per_thread = 3000 };
static void *blocks[per_thread];

static size_t size_at(size_t i)
{
    return (i * 37) % 2000 + (i % 64 == 0 ? 20000 : 1);
}

static void *fill_blocks(void *unused)
{
    for (size_t i = 0; i < per_thread; i++)
        memset(blocks[i] = hakmem_malloc(size_at(i)), (int)(i % 127), size_at(i));
    return unused;
}

static void *free_blocks(void *unused)
{
    for (size_t i = 0; i < per_thread; i++) {
        assert_int_equal(*(char *)blocks[i], (char)(i % 127));
        hakmem_free(blocks[i]);
    }
    return unused;
}

static void in_thread(void *(*body)(void *))
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, body, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void blocks_outlive_their_thread(void **state)
{
    (void)state;
    in_thread(fill_blocks);
    free_blocks(NULL);
    assert_heap_sound();
}

static void a_thread_that_only_frees_leaves_nothing_behind(void **state)
{
    (void)state;
    size_t start = span_stats().used_bytes;
    in_thread(fill_blocks); /* orphans */
    size_t filled = span_stats().used_bytes;
    in_thread(free_blocks); /* by a thread that never allocated */
    assert_true(span_stats().used_bytes <= start + (filled - start) / 20);
    assert_heap_sound();
}

static void remote_frees_come_back_to_their_owner(void **state)
{
    (void)state;
    fill_blocks(NULL);
    size_t before = span_stats().used_bytes;
    for (int round = 0; round < 20; round++) {
        in_thread(free_blocks);
        fill_blocks(NULL);
    }
    assert_true(span_stats().used_bytes <= before + before / 4);
    free_blocks(NULL);
    assert_heap_sound();
}

/* Only relaxed flags pass between this thread and the one that empties the page: a race checker sees every order that
 * the allocator itself does not give. */
enum { page_blocks = 64, page_block_bytes = 12000 };
static void *of_one_page[page_blocks];
static _Atomic int one_is_free;
static _Atomic int may_leave;

static void wait_for(_Atomic int *flag)
{
    while (atomic_load_explicit(flag, memory_order_relaxed) == 0)
        usleep(50);
}

static void *free_one_and_wait(void *block)
{
    hakmem_free(block);
    atomic_store_explicit(&one_is_free, 1, memory_order_relaxed);
    wait_for(&may_leave);
    return NULL;
}

static void a_page_goes_back_after_what_others_wrote_into_it(void **state)
{
    (void)state;
    pthread_t thread;
    for (size_t i = 0; i < page_blocks; i++)
        of_one_page[i] = hakmem_malloc(page_block_bytes);
    assert_int_equal(pthread_create(&thread, NULL, free_one_and_wait, of_one_page[0]), 0);
    wait_for(&one_is_free);
    for (size_t i = 1; i < page_blocks; i++)
        hakmem_free(of_one_page[i]);
    for (size_t i = 0; i < page_blocks; i++)
        memset(of_one_page[i] = hakmem_malloc(page_block_bytes), 3, page_block_bytes);
    atomic_store_explicit(&may_leave, 1, memory_order_relaxed);
    assert_int_equal(pthread_join(thread, NULL), 0);
    for (size_t i = 0; i < page_blocks; i++)
        hakmem_free(of_one_page[i]);
    assert_heap_sound();
}

static void generations_of_threads_do_not_grow_the_heap(void **state)
{
    (void)state;
    size_t peak = 0;
    for (int round = 0; round < 60; round++) {
        in_thread(fill_blocks);
        in_thread(free_blocks);
        if (round == 10)
            peak = span_stats().peak_bytes;
    }
    assert_true(span_stats().peak_bytes <= peak + peak / 4);
}

static pthread_key_t late_key;

static void late_free(void *block)
{
    hakmem_free(block);
    hakmem_free(hakmem_malloc(100)); /* a heap is made again, and left again */
}

static void *with_late_free(void *unused)
{
    pthread_setspecific(late_key, hakmem_malloc(500));
    return unused;
}

static void destructors_may_free_after_the_heap_is_gone(void **state)
{
    (void)state;
    assert_int_equal(pthread_key_create(&late_key, late_free), 0);
    for (int i = 0; i < 50; i++)
        in_thread(with_late_free);
    pthread_key_delete(late_key);
    assert_heap_sound();
}

/* Sets itself again: runs in every round, before or after the allocator's own destructor. */
static void rearming(void *block)
{
    hakmem_free(block);
    pthread_setspecific(late_key, hakmem_malloc(700));
    hakmem_free(hakmem_calloc(1, 200000)); /* a span of its own */
    assert_non_null(hakmem_malloc(0));     /* left behind, as long as the program */
}

static size_t heap_count(void)
{
    heap_table_lock();
    size_t count = heap_table_count();
    heap_table_unlock();
    return count;
}

static void threads_that_allocate_until_their_end_leave_no_heap(void **state)
{
    (void)state;
    if (HAKMEM_TSAN)
        skip(); /* ThreadSanitizer itself ends a thread in its last round, and accepts no lock after that */
    assert_int_equal(pthread_key_create(&late_key, rearming), 0);
    in_thread(with_late_free);
    size_t before = heap_count();
    size_t used = span_stats().used_bytes;
    for (int i = 0; i < 2000; i++)
        in_thread(with_late_free);
    pthread_key_delete(late_key);
    assert_int_equal(heap_count(), before);
    /* What the last round left: 2,000 blocks of 700 bytes and 8,000 of the smallest size. */
    assert_true(span_stats().used_bytes <= used + (3 << 20));
    assert_heap_sound();
}

/* --- orphans without a free block ----------------------------------------------------------------------------------
 */

enum { full_size = 1000, full_count = 4000 }; /* some 60 pages */
static void *full_blocks[full_count];

static void *leave_full_pages(void *unused)
{
    for (size_t i = 0; i < full_count; i++)
        full_blocks[i] = hakmem_malloc(full_size);
    return unused;
}

static size_t pages_in(const struct page_queue *queue)
{
    size_t count = 0;
    for (const struct hakmem_page *page = queue->first; page != NULL; page = page->next)
        count++;
    return count;
}

static size_t pages_of_one_malloc;

static void *allocate_once(void *unused)
{
    hakmem_free(hakmem_malloc(full_size));
    pages_of_one_malloc = pages_in(&hakmem_thread_heap->full);
    for (size_t i = 0; i < SIZE_CLASS_COUNT; i++)
        pages_of_one_malloc += pages_in(&hakmem_thread_heap->queues[i]);
    return unused;
}

static void *free_in_the_first_page(void *unused)
{
    hakmem_free(full_blocks[0]); /* a thread without a heap */
    return unused;
}

static bool found_again;

static void *look_for_the_first_block(void *unused)
{
    static void *found[1500];
    for (size_t i = 0; i < 1500; i++) {
        found[i] = hakmem_malloc(full_size);
        found_again = found_again || found[i] == full_blocks[0];
    }
    for (size_t i = 0; i < 1500; i++)
        hakmem_free(found[i]);
    return unused;
}

static void full_orphans_are_left_alone_until_a_block_comes_back(void **state)
{
    (void)state;
    in_thread(leave_full_pages);
    hakmem_malloc_trim(0); /* nothing stays parked */
    for (int i = 0; i < 10; i++) {
        in_thread(allocate_once);
        assert_true(pages_of_one_malloc <= 2);
    }
    in_thread(free_in_the_first_page);
    in_thread(look_for_the_first_block);
    assert_true(found_again);
    for (size_t i = 1; i < full_count; i++)
        hakmem_free(full_blocks[i]);
    assert_heap_sound();
}

static void *without_a_heap(void *block)
{
    hakmem_malloc_trim(0);
    if (hakmem_check() != NULL || hakmem_malloc_usable_size(block) < 100)
        return NULL;
    hakmem_free(block);
    hakmem_malloc_trim(0);
    return block;
}

static void a_thread_without_a_heap_may_call_anything(void **state)
{
    (void)state;
    pthread_t thread;
    void *block = hakmem_malloc(100);
    void *result = NULL;
    assert_int_equal(pthread_create(&thread, NULL, without_a_heap, block), 0);
    pthread_join(thread, &result);
    assert_ptr_equal(result, block);
    assert_heap_sound();
}

static _Atomic int keep_going;

static void *churn(void *unused)
{
    uint64_t random = (uintptr_t)&random;
    while (atomic_load(&keep_going))
        hakmem_free(hakmem_malloc(test_random(&random) % 3000));
    return unused;
}

static void a_fork_under_load_leaves_a_working_child(void **state)
{
    (void)state;
    pthread_t threads[2];
    atomic_store(&keep_going, 1);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, churn, NULL);
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        if (child == 0) {
            fill_blocks(NULL);
            free_blocks(NULL);
            _exit(hakmem_check() == NULL ? 0 : 1);
        }
        int status = -1;
        waitpid(child, &status, 0);
        assert_int_equal(status, 0);
    }
    atomic_store(&keep_going, 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_outlive_their_thread),
        cmocka_unit_test(a_thread_that_only_frees_leaves_nothing_behind),
        cmocka_unit_test(remote_frees_come_back_to_their_owner),
        cmocka_unit_test(a_page_goes_back_after_what_others_wrote_into_it),
        cmocka_unit_test(generations_of_threads_do_not_grow_the_heap),
        cmocka_unit_test(destructors_may_free_after_the_heap_is_gone),
        cmocka_unit_test(threads_that_allocate_until_their_end_leave_no_heap),
        cmocka_unit_test(full_orphans_are_left_alone_until_a_block_comes_back),
        cmocka_unit_test(a_thread_without_a_heap_may_call_anything),
        cmocka_unit_test(a_fork_under_load_leaves_a_working_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
