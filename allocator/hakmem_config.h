/*
 * Configuration: the features that phases are made of, and the geometry that all phases share.
 *
 * Every HAKMEM_USE_* macro is always defined, as 0 or 1, by the build (allocator/build.mk passes one -D for each
 * feature).  Code says `if (HAKMEM_USE_X)` and the compiler folds it; `#if` is kept for includes and whole structs.
 */
#ifndef HAKMEM_CONFIG_H
#define HAKMEM_CONFIG_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* --- features ---------------------------------------------------------------------------------------------- */

#define HAKMEM_IS_BOOL(x) ((x) == 0 || (x) == 1)
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_DIRECT_CACHE), "HAKMEM_USE_DIRECT_CACHE is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_DUAL_LISTS), "HAKMEM_USE_DUAL_LISTS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_BRANCH_HINTS), "HAKMEM_USE_BRANCH_HINTS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_PACKED_FLAGS), "HAKMEM_USE_PACKED_FLAGS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_LARGE_SPANS), "HAKMEM_USE_LARGE_SPANS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_LOCAL_HEADS), "HAKMEM_USE_LOCAL_HEADS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_WATERMARK_PURGE), "HAKMEM_USE_WATERMARK_PURGE is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_RESIZE_IN_PLACE), "HAKMEM_USE_RESIZE_IN_PLACE is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_ZERO_KNOWLEDGE), "HAKMEM_USE_ZERO_KNOWLEDGE is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_MAGAZINES), "HAKMEM_USE_MAGAZINES is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_MEDIUM_MAGAZINES), "HAKMEM_USE_MEDIUM_MAGAZINES is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_SPARE_SPANS), "HAKMEM_USE_SPARE_SPANS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_COLOURED_SPANS), "HAKMEM_USE_COLOURED_SPANS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_LONG_SPANS), "HAKMEM_USE_LONG_SPANS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_DOUBLE_FREE_CHECK), "HAKMEM_USE_DOUBLE_FREE_CHECK is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_HOME_ZONES), "HAKMEM_USE_HOME_ZONES is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_PARKED_HEAPS), "HAKMEM_USE_PARKED_HEAPS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_LONG_MAGAZINES), "HAKMEM_USE_LONG_MAGAZINES is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_COLOURED_PAGES), "HAKMEM_USE_COLOURED_PAGES is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_GROWING_SPANS), "HAKMEM_USE_GROWING_SPANS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_SPARSE_BLOCKS), "HAKMEM_USE_SPARSE_BLOCKS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_BORROWED_BLOCKS), "HAKMEM_USE_BORROWED_BLOCKS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_ROOMY_SPANS), "HAKMEM_USE_ROOMY_SPANS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_MAILBOXES), "HAKMEM_USE_MAILBOXES is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_FRESH_RANGES), "HAKMEM_USE_FRESH_RANGES is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_SHORT_CALLS), "HAKMEM_USE_SHORT_CALLS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_ENCODED_LINKS), "HAKMEM_USE_ENCODED_LINKS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_RANDOM_ORDER), "HAKMEM_USE_RANDOM_ORDER is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_USE_GUARDS), "HAKMEM_USE_GUARDS is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_COUNT), "HAKMEM_COUNT is 0 or 1");
static_assert(HAKMEM_IS_BOOL(HAKMEM_OVERRIDE), "HAKMEM_OVERRIDE is 0 or 1");
static_assert(!HAKMEM_USE_PACKED_FLAGS || HAKMEM_USE_DUAL_LISTS,
              "packed_flags needs dual_lists: the flags guard the owner's local free, which only dual lists have");

static_assert(!HAKMEM_USE_LOCAL_HEADS || HAKMEM_USE_DUAL_LISTS,
              "local_heads needs dual_lists: a head is filled from lists that only the owner touches");

static_assert(!HAKMEM_USE_ZERO_KNOWLEDGE || HAKMEM_USE_LARGE_SPANS,
              "zero_knowledge needs large_spans: it is spans that know whether their memory was touched");

static_assert(!HAKMEM_USE_MAGAZINES || HAKMEM_USE_LOCAL_HEADS,
              "magazines needs local_heads: an empty magazine leaves malloc to the list head");

static_assert(!HAKMEM_USE_MEDIUM_MAGAZINES || HAKMEM_USE_MAGAZINES,
              "medium_magazines needs magazines: it adds sizes to them");

static_assert(!HAKMEM_USE_SPARE_SPANS || HAKMEM_USE_LARGE_SPANS,
              "spare_spans needs large_spans: without them there is nothing to keep");

static_assert(!HAKMEM_USE_COLOURED_SPANS || HAKMEM_USE_LARGE_SPANS,
              "coloured_spans needs large_spans: it is in their spans that blocks start at different places");

static_assert(!HAKMEM_USE_DOUBLE_FREE_CHECK || HAKMEM_USE_MAGAZINES,
              "double_free_check needs magazines: it is there that it looks");

static_assert(!HAKMEM_USE_LONG_MAGAZINES || HAKMEM_USE_MAGAZINES,
              "long_magazines needs magazines: it makes them longer");

static_assert(!HAKMEM_USE_BORROWED_BLOCKS || HAKMEM_USE_MAGAZINES,
              "borrowed_blocks needs magazines: it is from there that a class lends");

static_assert(!HAKMEM_USE_LONG_SPANS || HAKMEM_USE_LARGE_SPANS, "long_spans needs large_spans: it makes them longer");

static_assert(!HAKMEM_USE_GROWING_SPANS || (HAKMEM_USE_LARGE_SPANS && HAKMEM_USE_RESIZE_IN_PLACE),
              "growing_spans needs large_spans and resize_in_place: a block grows on in a span");

static_assert(!HAKMEM_USE_ROOMY_SPANS || (HAKMEM_USE_LARGE_SPANS && HAKMEM_USE_RESIZE_IN_PLACE),
              "roomy_spans needs large_spans and resize_in_place: it is to resize in place that they have room");

static_assert(!HAKMEM_USE_SPARSE_BLOCKS || HAKMEM_USE_ZERO_KNOWLEDGE,
              "sparse_blocks needs zero_knowledge: a block that calloc need not clear is what it learns from");

static_assert(!HAKMEM_USE_MAILBOXES || HAKMEM_USE_MAGAZINES,
              "mailboxes needs magazines: it is between them that blocks go");

static_assert(!HAKMEM_USE_FRESH_RANGES || HAKMEM_USE_LOCAL_HEADS,
              "fresh_ranges needs local_heads: a range is what else a class's head may hold");

static_assert(!HAKMEM_USE_SHORT_CALLS || HAKMEM_USE_WATERMARK_PURGE,
              "short_calls needs watermark_purge: it is that rule's purges that it takes apart");

/* --- geometry ---------------------------------------------------------------------------------------------- */

/* A slice is the unit of the region and of the slice map: 64 KiB, so that a page of small blocks is one slice. */
#define HAKMEM_SLICE_SHIFT 16
#define HAKMEM_SLICE_BYTES ((size_t)1 << HAKMEM_SLICE_SHIFT)

/* Every block is aligned to 16 bytes, the alignment of max_align_t on x86-64 and aarch64. */
#define HAKMEM_ALIGNMENT 16

/* Sizes to HAKMEM_TINY_MAX are "tiny": 16-byte steps, and the reach of the direct page cache. */
#define HAKMEM_TINY_MAX 1024
/* Blocks to MEDIUM_BLOCK_MAX / 8 share one slice; to MEDIUM_BLOCK_MAX, two to eight; above, a page is a few blocks. */
#define HAKMEM_SMALL_BLOCK_MAX  ((size_t)8 << 10)
#define HAKMEM_MEDIUM_BLOCK_MAX ((size_t)64 << 10)
/* Larger requests get a mapping of their own. */
#define HAKMEM_LARGE_BLOCK_MAX ((size_t)2 << 20)
/* long_spans: spans reach further than classes do, so that what a program maps and unmaps all the time stays mapped. */
#define HAKMEM_SPAN_BLOCK_MAX (HAKMEM_USE_LONG_SPANS ? (size_t)32 << 20 : HAKMEM_LARGE_BLOCK_MAX)

/* A page hands memory to its free list in steps of this size, so that memory is touched only when it is used. */
#define HAKMEM_EXTEND_BYTES ((size_t)4096)

/* The line that two cores fight over: x86-64 and most aarch64 cores use 64 bytes. */
#define HAKMEM_CACHE_LINE 64

/* Requests above this cannot be represented in a ptrdiff_t and are refused with ENOMEM. */
#define HAKMEM_REQUEST_MAX ((size_t)PTRDIFF_MAX)

/* --- how the compiler is spoken to -------------------------------------------------------------------------- */

#if HAKMEM_USE_BRANCH_HINTS && defined(__GNUC__)
#define HAKMEM_LIKELY(x)   __builtin_expect(!!(x), 1)
#define HAKMEM_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define HAKMEM_COLD        __attribute__((cold, noinline))
#else
#define HAKMEM_LIKELY(x)   (x)
#define HAKMEM_UNLIKELY(x) (x)
#define HAKMEM_COLD
#endif

/* malloc and free begin at a cache line: each one's shortest path is then on one line, or two, in every variant and
 * program, and the difference between two phases is not where the linker happened to put them. */
#define HAKMEM_ALIGNED_CODE __attribute__((aligned(HAKMEM_CACHE_LINE)))

#define HAKMEM_EXPORT __attribute__((visibility("default")))

#if defined(__SANITIZE_THREAD__)
#define HAKMEM_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAKMEM_TSAN 1
#endif
#endif
#ifndef HAKMEM_TSAN
#define HAKMEM_TSAN 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define HAKMEM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAKMEM_ASAN 1
#endif
#endif
#ifndef HAKMEM_ASAN
#define HAKMEM_ASAN 0
#endif

#endif
