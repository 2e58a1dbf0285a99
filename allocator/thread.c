/*
 * Threads and heaps: a thread gets a heap with its first allocation and leaves it when it ends.
 *
 * Heap records are made once, kept forever, and handed from ended threads to new ones; an idle heap has no pages
 * (those with live blocks were orphaned), a parked one has all of them (parked.h).  A thread without a heap, before its
 * first malloc or after its last destructor, has `hakmem_heap_none`: it owns no page, so every free is a remote one,
 * and every malloc comes here.
 *
 * A thread that ends runs the destructors of its thread-specific data in several rounds, ours among them, in an order
 * that nobody states, and there is no telling which call of malloc is the last.  So once ours has run, the thread keeps
 * no heap: each malloc that needs one borrows it, and leaves it as a thread's end would.
 *
 * A small region has few heap records.  Threads that find all of them taken share the last one, the common heap, one
 * malloc at a time; it is as slow as it is rare.
 */
#include "heap.h"
#include "lock.h"
#include "mailbox.h"
#include "parked.h"
#include <pthread.h>
#include <string.h>

#if HAKMEM_USE_MAGAZINES
static void *no_places[1];
#endif

struct hakmem_heap hakmem_heap_none = {
    .id = UINT32_MAX, /* no slice has this owner */
    .pages_direct = {[0 ... direct_count - 1] = &hakmem_page_none},
#if HAKMEM_USE_MAGAZINES
    /* Empty and full at once. */
    .magazines.of = {[0 ... MAGAZINE_TAGS - 1] = {no_places, no_places}},
#endif
};

_Thread_local struct hakmem_heap *hakmem_thread_heap __attribute__((tls_model("initial-exec"))) = &hakmem_heap_none;

/* The thread's destructor has run. */
static _Thread_local bool ending __attribute__((tls_model("initial-exec")));

static struct lock table_lock;
static struct hakmem_heap *idle; /* heaps without a thread; guarded by table_lock */
static size_t made;              /* heap records in use or idle; guarded by table_lock */
static bool key_made;            /* guarded by table_lock */
static pthread_key_t exit_key;   /* its destructor runs when a thread ends */

static struct lock common_lock;              /* held while the common heap is in use */
static _Atomic(struct hakmem_heap *) common; /* NULL: not needed yet; written under its lock, relaxed */

static void heap_give_up(struct hakmem_heap *heap)
{
    heap_abandon_pages(heap);
    lock_take(&table_lock);
    heap->next_idle = idle;
    idle = heap;
    lock_give(&table_lock);
}

/* What is parked pins little: blocks of at most 8 KiB. */
static void heap_keep_small(struct hakmem_heap *heap)
{
    mailbox_close(heap);
    magazines_flush_medium(heap);
    spares_flush(&heap->spares);
}

/* Parks the heap; the one to be given up, or NULL. */
static struct hakmem_heap *heap_park(struct hakmem_heap *heap)
{
    heap_keep_small(heap);
    lock_take(&table_lock);
    heap = parked_add(heap);
    lock_give(&table_lock);
    return heap;
}

/* What a thread that only frees has in its heap is of no use to the next one; and a heap of many pages is given up
 * here, where a thread ends, and not in some other one's malloc. */
static void thread_exit(void *own)
{
    struct hakmem_heap *heap = own;
    ending = true;
    hakmem_thread_heap = &hakmem_heap_none;
    if (HAKMEM_USE_PARKED_HEAPS && !heap->only_frees && heap_pages(heap) <= PARKED_PAGES_MAX)
        heap = heap_park(heap);
    if (heap != NULL)
        heap_give_up(heap);
}

static bool unpark(struct hakmem_heap *heap)
{
    if (heap != NULL)
        heap_give_up(heap);
    return heap != NULL;
}

bool heap_unpark(unsigned size_class)
{
    if (!parked_any())
        return false;
    lock_take(&table_lock);
    struct hakmem_heap *heap = parked_take_with(size_class);
    lock_give(&table_lock);
    return unpark(heap);
}

void heap_freed_into_parked(struct hakmem_heap *heap)
{
    if (atomic_fetch_add_explicit(&heap->parked_frees, 1, memory_order_relaxed) < PARKED_FREES_MAX)
        return;
    atomic_store_explicit(&heap->parked_frees, 0, memory_order_relaxed);
    lock_take(&table_lock);
    heap = parked_take_this(heap);
    lock_give(&table_lock);
    unpark(heap);
}

void heap_unpark_old(void)
{
    if (!parked_any())
        return;
    lock_take(&table_lock);
    struct hakmem_heap *heap = parked_take_old();
    lock_give(&table_lock);
    unpark(heap);
}

void heap_unpark_all(void)
{
    struct hakmem_heap *heap;
    do {
        lock_take(&table_lock);
        heap = parked_take();
        lock_give(&table_lock);
    } while (unpark(heap));
}

/* Of a record that reads zero, or of a heap that a forked child inherited; until a thread has it, it gets no mail. */
static void heap_init(struct heap_record *record)
{
    struct hakmem_heap *heap = &record->heap;
    for (unsigned words = 0; HAKMEM_DIRECT_CACHE_IN_USE && words < SIZE_WORDS_COUNT; words++)
        heap->pages_direct[words] = &hakmem_page_none;
    heap_init_magazines(record);
    heap->spares = (struct spares){0};
    mailbox_forget(heap);
}

/* One of the first `most` records. */
static struct hakmem_heap *heap_make(size_t most)
{
    if (made >= most || !region_open_heap(made))
        return NULL;
    struct heap_record *record = &hakmem_region.heaps[made];
    record->heap.id = SLICE_OWNER_FIRST + made++;
    heap_init(record);
    return &record->heap;
}

/* Lock held. */
static struct hakmem_heap *heap_find(void)
{
    struct hakmem_heap *heap = parked_take();
    if (heap != NULL)
        return heap;
    heap = idle;
    if (heap == NULL)
        return heap_make(hakmem_region.heap_count - 1);
    idle = heap->next_idle;
    return heap;
}

/* Lock held. */
static struct hakmem_heap *heap_get(void)
{
    if (!key_made)
        key_made = pthread_key_create(&exit_key, thread_exit) == 0;
    return heap_find();
}

static struct hakmem_heap *heap_get_locked(void)
{
    if (!region_init())
        return NULL;
    lock_take(&table_lock);
    struct hakmem_heap *heap = heap_get();
    lock_give(&table_lock);
    return heap;
}

struct hakmem_heap *heap_of_thread(void)
{
    if (!heap_is_none(hakmem_thread_heap))
        return hakmem_thread_heap;
    struct hakmem_heap *heap = ending ? NULL : heap_get_locked();
    if (heap == NULL)
        return NULL;
    /* The heap first: pthread_setspecific may call calloc. */
    hakmem_thread_heap = heap;
    mailbox_open(heap);
    if (key_made)
        pthread_setspecific(exit_key, heap);
    return heap;
}

#define FREES_WITHOUT_HEAP 32

struct hakmem_heap *heap_for_free(void)
{
    static _Thread_local unsigned frees __attribute__((tls_model("initial-exec")));
    if (HAKMEM_USE_MAILBOXES && heap_is_none(hakmem_thread_heap) && ++frees >= FREES_WITHOUT_HEAP) {
        frees = 0;
        struct hakmem_heap *heap = heap_of_thread();
        if (heap != NULL)
            heap->only_frees = true;
    }
    return hakmem_thread_heap;
}

static struct hakmem_heap *common_heap(void)
{
    return atomic_load_explicit(&common, memory_order_relaxed);
}

static void common_make(void)
{
    lock_take(&table_lock);
    atomic_store_explicit(&common, heap_make(hakmem_region.heap_count), memory_order_relaxed);
    lock_give(&table_lock);
}

/* The common heap, locked; NULL: no memory. */
static struct hakmem_heap *common_take(void)
{
    if (!region_init())
        return NULL;
    lock_take(&common_lock);
    if (common_heap() == NULL)
        common_make();
    struct hakmem_heap *heap = common_heap();
    if (heap == NULL)
        lock_give(&common_lock);
    return heap;
}

struct hakmem_heap *heap_borrow(void)
{
    struct hakmem_heap *heap = ending ? heap_get_locked() : heap_of_thread();
    return heap != NULL ? heap : common_take();
}

void heap_return(struct hakmem_heap *heap)
{
    if (heap == hakmem_thread_heap)
        return;
    if (heap == common_heap())
        lock_give(&common_lock);
    else
        heap_give_up(heap);
}

void heap_table_lock(void)
{
    lock_take(&common_lock);
    lock_take(&table_lock);
}
void heap_table_unlock(void)
{
    lock_give(&table_lock);
    lock_give(&common_lock);
}

size_t heap_table_count(void)
{
    return made;
}

void heap_table_inherit(const struct hakmem_heap *survivor)
{
    idle = NULL;
    parked_forget();
    for (size_t i = made; i-- > 0;) {
        struct hakmem_heap *heap = heap_of_record(i);
        if (heap == survivor)
            continue;
        memset(heap->queues, 0, sizeof heap->queues);
        memset(heap->heads, 0, sizeof heap->heads);
#if HAKMEM_USE_FRESH_RANGES
        memset(heap->fresh, 0, sizeof heap->fresh);
#endif
        heap->full = (struct page_queue){NULL, NULL};
        heap_count_pages(heap, -(int)heap_pages(heap));
        atomic_store_explicit(&heap->returned, NULL, memory_order_relaxed);
        heap_init(&hakmem_region.heaps[i]);
        if (heap == common_heap())
            continue;
        heap->next_idle = idle;
        idle = heap;
    }
}
