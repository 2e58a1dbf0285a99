/*
 * Long magazines (phase 11): a program that takes and frees a few hundred blocks in turn, a tree for each request say,
 * has every magazine filled and emptied once a turn.  Classes do so at different moments, and each call mispredicts
 * whether its own is full or empty.  So a magazine grows to what such a burst needs:
 *
 *   malloc finds a magazine that was full, and its list head, dry, and in the class's pages many blocks that were freed
 *   past them:
 *
 *   it may grow       it moves to the heap's long span, with room for those as well, to 512 KiB and 4095 blocks
 *   it is that long,  the burst is larger: all of the heap's magazines are short again, since to have some long and
 *   or the span full  others not would cost more than it saves (DESIGN.md, phase 11); for a pause that is twice as long
 *                     as the one before
 *
 *   long span:   | NULL | tag 3: 127 places | NULL | tag 2: 639 places | … | not used yet |              one slice
 *
 * Arrays lie there in the order in which magazines grew.  The room of one that grows again is lost until all are short.
 * While a heap has the span, it counts as used and its slice word says that nobody owns it.  Owner only.
 */
#ifndef HAKMEM_LONG_MAGAZINE_H
#define HAKMEM_LONG_MAGAZINE_H

#include "hakmem_config.h"

struct hakmem_heap;

struct long_magazines {
    size_t span;         /* first slice, or SPAN_NONE */
    size_t used;         /* places of the span, of LONG_PLACES */
    unsigned pause;      /* times that a magazine would have grown until one may */
    unsigned next_pause; /* after the next burst that is too large */
};

#define LONG_BLOCKS_MAX 4095
#define LONG_BYTES      ((size_t)512 << 10)
#define LONG_PLACES     (HAKMEM_SLICE_BYTES / sizeof(void *))
#define LONG_PAUSE_MIN  64
#define LONG_PAUSE_MAX  (1u << 20)
#define LONG_VISITS_MAX 8 /* pages that are asked how many blocks were freed past a magazine */

/* Blocks that the magazine may hold when it is long. */
size_t long_magazine_capacity(unsigned tag);

void long_magazines_init(struct long_magazines *longs);
/* malloc ran dry in the class. */
void magazine_lengthen(struct hakmem_heap *heap, unsigned size_class);
/* Empties the long ones, makes them short and gives their span back. */
void long_magazines_end(struct hakmem_heap *heap);

#endif
