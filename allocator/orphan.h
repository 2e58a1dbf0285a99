/*
 * Orphans: pages with live blocks whose thread has ended, by class, behind one lock.  Slow paths only.
 */
#ifndef HAKMEM_ORPHAN_H
#define HAKMEM_ORPHAN_H

#include "heap.h"

/* Leaves a page behind; the caller owns it and has taken it out of its queues. */
void orphan_add(struct hakmem_page *page);
/* In a forked child, lock held: the same for the page of a thread that was stopped at any moment. */
void orphan_inherit(struct hakmem_page *page);
/* Takes over an orphan of the class with a block, or room for one, for `heap`; NULL: none was found.  The caller queues
 * it. */
struct hakmem_page *orphan_take(unsigned size_class, struct hakmem_heap *heap);
/* Takes over this very page; false if it is no orphan any more. */
bool orphan_claim(struct hakmem_page *page, struct hakmem_heap *heap);
/* Lock held: a block came back to an orphan, so that malloc is to find it again. */
void orphan_freed_into(struct hakmem_page *page);
/* Retires the page if it is an orphan without a block in use. */
void orphan_retire_if_empty(struct hakmem_page *page);

void orphan_lock(void);
void orphan_unlock(void);

#endif
