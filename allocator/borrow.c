/* Borrowed blocks: see borrow.h. */
#include "borrow.h"
#include "heap.h"

#if HAKMEM_USE_BORROWED_BLOCKS

/* The larger class that has the most to lend, as its tag; 0: none fills a quarter of its magazine. */
static unsigned lender(const struct magazines *magazines, unsigned tag)
{
    const size_t most = borrow_bytes_max(tag - 1);
    unsigned best = 0;
    unsigned best_count = 0;
    for (unsigned larger = tag + 1; larger < MAGAZINE_TAGS && size_class_bytes(larger - 1) <= most; larger++) {
        unsigned count = magazine_count(magazines, larger);
        if (count > best_count && count > magazine_capacity(magazines, larger) / 4) {
            best_count = count;
            best = larger;
        }
    }
    return best;
}

/* Copies up to `most` of the newest blocks of the lender's magazine; how many: it stops at one that is borrowed. */
static size_t lend(struct magazines *magazines, unsigned from, void **to, size_t most)
{
    void **top = magazines->of[from].top;
    size_t count = 0;
    while (count < most && slice_word_tag(slice_word(slice_of(*top))) == from)
        to[count++] = *top--;
    magazines->of[from].top = top;
    return count;
}

void *borrow_block(struct hakmem_heap *heap, unsigned size_class)
{
    struct magazines *magazines = &heap->magazines;
    unsigned tag = magazine_tag(size_class);
    if (tag == 0 || magazines->exact[tag])
        return NULL;
    unsigned from = lender(magazines, tag);
    if (from == 0)
        return NULL;
    struct magazine *magazine = &magazines->of[tag];
    size_t half = (magazine_count(magazines, from) + 1) / 2;
    size_t room = (size_t)(magazine->limit - magazine->top);
    size_t most = half < BORROW_MAX ? half : BORROW_MAX;
    magazine->top += lend(magazines, from, magazine->top + 1, most < room ? most : room);
    void *block = magazine_take(magazine);
    if (block != NULL)
        BLOCK_UNPOISON(block, page_of_block(block)->block_size);
    return block;
}

void borrow_no_more(struct hakmem_heap *heap, unsigned size_class)
{
    heap->magazines.exact[magazine_tag(size_class)] = true;
    magazine_empty(heap, magazine_tag(size_class));
}

#else

void *borrow_block(struct hakmem_heap *heap, unsigned size_class)
{
    (void)heap;
    (void)size_class;
    return NULL;
}

void borrow_no_more(struct hakmem_heap *heap, unsigned size_class)
{
    (void)heap;
    (void)size_class;
}

#endif
