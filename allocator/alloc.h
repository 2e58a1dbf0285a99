/* What the fast paths of alloc.c fall back to, and what the rest of the interface asks of them. */
#ifndef HAKMEM_ALLOC_H
#define HAKMEM_ALLOC_H

#include "guard.h"
#include "heap.h"

/* malloc when the first page has no block, the thread has no heap yet, or the request is too large for a page. */
void *alloc_slow(size_t size) HAKMEM_COLD;
/* The same, where a class may have a fresh range (fresh.h). */
void *alloc_fresh(size_t size);
/* A block whose address is a multiple of `alignment` (a power of two); NULL and ENOMEM. */
void *alloc_aligned(size_t size, size_t alignment);
/* A block of zeroes, above HAKMEM_MEDIUM_BLOCK_MAX bytes (guards: of any size); NULL and ENOMEM. */
void *alloc_zeroed(size_t size);
/* Resizes a large or huge block without copying it; *p may change.  False: it cannot be done. */
bool alloc_resized(void **p, size_t size);
/* free of what is not in the region: NULL, a mapping of its own, or a pointer that hakmem never gave. */
void free_outside(void *p) HAKMEM_COLD;
/* Dual lists: free of what is not a first-slice block of a listed page of the calling thread. */
void free_general(void *p, size_t slice, uint64_t word);
/* Dual lists: takes a block back into a page of the heap. */
void free_owned(struct hakmem_heap *heap, struct hakmem_page *page, struct hakmem_block *block);
#if HAKMEM_USE_DUAL_LISTS
/* Dual lists: gives blocks, linked to a chain, back to their page, which is not the heap's. */
void free_remote(struct hakmem_heap *heap, struct hakmem_page *page, struct remote_chain chain);
#endif
/* Magazines: free of what neither a magazine takes nor a page of the thread. */
void free_unmagazined(void *p, size_t slice, uint64_t word);
/* Dual lists: a dry page has a block again, or a page's last block in use came back. */
void free_event(struct hakmem_heap *heap, struct hakmem_page *page) HAKMEM_COLD;
/* Shared list: the page's last block in use came back. */
void free_emptied(struct hakmem_page *page) HAKMEM_COLD;
/* free of what lies in a slice without a page: a large block, or an error. */
void free_no_page(void *p, size_t slice, uint64_t word) HAKMEM_COLD;
/* Ends the process: `p` lies in a slice that holds no block. */
_Noreturn void free_invalid(const void *p) HAKMEM_COLD;
/* Guards: malloc without a guard, and all of a block's bytes, its canary included. */
void *alloc_whole(size_t size);
/* The same, for callers that would need a stack frame to call what does not return. */
void free_twice(const void *p) HAKMEM_COLD;
/* The size of a block that is in no page, or whose slice holds none: then it ends the process. */
size_t alloc_usable_outside(const void *p) HAKMEM_COLD;
/* Is a block, or NULL, where an aligned request wants it?  Only a borrowed one may not be (borrow.h). */
static inline bool alloc_is_aligned(const void *block, size_t alignment)
{
    return !HAKMEM_USE_BORROWED_BLOCKS || ((uintptr_t)block & (alignment - 1)) == 0;
}
/* malloc if its shortest path has a block, else NULL; errno stays. */
void *alloc_quick(size_t size);

static inline size_t alloc_usable_whole(const void *p)
{
    size_t slice = slice_of(p);
    if (HAKMEM_UNLIKELY(slice >= region_slices()))
        return alloc_usable_outside(p);
    uint64_t word = slice_word(slice);
    size_t tag = slice_word_tag(word);
    if (HAKMEM_USE_MAGAZINES && HAKMEM_LIKELY(tag != 0)) /* the table is smaller than the pages' records */
        return size_class_table[tag];
    if (HAKMEM_UNLIKELY(slice_word_owner(word) == SLICE_OWNER_NOBODY))
        return alloc_usable_outside(p);
    return page_of_slice(slice, word)->block_size;
}

/* Bytes that the block may use; ends the process if it is none of ours. */
static inline size_t alloc_usable(void *p)
{
    return HAKMEM_USE_GUARDS ? guard_usable(p) : alloc_usable_whole(p);
}

/* Counting builds: a malloc that took the fast path. */
static inline void alloc_count_fast(size_t size)
{
    if (HAKMEM_COUNT && size <= HAKMEM_TINY_MAX)
        COUNT(malloc_tiny);
}

#endif
