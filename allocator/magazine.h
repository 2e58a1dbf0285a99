/*
 * Magazines (phase 8): for each class of at most 8 KiB, an array of free blocks' addresses in the heap, last in first
 * out.
 *
 *   bottom[tag]   | NULL | oldest block | … | newest block | free place | … |
 *                                             ^ top                       ^ limit
 *
 *   malloc   takes *top--; the NULL at the bottom says that it is empty: then the class's list head serves (heads.h)
 *   free     puts *++top, if top has not reached limit; else a block of an own page goes to its page, and for another
 *            owner's the older half is flushed, page by page, with one compare-and-swap each
 *
 *   tag = class + 1; free reads it from the slice word (bits 52..63).  It is 0 for whatever is not such a block; that
 *   magazine, and every one of a thread without a heap, is always full: the one compare in free covers it all.
 *
 * It is never filled from a list: walking a list of cold blocks misses the cache once a block, with nothing to do
 * meanwhile (DESIGN.md, phase 8).
 *
 * Magazines of sizes that the program has left, and full ones while it frees a peak's worth of blocks, would pin their
 * pages.  So whenever a number of pages was made or retired, each that has not moved since the last time is emptied and
 * closed, that is full at once; it is opened when malloc next runs dry in its class.
 *
 * All are closed at first.  A class's array is set up when it is first opened, behind those of the classes that came
 * before it, so that the memory of a heap is as small as the number of sizes that its thread uses.
 *
 * A block in a magazine counts as in use for its page.  It may be of any page, another heap's or an orphan's included:
 * free asks nobody whose it is, only the flush does.  Owner only.
 */
#ifndef HAKMEM_MAGAZINE_H
#define HAKMEM_MAGAZINE_H

#include "long_magazine.h"
#include "size_class.h"
#include <stdbool.h>

/* At most this many blocks, and at most about this many bytes, wait in a magazine; but always a few blocks. */
#define MAGAZINE_BLOCKS_MAX 63
#define MAGAZINE_BLOCKS_MIN 8
#define MAGAZINE_BYTES      ((size_t)32 << 10)

/* To 8 KiB (phase 8), or to 64 KiB (phase 9). */
#define MAGAZINE_DOUBLINGS (HAKMEM_USE_MEDIUM_MAGAZINES ? 6 : 3)
#define MAGAZINE_BLOCK_MAX ((size_t)HAKMEM_TINY_MAX << MAGAZINE_DOUBLINGS)
#define MAGAZINE_TAGS      (SIZE_CLASS_TINY_COUNT + MAGAZINE_DOUBLINGS * SIZE_CLASS_PER_DOUBLING + 1)
static_assert(MAGAZINE_BLOCK_MAX == (HAKMEM_USE_MEDIUM_MAGAZINES ? HAKMEM_MEDIUM_BLOCK_MAX : HAKMEM_SMALL_BLOCK_MAX),
              "magazines end where pages of one kind end");
static_assert(MAGAZINE_TAGS <= 1 << 12, "a tag fits into the slice word's upper 12 bits");

struct hakmem_heap;

/* magazines_age looks once in so many pages made or retired, 1 MiB. */
#define MAGAZINE_AGE_PAGES 16

struct magazine {
    void **top;   /* the newest block; the NULL below the oldest if there is none */
    void **limit; /* where top is when the magazine is full */
};

struct magazines {
    struct magazine of[MAGAZINE_TAGS];
    void **bottom[MAGAZINE_TAGS];  /* its NULL: in `places`, or in the span of the long ones */
    void **seen[MAGAZINE_TAGS];    /* where top was when magazines_age last came by */
    void **places;                 /* MAGAZINE_PLACES of them; at 0 is the NULL of those without an array */
    unsigned places_used;          /* 0 included */
    uint16_t place[MAGAZINE_TAGS]; /* of the class's array; 0: none yet */
    bool exact[MAGAZINE_TAGS];     /* phase 12: it holds no borrowed blocks, see borrow.h */
    bool aging;                    /* magazines_age is at work, and what it frees may retire pages */
    unsigned pages;                /* made or retired since it last came by */
    struct long_magazines longs;   /* phase 11 */
};

/* Enough for all arrays. */
#define MAGAZINE_PLACES ((size_t)MAGAZINE_TAGS * (MAGAZINE_BLOCKS_MAX + 1))
static_assert(MAGAZINE_PLACES <= UINT16_MAX, "a place fits into 16 bits");

/* The tag of a class, 0 if it has no magazine. */
static inline unsigned magazine_tag(unsigned size_class)
{
    return HAKMEM_USE_MAGAZINES && size_class + 1 < MAGAZINE_TAGS ? size_class + 1 : 0;
}

static inline unsigned magazine_count(const struct magazines *magazines, size_t tag)
{
    return (unsigned)(magazines->of[tag].top - magazines->bottom[tag]);
}

static inline void magazine_set_count(struct magazines *magazines, size_t tag, unsigned count)
{
    magazines->of[tag].top = magazines->bottom[tag] + count;
}

static inline unsigned magazine_capacity(const struct magazines *magazines, size_t tag)
{
    return (unsigned)(magazines->of[tag].limit - magazines->bottom[tag]);
}

static inline void magazine_set_capacity(struct magazines *magazines, size_t tag, size_t blocks)
{
    magazines->of[tag].limit = magazines->bottom[tag] + blocks;
}

/* Takes a block, or NULL. */
static inline void *magazine_take(struct magazine *magazine)
{
    void **top = magazine->top;
    void *block = *top;
    if (HAKMEM_LIKELY(block != NULL))
        magazine->top = top - 1;
    return block;
}

/* Puts a block in; false if it does not fit, or if it is the newest already. */
static inline bool magazine_put(struct magazine *magazine, void *block)
{
    void **top = magazine->top;
    if (HAKMEM_UNLIKELY(top == magazine->limit))
        return false;
    if (HAKMEM_USE_DOUBLE_FREE_CHECK && HAKMEM_UNLIKELY(*top == block))
        return false;
    top[1] = block;
    magazine->top = top + 1;
    return true;
}

/* `places`: MAGAZINE_PLACES of them, the first one NULL; they stay theirs. */
void magazines_init(struct magazines *magazines, void **places);
/* Its array in the heap, empty; closed if it is not open for `blocks`. */
void magazine_make_short(struct magazines *magazines, unsigned tag, size_t blocks);
/* Blocks that it holds when it is open and short. */
size_t magazine_short_capacity(unsigned tag);
/* Gives all of its blocks back to the pages. */
void magazine_empty(struct hakmem_heap *heap, unsigned tag);
/* Gives the older half of a magazine back to the pages. */
void magazine_flush_half(struct hakmem_heap *heap, size_t tag);
/* A page was made or retired: from time to time, empties and closes the magazines that have not moved. */
void magazines_age(struct hakmem_heap *heap);
/* Puts in a block that came by mail, or gives it to its page. */
void magazine_receive(struct hakmem_heap *heap, void *block);
/* Takes a block of the class, or NULL. */
void *magazine_take_class(struct hakmem_heap *heap, unsigned size_class);
/* malloc ran dry in the class: its magazine is in use again. */
void magazine_open(struct hakmem_heap *heap, unsigned size_class);
/* Gives the class's blocks back, and closes its magazine. */
void magazine_close(struct hakmem_heap *heap, unsigned size_class);
/* Gives everything back, and closes them all. */
void magazines_close(struct hakmem_heap *heap);
/* Gives everything back; or only the blocks above 8 KiB, few of which pin much memory. */
void magazines_flush(struct hakmem_heap *heap);
void magazines_flush_medium(struct hakmem_heap *heap);
/* NULL, or what is broken. */
const char *magazines_check(struct hakmem_heap *heap);

#endif
