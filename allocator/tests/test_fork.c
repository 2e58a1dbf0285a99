/* fork in programs with threads: what the child can do, and what it gets of the memory of threads it no longer has. */
#include "test.h"
#include "allocator/huge.h"
#include "allocator/lock.h"
#include "allocator/orphan.h"
#include "allocator/region.h"
#include "allocator/span.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { workers = 2, forks = 15, blocks_each = 20000, child_seconds = 60, handler_seconds = 5 };

static void *held[workers][blocks_each];
static pthread_barrier_t filled;
static pthread_barrier_t leave;

static size_t size_at(size_t i)
{
    return i % 50 == 0 ? 12000 : 200 + i * 97 % 1800;
}

/* Half of the blocks of every size. */
static bool goes_first(size_t i)
{
    return i / 7 % 2 == 0;
}

/* Status of a child that runs `body`; a child that hangs is ended by an alarm. */
static int in_child(int (*body)(void))
{
    pid_t child = fork();
    if (child == 0) {
        alarm(child_seconds);
        _exit(body());
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

/* --- a process of one thread ------------------------------------------------------------------------------------ */

/* As in a signal handler that interrupted malloc in any place. */
static int forks_under_every_lock(void)
{
    alarm(handler_seconds);
    region_lock();
    heap_table_lock();
    huge_lock();
    orphan_lock();
    span_lock();
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    int status = -1;
    waitpid(child, &status, 0);
    span_unlock();
    orphan_unlock();
    huge_unlock();
    heap_table_unlock();
    region_unlock();
    hakmem_free(hakmem_malloc(size_at(1)));
    return hakmem_check() == NULL ? status : 1;
}

static void a_signal_handler_may_fork(void **state)
{
    (void)state;
    hakmem_free(hakmem_malloc(size_at(1)));
    if (HAKMEM_TSAN || !LOCK_IS_ALONE)
        skip(); /* the C library does not tell, or a race checker starts a thread of its own, in a child again */
    assert_int_equal(in_child(forks_under_every_lock), 0);
}

/* --- memory of threads that the child does not have ------------------------------------------------------------- */

static void *fill_and_wait(void *index)
{
    void **mine = held[(uintptr_t)index];
    for (size_t i = 0; i < blocks_each; i++)
        memset(mine[i] = hakmem_malloc(size_at(i)), 1, size_at(i));
    for (size_t i = 0; i < blocks_each; i++)
        if (goes_first(i))
            hakmem_free(mine[i]);
    pthread_barrier_wait(&filled);
    pthread_barrier_wait(&leave);
    for (size_t i = 0; i < blocks_each; i++)
        if (!goes_first(i))
            hakmem_free(mine[i]);
    return NULL;
}

static size_t used_bytes(void)
{
    return span_stats().used_bytes;
}

/* Half of every thread's blocks is free: as many fit again. */
static int allocates_into_what_was_free(void)
{
    size_t before = used_bytes();
    for (size_t w = 0; w < workers; w++)
        for (size_t i = 0; i < blocks_each; i++)
            if (goes_first(i))
                memset(held[w][i] = hakmem_malloc(size_at(i)), 2, size_at(i));
    if (hakmem_check() != NULL)
        return 2;
    for (size_t w = 0; w < workers; w++)
        for (size_t i = 0; i < blocks_each; i++)
            if (!goes_first(i) && *(char *)held[w][i] != 1)
                return 3;
    return used_bytes() - before < before / 4 ? 0 : 1;
}

/* All blocks go, and so do the pages, but for those that a dead magazine's blocks hold on to: those serve again. */
static int gives_everything_back(void)
{
    size_t before = used_bytes();
    for (size_t w = 0; w < workers; w++)
        for (size_t i = 0; i < blocks_each; i++)
            if (!goes_first(i))
                hakmem_free(held[w][i]);
    if (hakmem_check() != NULL)
        return 2;
    if (!HAKMEM_USE_MAGAZINES && used_bytes() > before / 2)
        return 3;
    for (size_t w = 0; w < workers; w++)
        for (size_t i = 0; i < blocks_each; i++)
            held[w][i] = hakmem_malloc(size_at(i));
    return used_bytes() < before + before / 8 ? 0 : 1;
}

static void a_child_reuses_the_memory_of_threads_that_are_gone(void **state)
{
    (void)state;
    pthread_t threads[workers];
    pthread_barrier_init(&filled, NULL, workers + 1);
    pthread_barrier_init(&leave, NULL, workers + 1);
    for (uintptr_t w = 0; w < workers; w++)
        assert_int_equal(pthread_create(&threads[w], NULL, fill_and_wait, (void *)w), 0);
    pthread_barrier_wait(&filled);
    assert_int_equal(in_child(allocates_into_what_was_free), 0);
    assert_int_equal(in_child(gives_everything_back), 0);
    pthread_barrier_wait(&leave);
    for (int w = 0; w < workers; w++)
        pthread_join(threads[w], NULL);
    assert_heap_sound();
}

/* --- fork at any moment --------------------------------------------------------------------------------------------
 */

enum { slots = 256 };
static _Atomic(void *) shared[slots];
static _Atomic int keep_going;

static size_t random_size(uint64_t *random)
{
    uint64_t r = test_random(random);
    if (r % 64 == 0)
        return r / 64 % ((size_t)3 << 20);
    return r / 64 % (r % 8 == 0 ? 100000 : 600);
}

static void *churn(void *seed)
{
    uint64_t random = (uintptr_t)seed;
    while (atomic_load_explicit(&keep_going, memory_order_relaxed))
        hakmem_free(atomic_exchange(&shared[test_random(&random) % slots], hakmem_malloc(random_size(&random))));
    return NULL;
}

static void *churn_a_while(void *seed)
{
    uint64_t random = (uintptr_t)seed;
    for (int i = 0; i < 2000; i++)
        hakmem_free(atomic_exchange(&shared[test_random(&random) % slots], hakmem_malloc(random_size(&random))));
    return NULL;
}

/* Frees what the parent's threads had allocated, has threads of its own where that works, and ends as a thread. */
static int lives_on(void)
{
    churn_a_while((void *)77);
    pthread_t thread;
    /* ThreadSanitizer does not follow threads of a child, and AddressSanitizer's malloc keeps the locks that it had. */
    if (!HAKMEM_TSAN && !HAKMEM_ASAN) {
        if (pthread_create(&thread, NULL, churn_a_while, (void *)78) != 0)
            return 1;
        churn_a_while((void *)79);
        pthread_join(thread, NULL);
    }
    for (int i = 0; i < slots; i++)
        hakmem_free(atomic_exchange(&shared[i], NULL));
    heap_abandon_pages(hakmem_thread_heap); /* as when the thread ends: no notice may be waited for */
    return hakmem_check() == NULL ? 0 : 2;
}

static void a_child_of_any_moment_lives_on(void **state)
{
    (void)state;
    pthread_t threads[workers];
    atomic_store(&keep_going, 1);
    for (uintptr_t w = 0; w < workers; w++)
        assert_int_equal(pthread_create(&threads[w], NULL, churn, (void *)(w + 1)), 0);
    for (int i = 0; i < forks; i++) {
        usleep((useconds_t)(i * 37 % 500));
        churn_a_while((void *)(uintptr_t)(i + 100));
        assert_int_equal(in_child(lives_on), 0);
    }
    atomic_store(&keep_going, 0);
    for (int w = 0; w < workers; w++)
        pthread_join(threads[w], NULL);
    for (int i = 0; i < slots; i++)
        hakmem_free(atomic_exchange(&shared[i], NULL));
    assert_heap_sound();
}

/* --- notices that never come ----------------------------------------------------------------------------------------
 */

#if HAKMEM_USE_DUAL_LISTS
enum { one_class = 5000, one_class_count = 2000 }; /* of a size that nothing else here asks for */
static void *of_one_class[one_class_count];

static void fill_one_class(void)
{
    for (size_t i = 0; i < one_class_count; i++)
        of_one_class[i] = hakmem_malloc(one_class);
}

/* A thread turned a dry page's state and was stopped before it gave notice: the child lists the page all the same. */
static void a_notice_that_never_comes_is_not_waited_for(void **state)
{
    (void)state;
    fill_one_class();
    struct hakmem_page *page = hakmem_thread_heap->full.first;
    assert_non_null(page);
    atomic_store(&page_remote(page)->thread_free, REMOTE_LISTED);
    heap_forget_notices(hakmem_thread_heap);
    assert_false(page_is_unlisted(page));
    for (size_t i = 0; i < one_class_count; i++)
        hakmem_free(of_one_class[i]);
    assert_heap_sound();
}
#else
static void a_notice_that_never_comes_is_not_waited_for(void **state)
{
    (void)state;
    skip(); /* no notices are given */
}
#endif

#if HAKMEM_USE_MAGAZINES && !HAKMEM_USE_GUARDS /* guards know which blocks came back by free */
/* All blocks of the page, linked; they leave the array. */
static struct remote_chain chain_of_page(const struct hakmem_page *page)
{
    struct remote_chain chain = {NULL, NULL, 0};
    for (size_t i = 0; i < one_class_count; i++) {
        if (of_one_class[i] == NULL || page_of_block(of_one_class[i]) != page)
            continue;
        chain.last = chain.last == NULL ? of_one_class[i] : chain.last;
        block_link(of_one_class[i], chain.first);
        chain.first = of_one_class[i];
        chain.count++;
        of_one_class[i] = NULL;
    }
    return chain;
}

/* The block goes into its magazine, which the next page that is made or retired empties. */
static void free_into_an_old_magazine(void *block)
{
    struct magazines *magazines = &hakmem_thread_heap->magazines;
    unsigned tag = magazine_tag(size_class_of(one_class));
    hakmem_free(block);
    assert_ptr_equal(*magazines->of[tag].top, block);
    magazines->seen[tag] = magazines->of[tag].top;
    magazines->pages = MAGAZINE_AGE_PAGES - 1;
}

/* The page whose notice never comes is empty and is retired; that empties a magazine, which lists the next full page:
 * the child is looking at that one already. */
static void a_page_without_notice_may_bring_others_back(void **state)
{
    (void)state;
    magazines_flush(hakmem_thread_heap);
    fill_one_class();
    struct hakmem_page *page = hakmem_thread_heap->full.first;
    struct hakmem_page *next = page->next;
    assert_non_null(next);
    for (size_t i = 0; i < one_class_count; i++)
        if (page_of_block(of_one_class[i]) == next) {
            free_into_an_old_magazine(of_one_class[i]);
            of_one_class[i] = NULL;
            break;
        }
    assert_int_equal(remote_push(page_remote(page), chain_of_page(page)), REMOTE_UNLISTED);
    heap_forget_notices(hakmem_thread_heap);
    assert_false(page_is_unlisted(next));
    assert_heap_sound();
    for (size_t i = 0; i < one_class_count; i++)
        hakmem_free(of_one_class[i]);
    assert_heap_sound();
}
#else
static void a_page_without_notice_may_bring_others_back(void **state)
{
    (void)state;
    skip(); /* no magazine is emptied meanwhile, or the test may not take blocks past free */
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_handler_may_fork), /* before there are threads */
        cmocka_unit_test(a_child_reuses_the_memory_of_threads_that_are_gone),
        cmocka_unit_test(a_notice_that_never_comes_is_not_waited_for),
        cmocka_unit_test(a_page_without_notice_may_bring_others_back),
        cmocka_unit_test(a_child_of_any_moment_lives_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
