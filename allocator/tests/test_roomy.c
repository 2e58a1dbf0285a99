/*
 * Roomy spans: a large block that outgrew its place has room, doubles where it is, and the room goes back as clean as
 * it was.  The region is one of 4 GiB, so that its end is near enough to be reached.
 */
#include "test.h"

#include "allocator/roomy.h"
#include "allocator/span.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>

enum { mib = 1 << 20, first = 100000, vectors = 4, many = 2 * ROOMY_MAX };

static unsigned char *block[many];

static bool has_rooms(void)
{
    return roomy_is_wanted(first, 2 * first);
}

static void fill(unsigned char *bytes, size_t from, size_t to)
{
    for (size_t i = from; i < to; i += 251)
        bytes[i] = (unsigned char)(i % 253);
    bytes[to - 1] = 77;
}

static void check(const unsigned char *bytes, size_t from, size_t to)
{
    for (size_t i = from; i < to; i += 251)
        assert_true(bytes[i] == (unsigned char)(i % 253) || i == to - 1);
    assert_int_equal(bytes[to - 1], 77);
}

/* So many blocks side by side, each with another one behind it, that have to move as soon as they grow. */
static void go_on(size_t count)
{
    void *behind[many];
    hakmem_free(hakmem_malloc(1));
    spares_flush(&hakmem_thread_heap->spares); /* they lie anywhere */
    for (size_t i = 0; i < count; i++) {
        fill(block[i] = hakmem_malloc(first), 0, first);
        behind[i] = hakmem_malloc(first);
    }
    for (size_t i = 0; i < count; i++) {
        unsigned char *moved = hakmem_realloc(block[i], 2 * first);
        assert_non_null(moved);
        check(moved, 0, first);
        fill(block[i] = moved, first, 2 * first);
    }
    for (size_t i = 0; i < count; i++)
        hakmem_free(behind[i]);
}

static void begin(size_t count)
{
    hakmem_malloc_trim(0);
    go_on(count);
}

static void end(size_t count)
{
    for (size_t i = 0; i < count; i++)
        hakmem_free(block[i]);
    assert_int_equal(roomy_count(), 0);
    assert_heap_sound();
}

static void vectors_double_where_they_are(void **state)
{
    (void)state;
    begin(vectors);
    assert_int_equal(roomy_count(), has_rooms() ? vectors : 0);
    for (size_t size = 4 * first; size < 32 * mib; size *= 2)
        for (size_t i = 0; i < vectors; i++) {
            unsigned char *grown = hakmem_realloc(block[i], size);
            if (has_rooms())
                assert_ptr_equal(grown, block[i]);
            assert_true(hakmem_malloc_usable_size(grown) >= size);
            check(grown, size / 4, size / 2);
            fill(block[i] = grown, size / 2, size);
            assert_heap_sound();
        }
    end(vectors);
}

/* To the last byte that a span may have, and on as a mapping of its own. */
static void a_vector_outgrows_its_room(void **state)
{
    (void)state;
    begin(1);
    unsigned char *grown = hakmem_realloc(block[0], HAKMEM_SPAN_BLOCK_MAX);
    if (has_rooms())
        assert_ptr_equal(grown, block[0]);
    fill(grown, 2 * first, HAKMEM_SPAN_BLOCK_MAX);
    grown = hakmem_realloc(grown, HAKMEM_SPAN_BLOCK_MAX + mib);
    check(grown, 2 * first, HAKMEM_SPAN_BLOCK_MAX);
    assert_int_equal(roomy_count(), 0);
    block[0] = grown;
    end(1);
}

static void room_is_neither_used_nor_dirty(void **state)
{
    (void)state;
    hakmem_malloc_trim(0);
    size_t used = span_stats().used_bytes;
    size_t dirty = span_stats().dirty_bytes;
    begin(vectors);
    assert_in_range(span_stats().used_bytes, used, used + 3 * mib);
    end(vectors);
    assert_in_range(span_stats().dirty_bytes, 0, dirty + 5 * mib);
}

static void who_shrinks_has_none_left(void **state)
{
    (void)state;
    begin(2);
    unsigned char *shrunk = hakmem_realloc(block[0], first);
    assert_int_equal(roomy_count(), has_rooms() ? 1 : 0);
    check(block[1], first, 2 * first);
    assert_int_equal(shrunk[251], 251 % 253);
    block[0] = hakmem_realloc(hakmem_realloc(shrunk, 10 * mib), 1000); /* behind it, all is free again */
    end(2);
}

/* Twenty MiB of what is not zero, free and where rooms will be. */
static void soil(void)
{
    begin(1);
    block[0] = hakmem_realloc(block[0], 20 * mib);
    memset(block[0], 0xee, 20 * mib);
    end(1);
}

static void a_purge_gets_at_what_is_dirty_in_room(void **state)
{
    (void)state;
    soil();
    go_on(1);
    hakmem_malloc_trim(0);
    if (has_rooms())
        assert_int_equal(span_stats().dirty_bytes, 0);
    check(block[0], first, 2 * first);
    check(block[0] = hakmem_realloc(block[0], 20 * mib), first, 2 * first);
    end(1);
}

/* Given back, it is not taken for zero where it is not. */
static void room_is_as_clean_as_it_was(void **state)
{
    (void)state;
    void *in_use = hakmem_malloc(10 * mib); /* so that what is free is not all there is, and purged */
    soil();
    go_on(1);
    roomy_end_all();
    for (size_t size = 15 * mib; size < 25 * mib; size += 5 * mib) {
        unsigned char *zeroes = hakmem_calloc(1, size);
        for (size_t i = 0; i < size; i += 61)
            assert_int_equal(zeroes[i], 0);
        hakmem_free(zeroes);
    }
    hakmem_free(in_use);
    end(1);
}

/* What lies in front of others is taken first, room that went back as well. */
static void room_is_found_again(void **state)
{
    (void)state;
    begin(vectors);
    for (size_t i = vectors; i < many; i++)
        block[i] = hakmem_malloc(3 * mib / 2);
    roomy_end_all();
    assert_heap_sound();
    void *next = hakmem_malloc(3 * mib / 2);
    if (has_rooms())
        assert_true((char *)next < (char *)block[many - 1]);
    hakmem_free(next);
    end(many);
}

/* The next vector grows in memory that the one before has touched. */
static void a_vacant_place_is_taken_again(void **state)
{
    (void)state;
    roomy_end_all();
    begin(1);
    size_t place = slice_of(block[0]);
    end(1);
    assert_int_equal(roomy_vacant(), has_rooms() ? 1 : 0);
    go_on(2);
    assert_int_equal(roomy_vacant(), 0);
    if (has_rooms())
        assert_int_equal(slice_of(block[0]), place);
    end(2);
    assert_int_equal(roomy_vacant(), has_rooms() ? 2 : 0);
    roomy_end_all();
    assert_int_equal(roomy_vacant(), 0);
    end(0);
}

/* Before others have to touch what is clean, the place's memory is theirs. */
static void what_a_vacant_place_holds_is_there_for_others(void **state)
{
    (void)state;
    enum { others = 64 };
    void *other[others];
    roomy_end_all();
    begin(1);
    block[0] = hakmem_realloc(block[0], 20 * mib);
    end(1);
    for (size_t i = 0; i < others; i++)
        other[i] = hakmem_malloc(mib);
    assert_int_equal(roomy_vacant(), 0);
    assert_in_range(span_stats().dirty_bytes, 0, 2 * mib);
    for (size_t i = 0; i < others; i++)
        hakmem_free(other[i]);
    end(0);
}

static void no_new_place_while_much_is_dirty(void **state)
{
    (void)state;
    void *dirty[20];
    void *in_use = hakmem_malloc(16 * mib); /* so that what is free is not all there is, and purged */
    roomy_end_all();
    begin(0);
    for (size_t i = 0; i < 20; i++)
        dirty[i] = hakmem_malloc(mib);
    for (size_t i = 0; i < 20; i++)
        hakmem_free(dirty[i]);
    go_on(1);
    assert_int_equal(roomy_count(), 0);
    end(1);
    hakmem_free(in_use);
    hakmem_malloc_trim(0);
    assert_heap_sound();
}

/* Vectors come and go among blocks that stay: what was touched does not become more and more. */
static void memory_stays_where_vectors_come_and_go(void **state)
{
    (void)state;
    enum { live = 80, rounds = 20000 };
    void *vector[live] = {NULL};
    size_t bytes[live] = {0};
    uint64_t random = 1;
    size_t most = 0;
    hakmem_malloc_trim(0);
    for (int round = 0; round < rounds; round++) {
        size_t i = test_random(&random) % live;
        bytes[i] = bytes[i] > mib ? 0 : bytes[i] + bytes[i] / 2 + 20000;
        vector[i] = hakmem_realloc(vector[i], bytes[i]); /* 0: freed */
        struct span_stats stats = span_stats();
        if (stats.used_bytes + stats.dirty_bytes > most)
            most = stats.used_bytes + stats.dirty_bytes;
    }
    for (size_t i = 0; i < live; i++)
        hakmem_free(vector[i]);
    print_message("%zu MiB at most\n", most / mib);
    assert_in_range(most, 0, 110 * mib);
    end(0);
}

static void only_so_many_have_room(void **state)
{
    (void)state;
    begin(many);
    assert_int_equal(roomy_count(), has_rooms() ? ROOMY_MAX : 0);
    for (size_t i = 0; i < many; i++)
        check(block[i] = hakmem_realloc(block[i], 4 * first), first, 2 * first);
    end(many);
}

static void who_does_not_grow_leaves_its_place(void **state)
{
    (void)state;
    if (!has_rooms())
        skip();
    begin(ROOMY_MAX + 1);
    hakmem_free(block[ROOMY_MAX]); /* had none */
    usleep((useconds_t)(ROOMY_IDLE_NS / 1000 * 11 / 10));
    fill(block[ROOMY_MAX] = hakmem_realloc(hakmem_malloc(4000), first), 0, first);
    unsigned char *grown = hakmem_realloc(block[ROOMY_MAX], 30 * mib);
    assert_ptr_equal(grown, block[ROOMY_MAX]);
    unsigned without = 0;
    for (size_t i = 0; i < ROOMY_MAX; i++)
        without += roomy_room(slice_of(block[i])) == 0;
    assert_int_equal(without, 1);
    for (size_t i = 0; i < ROOMY_MAX; i++)
        check(block[i] = hakmem_realloc(block[i], mib), first, 2 * first);
    end(ROOMY_MAX + 1);
}

static void room_goes_when_memory_is_short(void **state)
{
    (void)state;
    enum { most = 300 };
    static size_t span[most];
    const size_t slices = (size_t)16 * mib >> HAKMEM_SLICE_SHIFT;
    bool zero;
    if (!has_rooms() || region_slices() > (size_t)1 << 16)
        skip();
    begin(vectors);
    size_t taken = 0;
    while (roomy_count() > 0) {
        assert_true(taken < most);
        span[taken] = span_take(slices, &zero);
        assert_int_not_equal(span[taken++], SPAN_NONE); /* room serves the one that finds nothing else */
    }
    while (taken > 0)
        span_give(span[--taken], slices);
    for (size_t i = 0; i < vectors; i++)
        check(block[i] = hakmem_realloc(block[i], mib), first, 2 * first);
    end(vectors);
}

static void a_forked_child_goes_on(void **state)
{
    (void)state;
    begin(vectors);
    pid_t child = fork();
    if (child == 0) {
        for (size_t i = 0; i < vectors; i++) {
            block[i] = hakmem_realloc(block[i], 8 * mib);
            if (block[i] == NULL || block[i][first - 1] != 77 || block[i][251] != 251 % 253)
                _exit(1);
            hakmem_free(block[i]);
        }
        _exit(roomy_count() == 0 && hakmem_check() == NULL ? 0 : 2);
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(roomy_count(), has_rooms() ? vectors : 0);
    end(vectors);
}

/* --- threads ------------------------------------------------------------------------------------------------- */

static _Atomic bool done;

static void *grow_and_free(void *argument)
{
    uint64_t random = 1 + (uintptr_t)argument;
    for (int round = 0; round < 200; round++) {
        unsigned char *mine[3];
        for (size_t i = 0; i < 3; i++)
            memset(mine[i] = hakmem_malloc(5000), (int)i, 5000);
        for (size_t size = 10000; size < mib; size += size / 2 + test_random(&random) % size)
            for (size_t i = 0; i < 3; i++) {
                mine[i] = hakmem_realloc(mine[i], size);
                assert_int_equal(mine[i][4999], i);
                mine[i][size - 1] = (unsigned char)i;
            }
        for (size_t i = 0; i < 3; i++)
            hakmem_free(mine[i]);
    }
    return NULL;
}

static void *take_rooms_away(void *argument)
{
    (void)argument;
    while (!atomic_load(&done)) {
        roomy_end_all();
        usleep(50);
    }
    return NULL;
}

static void rooms_may_go_at_any_moment(void **state)
{
    (void)state;
    pthread_t growers[3];
    pthread_t taker;
    atomic_store(&done, false);
    assert_int_equal(pthread_create(&taker, NULL, take_rooms_away, NULL), 0);
    for (uintptr_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&growers[i], NULL, grow_and_free, (void *)i), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_join(growers[i], NULL), 0);
    atomic_store(&done, true);
    assert_int_equal(pthread_join(taker, NULL), 0);
    end(0);
}

static void *free_all(void *argument)
{
    (void)argument;
    for (size_t i = 0; i < vectors; i++)
        hakmem_free(hakmem_realloc(block[i], 3 * mib));
    return NULL;
}

static void any_thread_may_grow_and_free_it(void **state)
{
    (void)state;
    pthread_t thread;
    begin(vectors);
    assert_int_equal(pthread_create(&thread, NULL, free_all, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    end(0);
}

int main(int argc, char **argv)
{
    (void)argc;
    test_restart_with("HAKMEM_RESERVE", "5G", argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_double_where_they_are),
        cmocka_unit_test(a_vector_outgrows_its_room),
        cmocka_unit_test(room_is_neither_used_nor_dirty),
        cmocka_unit_test(who_shrinks_has_none_left),
        cmocka_unit_test(a_purge_gets_at_what_is_dirty_in_room),
        cmocka_unit_test(room_is_as_clean_as_it_was),
        cmocka_unit_test(room_is_found_again),
        cmocka_unit_test(a_vacant_place_is_taken_again),
        cmocka_unit_test(what_a_vacant_place_holds_is_there_for_others),
        cmocka_unit_test(no_new_place_while_much_is_dirty),
        cmocka_unit_test(memory_stays_where_vectors_come_and_go),
        cmocka_unit_test(only_so_many_have_room),
        cmocka_unit_test(who_does_not_grow_leaves_its_place),
        cmocka_unit_test(room_goes_when_memory_is_short),
        cmocka_unit_test(a_forked_child_goes_on),
        cmocka_unit_test(rooms_may_go_at_any_moment),
        cmocka_unit_test(any_thread_may_grow_and_free_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
