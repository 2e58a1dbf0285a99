/*
 * fork: every lock is taken before and released after, in parent and child, so that the child finds whole data.
 * The order is the one in which the locks nest: orphans, spans; the heap table and huge blocks nest in nothing.
 *
 * In the child only the forking thread lives.  The heaps of the others stay as they are: blocks in them can be freed
 * (they look remote), but their free memory is not reused.
 */
#include "heap.h"
#include "huge.h"
#include "orphan.h"
#include "span.h"
#include <pthread.h>

static void lock_all(void)
{
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
}

__attribute__((constructor)) static void register_fork_handlers(void)
{
    pthread_atfork(lock_all, unlock_all, unlock_all);
}
