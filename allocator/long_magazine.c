/* Long magazines: when a magazine grows, and when all of them are short again.  See long_magazine.h. */
#include "long_magazine.h"
#include "heap.h"
#include "span.h"

#if HAKMEM_USE_LONG_MAGAZINES

size_t long_magazine_capacity(unsigned tag)
{
    size_t blocks = LONG_BYTES / size_class_bytes(tag - 1);
    return blocks < LONG_BLOCKS_MAX ? blocks : LONG_BLOCKS_MAX;
}

/* The classes whose pages are one slice. */
static bool can_grow(unsigned tag)
{
    return tag != 0 && tag <= HEADS_COUNT;
}

void long_magazines_init(struct long_magazines *longs)
{
    *longs = (struct long_magazines){.span = SPAN_NONE, .next_pause = LONG_PAUSE_MIN};
}

void long_magazines_end(struct hakmem_heap *heap)
{
    struct magazines *magazines = &heap->magazines;
    size_t span = magazines->longs.span;
    if (span == SPAN_NONE)
        return;
    for (unsigned tag = 1; can_grow(tag); tag++)
        if (slice_of(magazines->bottom[tag]) == span) {
            magazine_empty(heap, tag);
            magazine_make_short(magazines, tag, magazine_short_capacity(tag));
        }
    magazines->longs.span = SPAN_NONE;
    span_give(span, 1);
}

static bool has_span(struct long_magazines *longs)
{
    bool zero;
    if (longs->span == SPAN_NONE) {
        longs->span = span_take(1, &zero);
        longs->used = 0;
    }
    return longs->span != SPAN_NONE;
}

/* The magazine, which is empty, gets a capacity of so many blocks; false if there is no room. */
static bool grow(struct magazines *magazines, unsigned tag, size_t blocks)
{
    struct long_magazines *longs = &magazines->longs;
    if (!has_span(longs) || 1 + blocks > LONG_PLACES - longs->used)
        return false;
    void **bottom = (void **)slice_start(longs->span) + longs->used;
    longs->used += 1 + blocks;
    *bottom = NULL;
    magazines->bottom[tag] = bottom;
    magazine_set_count(magazines, tag, 0);
    magazine_set_capacity(magazines, tag, blocks);
    *magazines->of[tag].limit = NULL; /* see was_full */
    return true;
}

static void deny(struct hakmem_heap *heap)
{
    struct long_magazines *longs = &heap->magazines.longs;
    long_magazines_end(heap);
    longs->pause = longs->next_pause;
    if (longs->next_pause < LONG_PAUSE_MAX)
        longs->next_pause *= 2;
}

/* A burst differs a little from the one before: room for an eighth more, in multiples of a short magazine. */
static size_t rounded(size_t burst, size_t most)
{
    size_t blocks = ((burst + burst / 8) / (MAGAZINE_BLOCKS_MAX + 1) + 1) * (MAGAZINE_BLOCKS_MAX + 1);
    return blocks < most ? blocks : most;
}

/* Blocks that were freed past the magazine: a burst is spread over several pages. */
static size_t freed_past(const struct page_queue *queue)
{
    size_t past = 0;
    unsigned visits = 0;
    for (struct hakmem_page *page = queue->first; page != NULL && visits < LONG_VISITS_MAX; page = page->next, visits++)
        past += lists_freed_count(&page->lists);
    return past;
}

/* A magazine that was passed by fewer is long enough: sizes at random drift as far. */
static size_t few(unsigned tag)
{
    size_t blocks = magazine_short_capacity(tag);
    return blocks < MAGAZINE_BLOCKS_MAX / 2 ? blocks : MAGAZINE_BLOCKS_MAX / 2;
}

/* Has the magazine, which is empty and open, been full since this was asked last?  Else its length says nothing of the
 * burst: after it grew, the rest of that burst is taken past it. */
static bool was_full(struct magazine *magazine)
{
    bool full = *magazine->limit != NULL;
    *magazine->limit = NULL;
    return full;
}

void magazine_lengthen(struct hakmem_heap *heap, unsigned size_class)
{
    struct magazines *magazines = &heap->magazines;
    unsigned tag = magazine_tag(size_class);
    if (!can_grow(tag))
        return;
    size_t capacity = magazine_capacity(magazines, tag);
    if (capacity == 0 || magazine_count(magazines, tag) > 0 || !was_full(&magazines->of[tag]))
        return;
    size_t past = freed_past(&heap->queues[size_class]);
    if (past < few(tag))
        return;
    size_t most = long_magazine_capacity(tag);
    if (magazines->longs.pause > 0)
        magazines->longs.pause--;
    else if (capacity == most || !grow(magazines, tag, rounded(capacity + past, most)))
        deny(heap);
}

#else

void long_magazines_init(struct long_magazines *longs)
{
    (void)longs;
}

void magazine_lengthen(struct hakmem_heap *heap, unsigned size_class)
{
    (void)heap;
    (void)size_class;
}

void long_magazines_end(struct hakmem_heap *heap)
{
    (void)heap;
}

#endif
