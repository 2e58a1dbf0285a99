/*
 * Pages: made from spans, extended lazily, given back.
 *
 * A fresh page has no block.  Blocks are made in address order, up to 4 KiB of them at a time, when its owner's lists
 * have run dry: memory is touched only when it is about to be used.
 *
 * coloured_pages (phase 11): pages start at multiples of 64 KiB, and a small program uses little more than their first
 * blocks: all of these would compete for the same sets of the first cache, and a load of one of them would wait for
 * stores to others, whose addresses differ only in bits that the processor compares late.  So a page begins in the
 * middle of its first 4 KiB, at another place than its neighbours, and what it left out comes last.
 */
#include "page.h"
#include "heap.h"
#include "span.h"

struct hakmem_page hakmem_page_none;

struct hakmem_page *page_init(size_t first, unsigned size_class, struct hakmem_heap *heap)
{
    struct hakmem_page *page = &hakmem_region.pages[first];
    size_t bytes = size_class_bytes(size_class);
    unsigned slices = size_class_slices(size_class);

    lists_init(&page->lists, page_remote(page));
    remote_set_heap(page_remote(page), heap);
    atomic_store_explicit(&page->capacity, 0, memory_order_relaxed);
    page->next = NULL;
    page->prev = NULL;
    page->reserved = (uint32_t)(slices * HAKMEM_SLICE_BYTES / bytes);
    page->block_size = (uint32_t)bytes;
    page->slices = (uint16_t)slices;
    page->size_class = (uint8_t)size_class;
    page->unlisted = 0;
    slices_set_owner(first, slices, heap_owner_id(heap), magazine_tag(size_class));
    BLOCK_POISON(slice_start(first), slices * HAKMEM_SLICE_BYTES);
    COUNT(pages_fresh);
    return page;
}

static bool page_is_coloured(const struct hakmem_page *page)
{
    return HAKMEM_USE_COLOURED_PAGES && page->block_size <= PAGE_COLOUR_BLOCK_MAX;
}

/* How many of its blocks come last: those before some place in the first 4 KiB of its 64. */
static uint32_t page_colour(const struct hakmem_page *page)
{
    if (!page_is_coloured(page))
        return 0;
    return (uint32_t)((page_slice(page) * PAGE_COLOUR_STEP + PAGE_COLOUR_FIRST) % HAKMEM_EXTEND_BYTES /
                      page->block_size);
}

/* Where in the page its block number `index` lies. */
static uint32_t page_place(const struct hakmem_page *page, uint32_t index)
{
    uint32_t place = index + page_colour(page);
    return place < page->reserved ? place : place - page->reserved;
}

/* Each block goes before or behind those that are linked already, as the secret has it. */
static inline struct remote_chain chain_in_random_order(char *first, uint32_t count, size_t bytes)
{
    struct hakmem_block *block = (struct hakmem_block *)first;
    struct remote_chain chain = {block, block, count};
    for (uint32_t i = 1; i < count; i++) {
        block = (struct hakmem_block *)(first + i * bytes);
        if ((secret_mix((uintptr_t)block) & 1) != 0) {
            block_link(block, chain.first);
            chain.first = block;
        } else {
            block_link(chain.last, block);
            chain.last = block;
        }
    }
    return chain;
}

/* Blocks to add to `capacity`: about 4 KiB of them.  In a coloured page, those that start in one step of memory, so
 * that no second one is touched, and not past the page's end. */
static uint32_t extension(struct hakmem_page *page, uint32_t capacity)
{
    uint32_t left = page->reserved - capacity;
    size_t bytes = page->block_size;
    size_t count = HAKMEM_EXTEND_BYTES / bytes;
    if (page_is_coloured(page)) {
        uint32_t place = page_place(page, capacity);
        count = (HAKMEM_EXTEND_BYTES - place * bytes % HAKMEM_EXTEND_BYTES + bytes - 1) / bytes;
        count = count < page->reserved - place ? count : page->reserved - place;
    }
    count = count == 0 ? 1 : count;
    return count < left ? (uint32_t)count : left;
}

bool page_extend(struct hakmem_page *page)
{
    uint32_t capacity = page_capacity(page);
    if (capacity == page->reserved)
        return false;
    uint32_t count = extension(page, capacity);
    char *first = page_start(page) + (size_t)page_place(page, capacity) * page->block_size;
    char *last = first + (size_t)(count - 1) * page->block_size;
    struct remote_chain chain = {(struct hakmem_block *)first, (struct hakmem_block *)last, count};
    if (HAKMEM_USE_RANDOM_ORDER)
        chain = chain_in_random_order(first, count, page->block_size);
    else
        page_link_in_order(first, last, page->block_size);
    /* Capacity first: a thread that sees the longer list must not take the page for empty. */
    atomic_store_explicit(&page->capacity, capacity + count, memory_order_relaxed);
    lists_add(&page->lists, chain.first, chain.last, count);
    return true;
}

uint32_t page_extend_unlinked(struct hakmem_page *page, size_t bytes, char **first)
{
    uint32_t capacity = page_capacity(page);
    uint32_t left = page->reserved - capacity;
    size_t most = bytes / page->block_size;
    uint32_t count = most < left ? (uint32_t)most : left;
    *first = page_start(page) + (size_t)capacity * page->block_size;
    atomic_store_explicit(&page->capacity, capacity + count, memory_order_relaxed);
    return count;
}

void page_shrink(struct hakmem_page *page, uint32_t count)
{
    atomic_store_explicit(&page->capacity, page_capacity(page) - count, memory_order_relaxed);
}

void page_retire(struct hakmem_page *page)
{
    size_t first = page_slice(page);
    unsigned slices = page->slices;
    COUNT(pages_retired);
    slices_set_owner(first, slices, SLICE_OWNER_NOBODY, 0);
    BLOCK_UNPOISON(slice_start(first), slices * HAKMEM_SLICE_BYTES);
    span_give(first, slices);
}

/* Of a block: which one of the page's it was to be made; SIZE_MAX: it is none. */
static size_t page_index(const struct hakmem_page *page, const struct hakmem_block *block)
{
    uintptr_t offset = (uintptr_t)block - (uintptr_t)page_start(page);
    size_t place = offset / page->block_size;
    if (offset % page->block_size != 0 || place >= page->reserved)
        return SIZE_MAX;
    uint32_t colour = page_colour(page);
    return place >= colour ? place - colour : place + page->reserved - colour;
}

#define BLOCKS_MAX (HAKMEM_SLICE_BYTES / HAKMEM_ALIGNMENT) /* in any page */

/* Moves a chain's sound blocks to *kept; stops at the first that is none, or that was seen before. */
static void chain_keep(struct hakmem_page *page, struct hakmem_block *block, uint64_t *seen, struct remote_chain *kept)
{
    while (block != NULL) {
        size_t index = page_index(page, block);
        if (index >= page_capacity(page) || (seen[index / 64] >> index % 64 & 1) != 0)
            return;
        seen[index / 64] |= (uint64_t)1 << index % 64;
        struct hakmem_block *next = block_next(block);
        block_link(block, kept->first);
        kept->first = block;
        kept->last = kept->last == NULL ? block : kept->last;
        kept->count++;
        block = next;
    }
}

void page_recount(struct hakmem_page *page, struct hakmem_block *more)
{
    const struct hakmem_block *chains[LISTS_CHAINS_MAX];
    uint64_t seen[BLOCKS_MAX / 64] = {0};
    struct remote_chain kept = {NULL, NULL, 0};
    uint32_t expected;
    unsigned count = lists_chains(&page->lists, page_capacity(page), chains, &expected);
    for (unsigned i = 0; i < count; i++)
        chain_keep(page, (struct hakmem_block *)chains[i], seen, &kept);
    chain_keep(page, more, seen, &kept);
    lists_restore(&page->lists, kept, page_capacity(page));
}

/* Counts a chain's blocks into *found; false if a block is not one of the page's, or the chain does not end. */
static bool chain_is_sound(struct hakmem_page *page, const struct hakmem_block *block, uint32_t *found)
{
    uint32_t capacity = page_capacity(page);
    for (; block != NULL; block = block_next(block)) {
        if (page_index(page, block) >= capacity || *found == capacity)
            return false;
        ++*found;
    }
    return true;
}

const char *page_check(struct hakmem_page *page)
{
    const struct hakmem_block *chains[LISTS_CHAINS_MAX];
    uint32_t capacity = page_capacity(page);
    uint32_t expected;
    uint32_t found = 0;
    unsigned count = lists_chains(&page->lists, capacity, chains, &expected);

    if (capacity > page->reserved)
        return "a page has more blocks than fit";
    if (page->block_size != size_class_bytes(page->size_class))
        return "a page's block size is not its class's";
    for (unsigned i = 0; i < count; i++)
        if (!chain_is_sound(page, chains[i], &found))
            return "a free list holds what is no block of its page";
    return found == expected ? NULL : "a page's free lists and its count of used blocks disagree";
}
