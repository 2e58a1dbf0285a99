/*
 * fork: every lock is taken before and released after, in parent and child, so that the child finds whole data.
 * The order is that of DESIGN.md, "Locks", in which they nest.
 *
 * Handlers that prepare a fork run in the opposite order of their registration, and those of libraries may call malloc:
 * ours has to be the last, hence registered first (start.c).  The shared library is linked with -z initfirst for that;
 * in the static one the constructor's priority does it.
 *
 * A signal handler that interrupted malloc may fork, too, while the process has had one thread only, as with glibc.
 *
 * In the child only the forking thread lives; what becomes of the others' heaps is in inherit.c.
 */
#include "fork.h"
#include "heap.h"
#include "huge.h"
#include "inherit.h"
#include "lock.h"
#include "orphan.h"
#include "region.h"
#include "span.h"
#include <pthread.h>

/* The process has had one thread only: there is nothing to lock (lock.h), nor to inherit.  Its fork may be a signal
 * handler's, which interrupted malloc anywhere. */
static bool alone;

static void lock_all(void)
{
    alone = LOCK_IS_ALONE;
    region_lock();
    heap_table_lock();
    huge_lock();
    orphan_lock();
    span_lock();
}

static void unlock_all(void)
{
    span_unlock();
    orphan_unlock();
    huge_unlock();
    heap_table_unlock();
    region_unlock();
}

static void unlock_in_child(void)
{
    struct hakmem_heap *heap = hakmem_thread_heap;
    if (alone)
        return;
    inherit_heaps(heap);
    unlock_all();
    heap_forget_notices(heap);
}

void fork_register(void)
{
    pthread_atfork(lock_all, unlock_all, unlock_in_child);
}
