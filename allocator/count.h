/*
 * Event counters of the counting build (HAKMEM_COUNT=1); in every other build COUNT() is nothing.
 * A counting build is never timed: its counters are shared and atomic.
 */
#ifndef HAKMEM_COUNT_H
#define HAKMEM_COUNT_H

#include "hakmem_config.h"

#define COUNT_EVENTS(X)                                                                                                \
    X(malloc_calls)       /* every entry into malloc */                                                                \
    X(free_calls)         /* every entry into free with a block */                                                     \
    X(malloc_tiny)        /* mallocs of at most 1024 bytes */                                                          \
    X(direct_cache_looks) /* of these, asked of pages_direct: all of them, or none where it is out of use */           \
    X(direct_cache_hits)  /* of these, served by the page found there */                                               \
    X(malloc_slow)        /* mallocs that entered the slow path */                                                     \
    X(free_slow)          /* frees that left the fast path */                                                          \
    X(atomic_rmw)         /* atomic read-modify-write operations tried on block lists */                               \
    X(remote_frees)       /* frees into a page of another owner */                                                     \
    X(collections)        /* times that freed blocks were taken back into a page's free list */                        \
    X(pages_fresh)        /* pages made from spans */                                                                  \
    X(pages_retired)      /* empty pages given back to the spans */                                                    \
    X(pages_orphaned)     /* pages left behind by an exiting thread */                                                 \
    X(pages_claimed)      /* orphaned pages taken over */                                                              \
    X(pages_visited)      /* pages looked at in walks of a class's list */                                             \
    X(purges)             /* calls that gave memory back to the system */

enum count_event {
#define COUNT_ENUM(name) COUNT_##name,
    COUNT_EVENTS(COUNT_ENUM)
#undef COUNT_ENUM
        COUNT_EVENT_COUNT
};

#if HAKMEM_COUNT
#include <stdatomic.h>
extern _Atomic uint64_t count_events[COUNT_EVENT_COUNT]; /* any thread, relaxed: sums, no order */
#define COUNT_ADD(name, n) ((void)atomic_fetch_add_explicit(&count_events[COUNT_##name], n, memory_order_relaxed))
#else
#define COUNT_ADD(name, n) ((void)0)
#endif
#define COUNT(name) COUNT_ADD(name, 1)

#endif
