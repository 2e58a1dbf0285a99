/* Parked heaps: see parked.h. */
#define _GNU_SOURCE /* sched_getcpu */
#include "parked.h"
#include "os.h"
#include <sched.h>

static struct {
    struct hakmem_heap *heap;
    uint64_t since_ns;
    int cpu;                   /* that its thread ended on */
} parked[PARKED_MAX];          /* oldest first */
static _Atomic unsigned count; /* written under the lock, relaxed */

bool parked_any(void)
{
    return HAKMEM_USE_PARKED_HEAPS && atomic_load_explicit(&count, memory_order_relaxed) != 0;
}

static unsigned parked_count(void)
{
    return atomic_load_explicit(&count, memory_order_relaxed);
}

static struct hakmem_heap *take_at(unsigned place)
{
    struct hakmem_heap *heap = parked[place].heap;
    unsigned left = parked_count() - 1;
    for (unsigned i = place; i < left; i++)
        parked[i] = parked[i + 1];
    atomic_store_explicit(&count, left, memory_order_relaxed);
    return heap;
}

struct hakmem_heap *parked_add(struct hakmem_heap *heap)
{
    if (!HAKMEM_USE_PARKED_HEAPS)
        return heap;
    struct hakmem_heap *oldest = parked_count() == PARKED_MAX ? take_at(0) : NULL;
    unsigned place = parked_count();
    parked[place].heap = heap;
    parked[place].since_ns = os_coarse_ns();
    parked[place].cpu = sched_getcpu();
    atomic_store_explicit(&heap->parked_frees, 0, memory_order_relaxed);
    atomic_store_explicit(&count, place + 1, memory_order_relaxed);
    return oldest;
}

struct hakmem_heap *parked_take(void)
{
    if (!parked_any())
        return NULL;
    int cpu = sched_getcpu();
    unsigned newest = parked_count() - 1;
    for (unsigned place = newest + 1; place-- > 0;)
        if (parked[place].cpu == cpu)
            return take_at(place);
    return take_at(newest);
}

static bool may_have(struct hakmem_heap *heap, unsigned size_class)
{
    return heap->queues[size_class].first != NULL ||
           atomic_load_explicit(&heap->returned, memory_order_relaxed) != NULL;
}

struct hakmem_heap *parked_take_with(unsigned size_class)
{
    for (unsigned place = 0; place < parked_count(); place++)
        if (may_have(parked[place].heap, size_class))
            return take_at(place);
    return NULL;
}

struct hakmem_heap *parked_take_this(const struct hakmem_heap *heap)
{
    for (unsigned place = 0; place < parked_count(); place++)
        if (parked[place].heap == heap)
            return take_at(place);
    return NULL;
}

struct hakmem_heap *parked_take_old(void)
{
    return parked_any() && os_coarse_ns() - parked[0].since_ns >= PARKED_NS ? take_at(0) : NULL;
}

void parked_forget(void)
{
    atomic_store_explicit(&count, 0, memory_order_relaxed);
}
