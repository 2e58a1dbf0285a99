/*
 * Memory on its way from one thread to another, by each way that the allocator has.
 *
 * Who gives a thread a block to free, or a step to do, does so in order (release, acquire).  But nobody waits in order
 * for what a thread that frees has written: `finish` looks at a relaxed flag.  So the next writer of that memory comes
 * after it only by what the allocator itself does, and a race checker (make test with -fsanitize=thread) sees each
 * order that it fails to give.  Whether memory took the way at all is asserted: `take` counts the blocks that come
 * back.
 */
#include "test.h"
#include "allocator/parked.h"
#include "allocator/span.h"
#include <pthread.h>
#include <string.h>

/* --- threads that do one step after the other ------------------------------------------------------------------- */

typedef void step_function(void);

struct actor {
    pthread_t thread;
    _Atomic(step_function *) step; /* what it is to do, or does; NULL: it waits */
    _Atomic int may_leave;
};

static void *act(void *argument)
{
    struct actor *actor = argument;
    while (!atomic_load_explicit(&actor->may_leave, memory_order_acquire)) {
        step_function *step = atomic_load_explicit(&actor->step, memory_order_acquire);
        if (step != NULL) {
            step();
            atomic_store_explicit(&actor->step, NULL, memory_order_release);
        } else {
            usleep(20);
        }
    }
    return NULL;
}

static void start(struct actor *actor)
{
    atomic_store(&actor->step, NULL);
    atomic_store(&actor->may_leave, 0);
    assert_int_equal(pthread_create(&actor->thread, NULL, act, actor), 0);
}

/* Waits until the step is done, and knows nothing of what it wrote. */
static void finish(struct actor *actor)
{
    while (atomic_load_explicit(&actor->step, memory_order_relaxed) != NULL)
        usleep(20);
}

/* Everything that the caller wrote comes before the step. */
static void ask(struct actor *actor, step_function *step)
{
    atomic_store_explicit(&actor->step, step, memory_order_release);
    finish(actor);
}

/* The same, and everything that the step wrote comes before what the caller does next. */
static void ask_and_receive(struct actor *actor, step_function *step)
{
    ask(actor, step);
    assert_null(atomic_load_explicit(&actor->step, memory_order_acquire));
}

static void dismiss(struct actor *actor)
{
    atomic_store_explicit(&actor->may_leave, 1, memory_order_release);
}

static void join(struct actor *actor)
{
    dismiss(actor);
    assert_int_equal(pthread_join(actor->thread, NULL), 0);
}

/* --- what they do --------------------------------------------------------------------------------------------------
 */

enum { blocks_max = 1500 };
static void *blocks[blocks_max];
static size_t block_count;
static size_t block_size;
static size_t came_back;      /* of these: addresses that `take` got */
static size_t came_back_into; /* blocks that it got in their zones: what is made anew may start elsewhere */

static void choose(size_t count, size_t size)
{
    block_count = count;
    block_size = size;
    hakmem_malloc_trim(0); /* nothing stays parked from the test before */
}

static void write_block(char *block)
{
    memset(block, 1, block_size);
}

static void fill(void)
{
    for (size_t i = 0; i < block_count; i++)
        write_block(blocks[i] = hakmem_malloc(block_size));
}

static void get_a_heap(void)
{
    hakmem_free(hakmem_malloc(16));
}

/* What the thread keeps for itself goes where it belongs. */
static void keep_nothing(void)
{
    struct hakmem_heap *heap = hakmem_thread_heap;
    if (heap_is_none(heap))
        return;
    magazines_flush(heap);
    spares_flush(&heap->spares);
}

static void free_from(size_t first, size_t step)
{
    for (size_t i = first; i < block_count; i += step) {
        write_block(blocks[i]);
        hakmem_free(blocks[i]);
    }
    keep_nothing();
}

static void free_all(void)
{
    free_from(0, 1);
}
/* Two who leave nothing, or three. */
static void free_even(void)
{
    free_from(0, 2);
}
static void free_odd(void)
{
    free_from(1, 2);
}
static void free_first_third(void)
{
    free_from(0, 3);
}
static void free_second_third(void)
{
    free_from(1, 3);
}
static void free_last_third(void)
{
    free_from(2, 3);
}

static void leave_pages(void)
{
    if (!heap_is_none(hakmem_thread_heap))
        heap_abandon_pages(hakmem_thread_heap);
}

static void trim(void)
{
    hakmem_malloc_trim(0);
}

static int compare_places(const void *left, const void *right)
{
    const uintptr_t *a = left;
    const uintptr_t *b = right;
    return (*a > *b) - (*a < *b);
}

#define ZONE_SHIFT 22 /* 4 MiB, see home.h */

/* How many of `taken` are in the same unit of 2^shift bytes as one of the blocks. */
static size_t count_known(void *const *taken, size_t count, unsigned shift)
{
    static uintptr_t known[blocks_max];
    size_t found = 0;
    for (size_t i = 0; i < block_count; i++)
        known[i] = (uintptr_t)blocks[i] >> shift;
    qsort(known, block_count, sizeof *known, compare_places);
    for (size_t i = 0; i < count; i++) {
        uintptr_t place = (uintptr_t)taken[i] >> shift;
        found += bsearch(&place, known, block_count, sizeof *known, compare_places) != NULL;
    }
    return found;
}

/* As many blocks again, twice over, so that what is further back in a queue comes up as well. */
static void take(void)
{
    static void *taken[2 * blocks_max];
    for (size_t i = 0; i < 2 * block_count; i++)
        write_block(taken[i] = hakmem_malloc(block_size));
    came_back = count_known(taken, 2 * block_count, 0);
    came_back_into = count_known(taken, 2 * block_count, ZONE_SHIFT);
    for (size_t i = 0; i < 2 * block_count; i++)
        hakmem_free(taken[i]);
    leave_pages();
}

static void take_zeroes(void)
{
    for (size_t i = 0; i < block_count; i++) {
        char *block = hakmem_calloc(1, block_size);
        for (size_t at = 0; at < block_size; at += at < 4096 ? 8 : 4096)
            assert_int_equal(block[at], 0);
        assert_int_equal(block[block_size - 1], 0);
        write_block(block);
        hakmem_free(block);
    }
}

/* --- the first block ------------------------------------------------------------------------------------------------
 */

static _Atomic int first_is_there;

/* What needs no region, while another thread reserves it. */
static void free_what_lies_outside(void)
{
    do {
        hakmem_free(NULL);
        hakmem_free(hakmem_realloc(hakmem_malloc(HAKMEM_SPAN_BLOCK_MAX + 1), HAKMEM_SPAN_BLOCK_MAX + 5000));
    } while (!atomic_load_explicit(&first_is_there, memory_order_relaxed));
}

/* Under a sanitizer, whose own malloc serves everybody else, this is the process's first allocation. */
static void others_free_while_the_region_is_made(void **state)
{
    (void)state;
    struct actor other;
    start(&other);
    atomic_store_explicit(&other.step, free_what_lies_outside, memory_order_release);
    usleep(1000);
    void *first = hakmem_malloc(100);
    assert_non_null(first);
    atomic_store_explicit(&first_is_there, 1, memory_order_relaxed);
    finish(&other);
    join(&other);
    hakmem_free(first);
}

/* --- pages with an owner ------------------------------------------------------------------------------------------ */

static void what_others_free_is_taken_by_the_owner(void **state)
{
    (void)state;
    const size_t sizes[] = {48, 1000, 12000};
    for (size_t i = 0; i < 3; i++) {
        struct actor other;
        choose(sizes[i] == 48 ? blocks_max : 300, sizes[i]);
        start(&other);
        ask_and_receive(&other, get_a_heap);
        fill();
        ask(&other, free_even);
        take();
        join(&other);
        assert_true(came_back > block_count / 4);
        free_odd();
        assert_heap_sound();
    }
}

/* 9 MiB, so that a home keeps none of its zones but one. */
static void a_retired_page_is_taken_by_a_third_thread(void **state)
{
    (void)state;
    struct actor other, third;
    start(&other);
    start(&third);
    ask_and_receive(&other, get_a_heap);
    choose(800, 12000);
    fill();
    ask(&other, free_even);
    free_odd();
    leave_pages();
    ask(&third, take);
    finish(&third);
    join(&third);
    join(&other);
    assert_true(came_back_into > 0);
    assert_heap_sound();
}

enum { held_count = 200 };
static void *held[held_count];

static void hold(void)
{
    for (size_t i = 0; i < held_count; i++)
        write_block(held[i] = hakmem_malloc(block_size));
}

static void free_last(void)
{
    hakmem_free(blocks[block_count - 1]);
    keep_nothing();
}

/* The first free into a full page gives notice to its owner, who is not the one that the block came from. */
static void a_page_that_changed_hands_gets_its_notice(void **state)
{
    (void)state;
    struct actor first, second, other;
    choose(800, 1000); /* some full pages, and one with room */
    start(&first);
    start(&second);
    start(&other);
    ask_and_receive(&first, fill);
    ask_and_receive(&other, get_a_heap);
    ask(&first, leave_pages);
    ask(&second, hold); /* takes over the page with room, and fills it */
    assert_false(page_is_orphan(page_of_block(blocks[block_count - 1])));
    ask(&other, free_last);
    ask(&second, take);
    join(&other);
    join(&second);
    join(&first);
    assert_int_equal(came_back, 1);
    for (size_t i = 0; i < held_count; i++)
        hakmem_free(held[i]);
    for (size_t i = 0; i + 1 < block_count; i++)
        hakmem_free(blocks[i]);
    assert_heap_sound();
}

/* --- orphans ---------------------------------------------------------------------------------------------------------
 */

/* `by`: a thread with a heap, which takes over what it frees into; or one without. */
static void orphan_is_adopted(step_function *by, size_t size)
{
    struct actor owner, early, late, third;
    start(&owner);
    start(&early);
    start(&late);
    start(&third);
    ask_and_receive(&early, get_a_heap);
    if (by != NULL)
        ask_and_receive(&late, by);
    choose(300, size);
    ask_and_receive(&owner, fill);
    ask(&early, free_first_third); /* into a page with an owner */
    ask(&owner, leave_pages);
    ask(&late, free_second_third); /* into orphans */
    if (by != NULL)
        ask(&late, leave_pages);
    ask(&third, take);
    join(&third);
    join(&late);
    join(&early);
    join(&owner);
    assert_true(came_back > 0);
    free_last_third();
    assert_heap_sound();
}

static void an_orphan_is_adopted(void **state)
{
    (void)state;
    const size_t sizes[] = {48, 1000, 12000};
    for (size_t i = 0; i < 3; i++) {
        orphan_is_adopted(NULL, sizes[i]);
        orphan_is_adopted(get_a_heap, sizes[i]);
    }
}

static void a_retired_orphan_is_taken_by_a_third_thread(void **state)
{
    (void)state;
    struct actor owner, one, another, third;
    start(&owner);
    start(&one);
    start(&another);
    start(&third);
    choose(800, 12000);
    ask_and_receive(&owner, fill);
    ask(&owner, leave_pages);
    ask(&one, free_even); /* neither has a heap */
    ask(&another, free_odd);
    ask(&third, take);
    join(&third);
    join(&another);
    join(&one);
    join(&owner);
    assert_true(came_back_into > 0);
    assert_heap_sound();
}

/* --- heaps whose thread has ended ------------------------------------------------------------------------------------
 */

/* Relaxed looks only: until the heap is parked, or its pages are orphans. */
static void wait_for_the_end_of_the_owner_of(const void *block)
{
    while (!parked_any() && !page_is_orphan(page_of_block(block)))
        usleep(20);
}

static void the_next_thread_goes_on(void **state)
{
    (void)state;
    struct actor owner, other, next;
    start(&owner);
    start(&other);
    ask_and_receive(&other, get_a_heap);
    choose(300, 1000);
    ask_and_receive(&owner, fill);
    ask(&other, free_even);
    dismiss(&owner);
    wait_for_the_end_of_the_owner_of(blocks[1]);
    start(&next);
    ask(&next, take);
    join(&next);
    join(&other);
    assert_int_equal(pthread_join(owner.thread, NULL), 0);
    assert_true(came_back > 0);
    free_odd();
    assert_heap_sound();
}

static void what_was_parked_is_abandoned(void **state)
{
    (void)state;
    struct actor owner, other, trimmer, third;
    start(&owner);
    start(&other);
    start(&trimmer);
    start(&third);
    ask_and_receive(&other, get_a_heap);
    ask_and_receive(&third, get_a_heap);
    choose(300, 1000);
    ask_and_receive(&owner, fill);
    dismiss(&owner);
    wait_for_the_end_of_the_owner_of(blocks[1]);
    ask(&other, free_even); /* into a parked heap, if heaps are parked */
    ask(&trimmer, trim);
    ask(&other, leave_pages);
    ask(&third, take);
    join(&third);
    join(&trimmer);
    join(&other);
    assert_int_equal(pthread_join(owner.thread, NULL), 0);
    assert_true(came_back > 0);
    free_odd();
    assert_heap_sound();
}

static _Atomic(struct hakmem_heap *) heap_of_actor;

static void note_the_heap(void)
{
    get_a_heap();
    atomic_store_explicit(&heap_of_actor, hakmem_thread_heap, memory_order_relaxed);
}

static void a_heap_record_is_used_again(void **state)
{
    (void)state;
    enum { tries = 200 };
    static struct actor next[tries];
    struct actor first;
    struct hakmem_heap *record;
    int started = 0;
    choose(300, 1000);
    start(&first);
    ask_and_receive(&first, fill);
    ask(&first, note_the_heap);
    record = atomic_load_explicit(&heap_of_actor, memory_order_relaxed);
    dismiss(&first);
    wait_for_the_end_of_the_owner_of(blocks[1]);
    do { /* those that come too early get records of their own */
        start(&next[started]);
        ask(&next[started++], note_the_heap);
    } while (atomic_load_explicit(&heap_of_actor, memory_order_relaxed) != record && started < tries);
    assert_ptr_equal(atomic_load_explicit(&heap_of_actor, memory_order_relaxed), record);
    ask(&next[started - 1], take);
    while (started-- > 0)
        join(&next[started]);
    assert_int_equal(pthread_join(first.thread, NULL), 0);
    free_all();
    assert_heap_sound();
}

/* --- spans and mappings ----------------------------------------------------------------------------------------------
 */

static void span_is_taken_by_a_third_thread(size_t count, size_t size)
{
    struct actor other, third;
    start(&other);
    start(&third);
    ask_and_receive(&other, get_a_heap);
    choose(count, size);
    fill();
    ask(&other, free_all);
    leave_pages(); /* without large_spans they are pages */
    ask(&third, take);
    join(&third);
    join(&other);
    if (size <= HAKMEM_SPAN_BLOCK_MAX)
        assert_true(came_back_into > 0);
    assert_heap_sound();
}

static void a_large_block_is_taken_by_a_third_thread(void **state)
{
    (void)state;
    span_is_taken_by_a_third_thread(100, 100000);
    span_is_taken_by_a_third_thread(12, 1500000);
    span_is_taken_by_a_third_thread(4, 5000000);
    span_is_taken_by_a_third_thread(2, 40000000);
}

static void what_was_purged_meanwhile_reads_zero(void **state)
{
    (void)state;
    const size_t sizes[] = {12000, 100000, 1500000};
    for (size_t i = 0; i < 3; i++) {
        struct actor other, trimmer, third;
        choose(9000000 / sizes[i], sizes[i]);
        start(&other);
        start(&trimmer);
        start(&third);
        ask_and_receive(&other, get_a_heap);
        fill();
        ask(&other, free_all);
        leave_pages();
        ask(&trimmer, trim);
        ask(&third, take_zeroes);
        join(&third);
        join(&trimmer);
        join(&other);
        assert_heap_sound();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_free_while_the_region_is_made),
        cmocka_unit_test(what_others_free_is_taken_by_the_owner),
        cmocka_unit_test(a_page_that_changed_hands_gets_its_notice),
        cmocka_unit_test(a_retired_page_is_taken_by_a_third_thread),
        cmocka_unit_test(an_orphan_is_adopted),
        cmocka_unit_test(a_retired_orphan_is_taken_by_a_third_thread),
        cmocka_unit_test(the_next_thread_goes_on),
        cmocka_unit_test(what_was_parked_is_abandoned),
        cmocka_unit_test(a_heap_record_is_used_again),
        cmocka_unit_test(a_large_block_is_taken_by_a_third_thread),
        cmocka_unit_test(what_was_purged_meanwhile_reads_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
