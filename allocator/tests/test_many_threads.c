/* More threads than heap records: all of them can allocate, wherever their blocks are freed, and a forked child can. */
#include "test.h"
#include "allocator/region.h"
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A region of 256 MiB has 64 heap records. */
#define RESERVE "300M"

enum { threads = 100, blocks_each = 60 };

static void *blocks[threads][blocks_each];
static pthread_barrier_t all_have_theirs;
static pthread_barrier_t may_free;

static size_t size_at(size_t i)
{
    return i % 30 == 29 ? 20000 : 16 + i % 4 * 200;
}

static bool fill(void **mine)
{
    for (size_t i = 0; i < blocks_each; i++) {
        if ((mine[i] = hakmem_malloc(size_at(i))) == NULL)
            return false;
        memset(mine[i], (int)i, size_at(i));
    }
    return true;
}

static bool empty(void **mine)
{
    for (size_t i = 0; i < blocks_each; i++) {
        if (((unsigned char *)mine[i])[size_at(i) - 1] != i)
            return false;
        hakmem_free(mine[i]);
    }
    return true;
}

/* Fills its own, and empties what its neighbour filled. */
static void *live(void *argument)
{
    uintptr_t index = (uintptr_t)argument;
    bool whole = fill(blocks[index]);
    pthread_barrier_wait(&all_have_theirs);
    pthread_barrier_wait(&may_free);
    whole = whole && empty(blocks[(index + 1) % threads]);
    void *again[blocks_each];
    whole = whole && fill(again) && empty(again);
    return whole ? argument : "not whole";
}

static void start(pthread_t *thread, uintptr_t index)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)256 << 10);
    assert_int_equal(pthread_create(thread, &attributes, live, (void *)index), 0);
    pthread_attr_destroy(&attributes);
}

static int child_lives_on(void)
{
    void *again[blocks_each];
    if (!fill(again) || !empty(again))
        return 1;
    for (size_t i = 0; i < threads; i++)
        if (!empty(blocks[i]))
            return 2;
    return hakmem_check() == NULL ? 0 : 3;
}

static void assert_child_lives_on(void)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(child_lives_on());
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

static void threads_without_a_record_share_one(void **state)
{
    (void)state;
    static pthread_t thread[threads];
    hakmem_free(hakmem_malloc(1));
    if (hakmem_region.heap_count >= threads)
        skip(); /* under an emulator the option was not set */
    pthread_barrier_init(&all_have_theirs, NULL, threads + 1);
    pthread_barrier_init(&may_free, NULL, threads + 1);
    for (uintptr_t i = 0; i < threads; i++)
        start(&thread[i], i);
    pthread_barrier_wait(&all_have_theirs);
    assert_child_lives_on();
    pthread_barrier_wait(&may_free);
    for (uintptr_t i = 0; i < threads; i++) {
        void *result;
        assert_int_equal(pthread_join(thread[i], &result), 0);
        assert_ptr_equal(result, (void *)i);
    }
    assert_heap_sound();
}

int main(int argc, char **argv)
{
    (void)argc;
    test_restart_with("HAKMEM_RESERVE", RESERVE, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_without_a_record_share_one),
        cmocka_unit_test(threads_without_a_record_share_one), /* again, with all records idle at first */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
