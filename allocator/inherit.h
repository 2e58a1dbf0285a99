/* What a forked child inherits from the threads that it no longer has. */
#ifndef HAKMEM_INHERIT_H
#define HAKMEM_INHERIT_H

#include "heap.h"

/* In the child, every lock held: orphans the pages of all heaps but the survivor's, and frees those heaps for reuse. */
void inherit_heaps(struct hakmem_heap *survivor);

#endif
