/*
 * Fresh ranges (phase 12): of a page's blocks that were never in use, only the bounds are kept.
 *
 *   page:  | in use, freed … | in the head's list | next …  left blocks … | not made yet … |
 *                                                                         ^ capacity
 *
 * A page makes small blocks a system page at a time, by linking them.  Of large ones that is two or four, and then
 * malloc has run dry again: it looks for blocks that came back, asks the magazines, walks the pages.  More of them
 * cannot be linked without touching memory that may never be used; but a range costs its bounds, however long it is.
 * malloc links a few of its blocks at a time, a batch, to the class's list: so that it has one place where it looks
 * next, and does not guess wrong where classes with ranges and without take turns.
 *
 * So classes above FRESH_ABOVE have ranges.  They are short at first, since blocks that were freed are to be used
 * before memory that was never touched; and a part of what the class has made since it last found a freed block, which
 * is much where a program only takes.
 *
 * A class's range is of the first page of its queue, as its head's list is (heads.h).  For the page its blocks are in
 * use, until what is left is given back: then they were never made.  Owner only.
 */
#ifndef HAKMEM_FRESH_H
#define HAKMEM_FRESH_H

#include "heads.h"

/* Bytes.  Of blocks to this size a system page is enough to go on with, and their pages may be coloured. */
#define FRESH_ABOVE PAGE_COLOUR_BLOCK_MAX
/* A range is a system page long, or so many blocks, but no longer than FRESH_BYTES for their sake. */
#define FRESH_BLOCKS_MIN 8
#define FRESH_BYTES      ((size_t)16 << 10)
/* A longer one is this part of what the class has made without a freed block, which counts up to four pages. */
#define FRESH_RUN_PART    4
#define FRESH_RUN_KIB_MAX (FRESH_RUN_PART * HAKMEM_SLICE_BYTES / 1024)
/* A batch is a system page, or two where the class has made so much. */
#define FRESH_LONG_RUN_KIB 64

/* Random order wants every block in a list. */
#define FRESH_RANGES_IN_USE (HAKMEM_USE_FRESH_RANGES && !HAKMEM_USE_RANDOM_ORDER)

/* May a class have a range? */
static inline bool class_has_range(unsigned size_class)
{
    return FRESH_RANGES_IN_USE && class_has_head(size_class) && size_class_bytes(size_class) > FRESH_ABOVE;
}

/* Takes a block of the class, whose list is empty, and links the rest of a batch to that; NULL: the range is empty. */
void *fresh_take(struct hakmem_heap *heap, unsigned size_class);
/* Makes blocks in the page, the first of its queue and none of whose blocks are free: the class's range. */
void fresh_fill(struct hakmem_heap *heap, struct hakmem_page *page);
/* malloc found freed blocks: the class's next range is a short one. */
void fresh_found_freed(struct hakmem_heap *heap, unsigned size_class);
/* Gives back what is left of the class's range. */
void fresh_flush(struct hakmem_heap *heap, unsigned size_class);
/* Of a heap that a forked child inherited: the page of the class's range, if it ends where the page's blocks do, else
 * NULL. */
struct hakmem_page *fresh_page(struct hakmem_heap *heap, unsigned size_class);
/* NULL, or what is broken. */
const char *fresh_check(struct hakmem_heap *heap, unsigned size_class);

#endif
