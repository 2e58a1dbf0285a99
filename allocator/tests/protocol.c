/*
 * The thread_free protocol (page_dual_lists.h), explored: the real heap, page, orphan and free code, with every atomic
 * operation and every lock as a scheduling point.
 *
 * Properties, checked in every schedule: no block is handed out while it is in use; when all threads have ended and
 * all blocks were freed, every page has been given back or is one empty page that its heap keeps: no block and no page
 * is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "explorer.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* --- the code under test, with scheduling points ----------------------------------------------------------------- */

static int lock_held; /* the orphan lock; the only one in this code */

static void model_lock(const void *lock)
{
    (void)lock;
    explorer_step();
    while (lock_held)
        explorer_yield();
    lock_held = 1;
}

static void model_unlock(const void *lock)
{
    (void)lock;
    lock_held = 0;
    explorer_step();
}

/* The model's threads are coroutines of one thread, which takes no lock (lock.h). */
#ifdef __GLIBC__
#include <sys/single_threaded.h>
#define __libc_single_threaded 0
#endif
#define pthread_mutex_lock(lock)   model_lock(lock)
#define pthread_mutex_unlock(lock) model_unlock(lock)
#define sched_yield()              explorer_yield()

/* An atomic object as one of the type that it holds, which is what a comma leaves of it: clang's builtins want that. */
#define plain(object) ((__typeof__((void)0, *(object)) *)(object))

/* The allocator includes <stdatomic.h> too; its guard keeps these in place. */
#undef atomic_exchange_explicit
#undef atomic_compare_exchange_weak_explicit
#undef atomic_compare_exchange_strong_explicit
#define atomic_exchange_explicit(object, value, order)                                                                 \
    (explorer_step(), __atomic_exchange_n(plain(object), (value), __ATOMIC_SEQ_CST))
#define atomic_compare_exchange_weak_explicit(object, expected, desired, success, failure)                             \
    (explorer_step(),                                                                                                  \
     __atomic_compare_exchange_n(plain(object), (expected), (desired), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
#define atomic_compare_exchange_strong_explicit atomic_compare_exchange_weak_explicit

/* A page may change hands between two looks. */
#include "allocator/heap.h"
#define page_owner(page) (explorer_step(), (page_owner)(page))

#include "allocator/page.c"
#include "allocator/heap.c"
#include "allocator/heads.c"
#include "allocator/fresh.c"
/* A letter is a block: there must be one. */
static const char *violation;
#include "allocator/mailbox.h"
#define mailbox_send(to, blocks, count)                                                                                \
    (violation = (count) == 0 ? "mail without a block was sent" : violation, (mailbox_send)(to, blocks, count))
#include "allocator/magazine.c"
#undef mailbox_send
#include "allocator/long_magazine.c"
#include "allocator/mailbox.c"
#include "allocator/spares.c"
#include "allocator/heap_find_dual.c"
#include "allocator/orphan.c"
#include "allocator/free_dual.c"
#if HAKMEM_USE_MAGAZINES
#include "allocator/free_magazine.h"
#else
#include "allocator/free_dual.h"
#endif

/* --- what surrounds it: a small region, spans that count, no thread of its own --------------------------------------
 */

enum { model_slices = 16, heaps_count = EXPLORER_THREADS_MAX, size_class = 87 /* 8 KiB */ };

struct hakmem_region hakmem_region;
static _Atomic uint64_t map[model_slices];
static struct hakmem_page pages[model_slices];
static struct hakmem_remote remotes[model_slices];
static struct heap_record heaps[heaps_count];
static char memory[(model_slices + 1) * HAKMEM_SLICE_BYTES];
static bool slice_used[model_slices];

_Thread_local struct hakmem_heap *hakmem_thread_heap;
struct hakmem_heap hakmem_heap_none = {.id = UINT32_MAX};
static struct hakmem_heap *heap_of[EXPLORER_THREADS_MAX];

size_t span_take(size_t count, bool *zero)
{
    *zero = false;
    for (size_t i = 0; i < model_slices; i++)
        if (count == 1 && !slice_used[i]) {
            slice_used[i] = true;
            return i;
        }
    return SPAN_NONE;
}

void span_give(size_t first, size_t count)
{
    if (count != 1 || !slice_used[first])
        violation = "a page was retired twice";
    slice_used[first] = false;
}

size_t span_frontier(void)
{
    return model_slices;
}

struct hakmem_heap *heap_of_thread(void)
{
    return hakmem_thread_heap;
}

unsigned purge_drops(void)
{
    return 0;
}

struct hakmem_heap *heap_for_free(void)
{
    return hakmem_thread_heap;
}

/* Threads that end here abandon their pages: a heap that is parked has an owner like any other. */
bool heap_unpark(unsigned wanted)
{
    (void)wanted;
    return false;
}

bool parked_any(void)
{
    return false;
}

void heap_freed_into_parked(struct hakmem_heap *heap)
{
    (void)heap;
}

void heap_unpark_old(void) {}
void heap_unpark_all(void) {}

void free_twice(const void *p)
{
    fail_msg("%p was freed twice", p);
}

void free_no_page(void *p, size_t slice, uint64_t word)
{
    (void)slice;
    (void)word;
    fail_msg("%p was freed into a slice without a page", p);
}

/* --- threads: malloc, free and exit as the library does them ---------------------------------------------------------
 */

enum { blocks_max = 16, blocks_per_page = 2 };
static void *volatile block[blocks_max]; /* the scenario's blocks */
static bool in_use[model_slices][blocks_per_page];

static bool *use_of(void *p)
{
    size_t offset = (uintptr_t)p - hakmem_region.base;
    return &in_use[offset >> HAKMEM_SLICE_SHIFT][offset % HAKMEM_SLICE_BYTES / size_class_bytes(size_class)];
}

/* Magazines of one block: the second free in a row goes to a page, its own or another's. */
#if HAKMEM_USE_MAGAZINES
static void *magazine_next(struct hakmem_heap *heap)
{
    return magazine_take(&heap->magazines.of[magazine_tag(size_class)]);
}

static void magazine_cut_short(struct hakmem_heap *heap)
{
    magazine_make_short(&heap->magazines, magazine_tag(size_class), 1);
}

/* As thread.c makes the heap of a thread without one: every magazine is empty and full at once. */
static void magazines_shut(struct hakmem_heap *heap)
{
    static void *no_places[1];
    for (unsigned tag = 0; tag < MAGAZINE_TAGS; tag++)
        heap->magazines.of[tag] = (struct magazine){no_places, no_places};
}
#else
static void *magazine_next(struct hakmem_heap *heap)
{
    (void)heap;
    return NULL;
}

static void magazine_cut_short(struct hakmem_heap *heap)
{
    (void)heap;
}

static void magazines_shut(struct hakmem_heap *heap)
{
    (void)heap;
}
#endif

/* From the page that malloc is at. */
static void *made_next(struct hakmem_heap *heap)
{
    struct hakmem_page *page = heap->queues[size_class].first;
    if (!class_has_head(size_class))
        return page != NULL ? page_take(page) : NULL;
    void *p = head_take(heap, size_class);
    return p == NULL && class_has_range(size_class) ? fresh_take(heap, size_class) : p;
}

static void *model_malloc(void)
{
    struct hakmem_heap *heap = hakmem_thread_heap;
    void *p = magazine_next(heap);
    if (p == NULL)
        p = made_next(heap);
    if (p == NULL && mailbox_take(heap))
        p = magazine_next(heap);
    if (p == NULL) {
        struct hakmem_page *extendable;
        struct hakmem_page *page = heap_find_freed(heap, size_class, &extendable);
        if (page == NULL)
            page = heap_find_more(heap, size_class, extendable);
        page->reserved = blocks_per_page; /* pages run dry at once */
        if (class_has_head(size_class) && lists_can_take(&page->lists))
            head_fill(heap, page);
        p = made_next(heap);
    }
    if (*use_of(p))
        violation = "a block was handed out while it was in use";
    *use_of(p) = true;
    return p;
}

static void model_free(void *p)
{
    *use_of(p) = false;
    size_t slice = slice_of(p);
    free_block(p, slice);
}

static void model_exit(void)
{
    heap_abandon_pages(hakmem_thread_heap);
    if (atomic_load(&hakmem_thread_heap->returned) != NULL || hakmem_thread_heap->full.first != NULL)
        violation = "a heap was left with pages";
    if (!mailbox_is_closed(hakmem_thread_heap) && HAKMEM_USE_MAILBOXES)
        violation = "a heap was left with an open mailbox";
    hakmem_thread_heap = &hakmem_heap_none;
}

static int current_thread;

static void on_switch(int thread)
{
    heap_of[current_thread] = hakmem_thread_heap;
    current_thread = thread;
    hakmem_thread_heap = heap_of[thread];
}

/* Every thread has a heap but the last, which only frees.  Thread 0 starts with two full pages: blocks 0 to 3. */
static int threads_with_heap;

/* Blocks of 8 KiB are made one at a time, so that a page can be cut short at two. */
static_assert(size_class == 87, "the class of 8 KiB");

static void setup(void)
{
    hakmem_region.base = ((uintptr_t)memory + HAKMEM_SLICE_BYTES - 1) & ~(HAKMEM_SLICE_BYTES - 1);
    hakmem_region.slice_count = model_slices;
    hakmem_region.map = map;
    hakmem_region.pages = pages;
    hakmem_region.remotes = remotes;
    hakmem_region.heaps = heaps;
    memset(heaps, 0, sizeof heaps);
    magazines_shut(&hakmem_heap_none);
    memset(slice_used, 0, sizeof slice_used);
    memset(in_use, 0, sizeof in_use);
    memset(orphans, 0, sizeof orphans);
    atomic_store(&orphan_counts[size_class], 0);
    for (int i = 0; i < model_slices; i++)
        atomic_store(&map[i], 0);
    for (int i = 0; i < heaps_count; i++) {
        struct hakmem_heap *heap = &heaps[i].heap;
        heap->id = SLICE_OWNER_FIRST + (uint64_t)i;
        heap_init_magazines(&heaps[i]);
        magazine_cut_short(heap);
        for (unsigned w = 0; w < direct_count; w++)
            heap->pages_direct[w] = &hakmem_page_none;
        heap_of[i] = i < threads_with_heap ? heap : &hakmem_heap_none;
    }
    lock_held = 0;
    violation = NULL;
    current_thread = 0;
    hakmem_thread_heap = heap_of[0];
    for (int i = 0; i < 4; i++)
        block[i] = model_malloc();
}

/* What is left when every thread has ended and every block was freed. */
static const char *verify(void)
{
    heap_of[current_thread] = hakmem_thread_heap;
    for (int t = 0; t < EXPLORER_THREADS_MAX && violation == NULL; t++) {
        current_thread = t;
        hakmem_thread_heap = heap_of[t];
        if (heap_is_none(hakmem_thread_heap))
            continue;
        violation = heap_check(hakmem_thread_heap);
        if (violation == NULL)
            model_exit();
    }
    if (violation == NULL && (orphans[size_class].first != NULL || atomic_load(&orphan_counts[size_class]) != 0))
        violation = "the orphans' queue, or its count, knows a page that is none";
    for (int i = 0; i < model_slices && violation == NULL; i++) {
        if (slice_used[i])
            violation = "a page was lost: all of its blocks were freed, and nobody gave it back";
        if (atomic_load(&map[i]) != 0)
            violation = "a free slice has an owner";
    }
    return violation;
}

/* --- scenarios
 * ----------------------------------------------------------------------------------------------------------- */

/* The owner allocates, frees and allocates while others free into its full pages. */
static void owner_and_remote_frees(int thread)
{
    if (thread == 0) {
        block[4] = model_malloc();
        model_free(block[0]);
        block[5] = model_malloc();
        model_free(block[4]);
        model_free(block[5]);
    } else {
        model_free(block[thread]);
        if (thread == 2)
            model_free(block[3]);
    }
}

/* The owner ends while others free: pages become orphans under their hands. */
static void owner_exits(int thread)
{
    if (thread == 0) {
        block[4] = model_malloc();
        model_free(block[4]);
        model_exit();
    } else {
        model_free(block[thread]);
        if (thread == 2) {
            model_free(block[0]);
            model_free(block[3]);
        }
    }
}

/* Two threads with heaps free into an orphan and allocate: both may claim it. */
static void orphans_are_claimed(int thread)
{
    if (thread == 0) {
        model_exit();
    } else if (thread == 1) {
        model_free(block[0]);
        block[4] = model_malloc();
        model_free(block[2]);
        model_free(block[4]);
    } else {
        block[5] = model_malloc();
        model_free(block[1]);
        model_free(block[3]);
        model_free(block[5]);
    }
}

/* One thread allocates and finds two full orphans, while another, without a heap, frees into them. */
static void full_orphans_are_set_aside(int thread)
{
    if (thread == 0) {
        model_exit();
    } else if (thread == 1) {
        block[4] = model_malloc();
        block[5] = model_malloc();
        block[6] = model_malloc();
        model_free(block[4]);
        model_free(block[5]);
        model_free(block[6]);
    } else {
        for (int i = 0; i < 4; i++)
            model_free(block[i]);
    }
}

static void explore(const char *name, void (*body)(int), int with_heap, int preemptions)
{
    unsigned long executions = 0;
    threads_with_heap = with_heap;
    const struct explorer_scenario scenario = {name, 3, preemptions, setup, body, verify, on_switch};
    const char *broken = explorer_run(&scenario, &executions);
    printf("%s: %lu schedules with at most %d preemptions\n", name, executions, preemptions);
    if (broken != NULL)
        fail_msg("%s: %s (schedule %lu)", name, broken, executions);
    assert_true(executions > 50); /* the points are really scheduled */
}

static void no_block_is_lost_when_others_free(void **state)
{
    (void)state;
    explore("owner and two remote threads", owner_and_remote_frees, 2, 5);
}

static void no_block_is_lost_when_the_owner_exits(void **state)
{
    (void)state;
    explore("the owner exits", owner_exits, 2, 4);
}

/* All three have heaps: see below. */
static void no_block_is_lost_when_mail_comes(void **state)
{
    (void)state;
    explore("owner and two threads with heaps", owner_and_remote_frees, 3, 5);
}

/* All three have heaps, so that what the others free goes to the owner by mail, if there is mail. */
static void no_block_is_lost_when_mail_meets_an_exit(void **state)
{
    (void)state;
    explore("blocks of an owner that exits, freed by threads with heaps", owner_exits, 3, 4);
}

static void no_block_is_lost_when_orphans_are_claimed(void **state)
{
    (void)state;
    explore("orphans are claimed", orphans_are_claimed, 3, 4);
}

static void no_block_is_lost_when_full_orphans_are_set_aside(void **state)
{
    (void)state;
    explore("full orphans are set aside", full_orphans_are_set_aside, 2, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_block_is_lost_when_others_free),
        cmocka_unit_test(no_block_is_lost_when_the_owner_exits),
        cmocka_unit_test(no_block_is_lost_when_mail_comes),
        cmocka_unit_test(no_block_is_lost_when_mail_meets_an_exit),
        cmocka_unit_test(no_block_is_lost_when_orphans_are_claimed),
        cmocka_unit_test(no_block_is_lost_when_full_orphans_are_set_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
