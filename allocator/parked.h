/*
 * Parked heaps (phase 10): a thread that ends leaves its heap as it is, pages, list heads, magazines and all, for the
 * next thread that starts; one after the other, threads work in memory that is still in the cache.
 *
 *   parked   | oldest | … | newest |      a new thread takes the newest of its CPU; the oldest makes room
 *
 * It keeps no block above 8 KiB that is free.  To give a heap's pages back, or orphan them, takes as long as a thousand
 * mallocs, and the next thread would take them over one by one.  But what is parked must not be missed elsewhere.  So a
 * parked heap is abandoned after all
 *
 *   before some thread makes a fresh page, if the heap has a page of that class;
 *   when some thread has freed a number of blocks into its pages, since nobody else would retire them;
 *   when pages come or go anywhere and it has been parked for a while.
 *
 * Guarded by the lock of the heap table (thread.c).
 */
#ifndef HAKMEM_PARKED_H
#define HAKMEM_PARKED_H

#include "heap.h"

#define PARKED_MAX       4
#define PARKED_NS        ((uint64_t)250 * 1000 * 1000) /* a while */
#define PARKED_FREES_MAX 64
#define PARKED_PAGES_MAX 256 /* short_calls: of more, 16 MiB, nobody waits to be rid; some 0.2 us each */

/* Parks a heap; the one that has to make room for it, or NULL. */
struct hakmem_heap *parked_add(struct hakmem_heap *heap);
/* Takes the newest that was left on this CPU, else the newest, or NULL. */
struct hakmem_heap *parked_take(void);
/* Takes the oldest that may have a block of the class, or NULL. */
struct hakmem_heap *parked_take_with(unsigned size_class);
/* Takes this one; NULL: it is not parked. */
struct hakmem_heap *parked_take_this(const struct hakmem_heap *heap);
/* Takes one that has been parked for a while, or NULL. */
struct hakmem_heap *parked_take_old(void);
/* Without the lock: is one parked?  It may be gone in a moment. */
bool parked_any(void);
/* In a forked child: their pages are found as those of all threads that are no more. */
void parked_forget(void);

#endif
