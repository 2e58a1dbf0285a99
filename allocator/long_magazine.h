/*
 * Long magazines (phase 11): a program that takes and frees a few hundred blocks in turn, a tree for each request say,
 * has every magazine filled and emptied once a turn.  Classes do so at different moments, and each call mispredicts
 * whether its own is full or empty.  So a magazine grows to what such a burst needs:
 *
 *   malloc finds magazine and list head dry, and in the class's first page many blocks that were freed past the
 *   magazine:
 *
 *   it may grow       it moves to the heap's long span, with room for those as well, to 32 KiB and 1023 blocks
 *   it is that long   the burst is larger: all of the heap's magazines are short again, since to have some long and
 *                     others not would cost more than it saves (DESIGN.md, phase 11); for a pause that is twice as long
 *                     as the one before
 *
 *   long span:   | NULL | tag 1: 1023 places | NULL | tag 2: 1023 places | NULL | tag 3: 682 places | …      one slice
 *
 * While a heap has the span, it counts as used and its slice word says that nobody owns it.  Owner only.
 */
#ifndef HAKMEM_LONG_MAGAZINE_H
#define HAKMEM_LONG_MAGAZINE_H

#include "hakmem_config.h"

struct hakmem_heap;

struct long_magazines {
    size_t span;         /* first slice, or SPAN_NONE */
    unsigned pause;      /* times that a magazine would have grown until one may */
    unsigned next_pause; /* after the next burst that is too large */
};

#define LONG_BLOCKS_MAX 1023
#define LONG_PAUSE_MIN  64
#define LONG_PAUSE_MAX  (1u << 20)

/* Blocks that the magazine may hold when it is long.  Above 512 bytes that is no more than when it is short. */
size_t long_magazine_capacity(unsigned tag);
/* Where its NULL is, in places from the start of the span. */
size_t long_magazine_place(unsigned tag);

void long_magazines_init(struct long_magazines *longs);
/* malloc ran dry in the class. */
void magazine_lengthen(struct hakmem_heap *heap, unsigned size_class);
/* Empties the long ones, makes them short and gives their span back. */
void long_magazines_end(struct hakmem_heap *heap);

#endif
