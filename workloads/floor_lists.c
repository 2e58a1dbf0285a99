/*
 * The floor for blocks that die in any order: one free list for each size class and thread, last in first out.
 *
 *     malloc:  pop the class's list; empty: a fresh block at the class's end
 *     free:    push the class's list
 *
 * One list, because the block freed last is the one most likely in the cache (two lists, one to pop and one to push,
 * were tried: a fifth slower on tiny_hot).  Classes are 16 bytes apart up to 1 KiB and powers of two above.  Each
 * thread's memory is one reservation, aligned to its size, with a fixed span of addresses for each class, so that a
 * block's class is a few bits of its address:
 *
 *     bits 63 .. 39: which reservation | 38 .. 32: class | 31 .. 0: within the class
 *
 * Each class starts at another offset in its span (its colour): if all did at 0, their blocks would fall into the same
 * cache sets and TLB sets, at half the speed.  A dying thread leaves its lists in a pool for the next one to be born.
 * A block freed by another thread stays on that thread's lists.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

#include "perf/measure/workload.h"
#include "workloads/floor.h"

#define STEP_BYTES        16u   /* between the small classes; what malloc must be aligned to */
#define SMALL_BYTES       1024u /* largest small class */
#define SMALL_CLASSES     (SMALL_BYTES / STEP_BYTES)
#define SMALL_BITS        10u /* log2 of SMALL_BYTES */
#define CLASS_BITS        7u  /* 64 small classes, then one for each power of two up to 2^30: 85 in all */
#define CLASSES           (1u << CLASS_BITS)
#define SPAN_BITS         32u                    /* addresses of one class: 4 GiB */
#define COLOUR_BYTES      (37 * 4096u + 5 * 64u) /* between the starts of classes: odd numbers of pages and of lines */
#define RESERVATION_BYTES (UINT64_C(1) << (CLASS_BITS + SPAN_BITS))

struct heap {
    void *list[CLASSES];  /* free blocks; each starts with a pointer to the next */
    char *fresh[CLASSES]; /* the first byte of a class that was never handed out; NULL: no reservation yet */
    struct heap *next;    /* in the pool of the dead */
};

static __thread struct heap heap;
static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static struct heap *pool; /* heaps of dead threads; under pool_lock */
static pthread_key_t death;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static inline unsigned size_class(size_t size)
{
    if (size <= SMALL_BYTES)
        return (unsigned)((size + STEP_BYTES - 1) / STEP_BYTES);
    return SMALL_CLASSES + 64 - (unsigned)__builtin_clzll(size - 1) - SMALL_BITS;
}

static size_t class_bytes(unsigned class)
{
    return class <= SMALL_CLASSES ? (size_t) class * STEP_BYTES : (size_t)SMALL_BYTES << (class - SMALL_CLASSES);
}

static void *map(size_t bytes, int protection, int flags)
{
    void *memory = mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (memory == MAP_FAILED)
        lab_fail("floor: cannot map %zu bytes of address space", bytes);
    return memory;
}

/* Runs when a thread dies: its lists go to the pool. */
static void heap_leave(void *own)
{
    struct heap *left = map(sizeof heap, PROT_READ | PROT_WRITE, 0);
    *left = *(struct heap *)own;
    pthread_mutex_lock(&pool_lock);
    left->next = pool;
    pool = left;
    pthread_mutex_unlock(&pool_lock);
}

static void key_create(void)
{
    pthread_key_create(&death, heap_leave);
}

/* Fresh memory for every class: an aligned part of a reservation of twice the size. */
static void heap_reserve(void)
{
    uintptr_t start = (uintptr_t)map(2 * RESERVATION_BYTES, PROT_READ | PROT_WRITE, MAP_NORESERVE);
    uintptr_t aligned = (start + RESERVATION_BYTES - 1) & ~(RESERVATION_BYTES - 1);
    madvise((void *)aligned, RESERVATION_BYTES, MADV_NOHUGEPAGE);
    for (uint64_t class = 0; class < CLASSES; class ++)
        heap.fresh[class] = (char *)(aligned + (class << SPAN_BITS) + class * COLOUR_BYTES);
}

/* Puts `tail` behind the last block of `list`; returns the whole. */
static void *list_join(void *list, void *tail)
{
    void **link = &list;
    while (*link != NULL)
        link = *link;
    *link = tail;
    return list;
}

/* A new thread's heap: one from the pool, or a new one.  It may have freed blocks of others before. */
static __attribute__((noinline)) void heap_begin(void)
{
    pthread_once(&once, key_create);
    pthread_setspecific(death, &heap);
    pthread_mutex_lock(&pool_lock);
    struct heap *found = pool;
    if (found != NULL)
        pool = found->next;
    pthread_mutex_unlock(&pool_lock);
    if (found == NULL) {
        heap_reserve();
        return;
    }
    for (unsigned class = 0; class < CLASSES; class ++) {
        heap.list[class] = list_join(heap.list[class], found->list[class]);
        heap.fresh[class] = found->fresh[class];
    }
    munmap(found, sizeof *found);
}

static void *list_pop(unsigned class)
{
    void *block = heap.list[class];
    heap.list[class] = *(void **)block;
    return block;
}

static __attribute__((noinline, cold)) void *malloc_slow(unsigned class)
{
    if (heap.fresh[class] == NULL)
        heap_begin();
    if (heap.list[class] != NULL)
        return list_pop(class);
    char *block = heap.fresh[class];
    heap.fresh[class] += class_bytes(class);
    if ((uintptr_t)heap.fresh[class] >> SPAN_BITS != (uintptr_t)block >> SPAN_BITS)
        lab_fail("floor: more than 4 GiB of one size class");
    return block;
}

void *floor_malloc(size_t size)
{
    unsigned class = size_class(size);
    if (__builtin_expect(heap.list[class] == NULL, 0))
        return malloc_slow(class);
    return list_pop(class);
}

void floor_free(void *block)
{
    unsigned class = (unsigned)((uintptr_t)block >> SPAN_BITS) & (CLASSES - 1);
    *(void **)block = heap.list[class];
    heap.list[class] = block;
}

const char *floor_version_string(void);
const char *floor_version_string(void)
{
    return "floor " HAKMEM_VERSION " lists";
}
