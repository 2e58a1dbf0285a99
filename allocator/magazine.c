/* Magazines: flushed page by page.  See magazine.h. */
#include "magazine.h"
#include "alloc.h"
#include "borrow.h"
#include "mailbox.h"
#include <string.h>

#if HAKMEM_USE_MAGAZINES

size_t magazine_short_capacity(unsigned tag)
{
    size_t blocks = MAGAZINE_BYTES / size_class_bytes(tag - 1);
    if (blocks < MAGAZINE_BLOCKS_MIN)
        return MAGAZINE_BLOCKS_MIN;
    return blocks < MAGAZINE_BLOCKS_MAX ? blocks : MAGAZINE_BLOCKS_MAX;
}

/* Sets up the class's array: a place for its NULL, and one for each block. */
static void make_array(struct magazines *magazines, unsigned tag)
{
    magazines->place[tag] = (uint16_t)magazines->places_used;
    magazines->places[magazines->places_used] = NULL;
    magazines->places_used += 1 + (unsigned)magazine_short_capacity(tag);
}

void magazine_make_short(struct magazines *magazines, unsigned tag, size_t blocks)
{
    if (magazines->place[tag] == 0 && blocks > 0)
        make_array(magazines, tag);
    magazines->bottom[tag] = magazines->places + magazines->place[tag];
    magazine_set_count(magazines, tag, 0);
    magazine_set_capacity(magazines, tag, blocks);
}

void magazines_init(struct magazines *magazines, void **places)
{
    magazines->places = places;
    magazines->places_used = 1;
    memset(magazines->place, 0, sizeof magazines->place);
    magazines->aging = false;
    long_magazines_init(&magazines->longs);
    for (unsigned tag = 0; tag < MAGAZINE_TAGS; tag++)
        magazine_make_short(magazines, tag, 0);
}

/* A closed magazine is empty, and full at once. */
static bool is_closed(const struct magazines *magazines, unsigned tag)
{
    return magazines->of[tag].limit == magazines->bottom[tag];
}

/* For at least so many blocks. */
static void open_tag(struct magazines *magazines, unsigned tag, size_t blocks)
{
    if (is_closed(magazines, tag))
        magazine_make_short(magazines, tag, blocks);
    else if (magazine_capacity(magazines, tag) < blocks)
        magazine_set_capacity(magazines, tag, blocks);
}

void magazine_open(struct hakmem_heap *heap, unsigned size_class)
{
    unsigned tag = magazine_tag(size_class);
    if (tag != 0)
        open_tag(&heap->magazines, tag, magazine_short_capacity(tag));
}

/* Links the blocks of blocks[0, count) that lie in `page` into a chain and moves the others to the front. */
static unsigned gather(void **blocks, unsigned count, const struct hakmem_page *page, struct remote_chain *chain)
{
    unsigned rest = 0;
    *chain = (struct remote_chain){NULL, NULL, 0};
    for (unsigned i = 0; i < count; i++) {
        if (page_of_block(blocks[i]) != page) {
            blocks[rest++] = blocks[i];
            continue;
        }
        if (chain->last == NULL)
            chain->last = blocks[i];
        block_link(blocks[i], chain->first);
        chain->first = blocks[i];
        chain->count++;
    }
    return rest;
}

/* Gives blocks back: the owner's one by one, which needs no atomic operation; others' page by page, with one each. */
static void give_to_pages(struct hakmem_heap *heap, void **blocks, unsigned count)
{
    while (count > 0) {
        struct hakmem_page *page = page_of_block(blocks[count - 1]);
        if (page_owner(page) == heap_owner_id(heap)) {
            free_owned(heap, page, blocks[--count]);
            continue;
        }
        struct remote_chain chain;
        count = gather(blocks, count, page, &chain);
        free_remote(heap, page, chain);
    }
}

/* Moves the last block, and others of the same owner's pages, to `theirs`, the rest to the front; how many are left.
 * The last one whoever its owner is by now: its page may have got another one since. */
static unsigned gather_of_heap(void **blocks, unsigned count, uint32_t owner, void **theirs, unsigned *theirs_count)
{
    unsigned rest = 0;
    theirs[0] = blocks[--count];
    *theirs_count = 1;
    for (unsigned i = 0; i < count; i++)
        if (*theirs_count < MAGAZINE_BLOCKS_MAX && page_owner(page_of_block(blocks[i])) == owner)
            theirs[(*theirs_count)++] = blocks[i];
        else
            blocks[rest++] = blocks[i];
    return rest;
}

/* The same, but what is of a heap that has a thread goes there by mail. */
static void give_back(struct hakmem_heap *heap, void **blocks, unsigned count)
{
    while (HAKMEM_USE_MAILBOXES && count > 0) {
        uint32_t owner = page_owner(page_of_block(blocks[count - 1]));
        void *theirs[MAGAZINE_BLOCKS_MAX];
        unsigned theirs_count;
        count = gather_of_heap(blocks, count, owner, theirs, &theirs_count);
        if (owner < SLICE_OWNER_FIRST || owner == heap_owner_id(heap) ||
            !mailbox_send(heap_of_record(owner - SLICE_OWNER_FIRST), theirs, theirs_count))
            give_to_pages(heap, theirs, theirs_count);
    }
    give_to_pages(heap, blocks, count);
}

void magazine_receive(struct hakmem_heap *heap, void *block)
{
    unsigned tag = (unsigned)slice_word_tag(slice_word(slice_of(block)));
    if (!(HAKMEM_USE_SHORT_CALLS && mailbox_waits(heap)))
        open_tag(&heap->magazines, tag, magazine_short_capacity(tag));
    if (!magazine_put(&heap->magazines.of[tag], block))
        give_to_pages(heap, &block, 1);
}

void *magazine_take_class(struct hakmem_heap *heap, unsigned size_class)
{
    unsigned tag = magazine_tag(size_class);
    void *block = tag == 0 ? NULL : magazine_take(&heap->magazines.of[tag]);
    if (block != NULL)
        BLOCK_UNPOISON(block, page_of_block(block)->block_size);
    return block;
}

/* Where malloc never ran dry, mailboxes: a quarter of a magazine, since the blocks only wait to be sent in a batch. */
static size_t freed_only_capacity(unsigned tag)
{
    size_t blocks = magazine_short_capacity(tag);
    return HAKMEM_USE_MAILBOXES ? (blocks + 3) / 4 : blocks;
}

void free_unmagazined(void *p, size_t slice, uint64_t word)
{
    unsigned tag = (unsigned)slice_word_tag(word);
    struct hakmem_heap *heap = tag == 0 ? hakmem_thread_heap : heap_for_free();
    if (tag == 0 || heap_is_none(heap)) {
        free_general(p, slice, word);
        return;
    }
    COUNT(free_calls);
    COUNT(free_slow);
    if (magazine_capacity(&heap->magazines, tag) < magazine_short_capacity(tag))
        magazine_empty(heap, tag);
    else
        magazine_flush_half(heap, tag);
    open_tag(&heap->magazines, tag, freed_only_capacity(tag)); /* it may have been closed */
    magazine_put(&heap->magazines.of[tag], p);
}

void magazine_flush_half(struct hakmem_heap *heap, size_t tag)
{
    struct magazines *magazines = &heap->magazines;
    void *old[MAGAZINE_BLOCKS_MAX];
    unsigned count = magazine_count(magazines, tag);
    unsigned half = count < 2 * MAGAZINE_BLOCKS_MAX ? (count + 1) / 2 : MAGAZINE_BLOCKS_MAX;
    void **blocks = magazines->bottom[tag] + 1;
    memcpy(old, blocks, half * sizeof *old);
    memmove(blocks, blocks + half, (count - half) * sizeof *blocks);
    magazine_set_count(magazines, tag, count - half);
    give_back(heap, old, half);
}

void magazine_empty(struct hakmem_heap *heap, unsigned tag)
{
    struct magazines *magazines = &heap->magazines;
    unsigned count = magazine_count(magazines, tag);
    magazine_set_count(magazines, tag, 0);
    give_back(heap, magazines->bottom[tag] + 1, count);
}

static void close_tag(struct hakmem_heap *heap, unsigned tag)
{
    magazine_empty(heap, tag);
    magazine_make_short(&heap->magazines, tag, 0);
}

void magazine_close(struct hakmem_heap *heap, unsigned size_class)
{
    unsigned tag = magazine_tag(size_class);
    if (tag != 0 && !is_closed(&heap->magazines, tag))
        close_tag(heap, tag);
}

void magazines_age(struct hakmem_heap *heap)
{
    struct magazines *magazines = &heap->magazines;
    if (magazines->aging || ++magazines->pages < MAGAZINE_AGE_PAGES)
        return;
    magazines->pages = 0;
    magazines->aging = true;
    for (unsigned tag = 1; tag < MAGAZINE_TAGS; tag++) {
        if (magazines->of[tag].top == magazines->seen[tag] && !is_closed(magazines, tag))
            close_tag(heap, tag);
        magazines->seen[tag] = magazines->of[tag].top;
    }
    magazines->aging = false;
}

void magazines_flush(struct hakmem_heap *heap)
{
    long_magazines_end(heap);
    for (unsigned tag = 1; tag < MAGAZINE_TAGS; tag++)
        magazine_empty(heap, tag);
}

void magazines_close(struct hakmem_heap *heap)
{
    magazines_flush(heap);
    for (unsigned tag = 1; tag < MAGAZINE_TAGS; tag++)
        magazine_make_short(&heap->magazines, tag, 0);
}

void magazines_flush_medium(struct hakmem_heap *heap)
{
    for (unsigned tag = HEADS_COUNT + 1; tag < MAGAZINE_TAGS; tag++)
        magazine_empty(heap, tag);
}

static bool may_hold(const struct magazines *magazines, unsigned tag, size_t blocks_tag)
{
    if (blocks_tag == tag)
        return true;
    return HAKMEM_USE_BORROWED_BLOCKS && !magazines->exact[tag] && blocks_tag > tag &&
           size_class_bytes((unsigned)blocks_tag - 1) <= borrow_bytes_max(tag - 1);
}

const char *magazines_check(struct hakmem_heap *heap)
{
    struct magazines *magazines = &heap->magazines;
    for (unsigned tag = 1; tag < MAGAZINE_TAGS; tag++)
        for (unsigned i = 1; i <= magazine_count(magazines, tag); i++) {
            size_t slice = slice_of(magazines->bottom[tag][i]);
            if (slice >= region_slices() || !may_hold(magazines, tag, slice_word_tag(slice_word(slice))))
                return "a magazine holds what is no block of its class";
        }
    return NULL;
}

#else

void magazines_flush(struct hakmem_heap *heap)
{
    (void)heap;
}

void magazines_close(struct hakmem_heap *heap)
{
    (void)heap;
}

void magazines_flush_medium(struct hakmem_heap *heap)
{
    (void)heap;
}

void magazines_age(struct hakmem_heap *heap)
{
    (void)heap;
}

void magazine_open(struct hakmem_heap *heap, unsigned size_class)
{
    (void)heap;
    (void)size_class;
}

void *magazine_take_class(struct hakmem_heap *heap, unsigned size_class)
{
    (void)heap;
    (void)size_class;
    return NULL;
}

const char *magazines_check(struct hakmem_heap *heap)
{
    (void)heap;
    return NULL;
}

#endif
