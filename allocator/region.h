/*
 * The region: one reservation that every block lives in but huge ones, and the flat metadata beside it.
 *
 *   base                                        one reservation, opened in steps from the left
 *   |slice 0|slice 1|slice 2| … |slice N-1| map[N] | pages[N] | remotes[N] | heaps[H] | zones[N / 64] |
 *    64 KiB                                 8 B      64 B       64 B        66 KiB     24 B
 *
 * From a pointer to its metadata nothing is loaded but these constants:
 *   slice = (p - base) >> 16     and slice < slice_count is the test for NULL and foreign pointers as well.
 *
 * A slice's word in the map, read by every free and written only when the page changes hands:
 *   bits 0..31 owner   0 nobody (a free slice), 1 a large block, 2 orphaned, else the id of the page's heap
 *   bits 32..47 back   slices from the page's first slice to this one
 *   bits 48..51 flags  packed_flags only: what keeps the owner's free from its fast path
 *   bits 52..63 tag    magazines only: the class of the page's blocks, plus one
 * The owner's hot line (pages) and the word that other threads write (remotes) are in separate arrays, so that a
 * free from elsewhere reads the map, writes the remote line, and never touches the owner's.
 */
#ifndef HAKMEM_REGION_H
#define HAKMEM_REGION_H

#include "hakmem_config.h"
#include <stdatomic.h>
#include <stdbool.h>

struct hakmem_page;
struct hakmem_remote;
struct heap_record;
struct zone;

struct hakmem_region {
    uintptr_t base;                /* first byte of slice 0; read by region_base */
    size_t slice_count;            /* slices reserved, 0 until region_init; read by region_slices */
    _Atomic uint64_t *map;         /* slice words: relaxed; a pointer's way to another thread orders them */
    struct hakmem_page *pages;     /* a page's record is that of its first slice */
    struct hakmem_remote *remotes; /* likewise */
    struct heap_record *heaps;     /* heap records, by index */
    size_t heap_count;             /* heap records reserved */
    struct zone *zones;            /* what is known of 64 slices, see home.h */
    bool has_huge_zones;           /* huge pages are wanted, and zones start at multiples of one */
    _Atomic uint64_t *guard_bits;  /* guards only: where live blocks start, see guard.h */
};

/* Written once by region_init before any pointer into the region exists, constant from then on; base and slice_count
 * may be read earlier. */
extern struct hakmem_region hakmem_region;

#define SLICE_OWNER_NOBODY 0u
#define SLICE_OWNER_SPAN   1u /* a large block, nobody's */
#define SLICE_OWNER_ORPHAN 2u
#define SLICE_OWNER_FIRST  3u /* the id of heap 0 */
#define SLICE_BACK_SHIFT   32
#define SLICE_BACK_MASK    0xffffu
#define SLICE_FLAG_SHIFT   48
#define SLICE_TAG_SHIFT    52

/* Reserves the region, on the highest rung of the ladder that the system grants.  Idempotent, thread-safe.  False
 * if even the lowest rung is refused. */
bool region_init(void);
/* Held around fork(). */
void region_lock(void);
void region_unlock(void);

/* Makes slices [0, count) and their metadata usable.  The caller holds nobody's lock (home.h).  False: no memory. */
bool region_open(size_t count);
/* Makes heap record `index` usable.  The caller holds the heap table's lock.  False: no memory. */
bool region_open_heap(size_t index);

/* free may ask whether NULL or a huge block lies in the region while another thread reserves it.  Until then it has no
 * slice, and its base is half of all addresses away from any pointer: so that is outside, whichever of the two is seen
 * first.  Who got a block of the region sees both.  Relaxed loads; but as such the compiler (gcc 12) would not make
 * them part of the instructions that compute with them, so that only a race checker gets to see them. */
#define REGION_BASE_NOWHERE ((uintptr_t)1 << 63)
static inline uintptr_t region_base(void)
{
    return HAKMEM_TSAN ? __atomic_load_n(&hakmem_region.base, __ATOMIC_RELAXED) : hakmem_region.base;
}
static inline size_t region_slices(void)
{
    return HAKMEM_TSAN ? __atomic_load_n(&hakmem_region.slice_count, __ATOMIC_RELAXED) : hakmem_region.slice_count;
}

/* Slice index of a pointer; at least slice_count for NULL and for whatever is not in the region. */
static inline size_t slice_of(const void *p)
{
    return ((uintptr_t)p - region_base()) >> HAKMEM_SLICE_SHIFT;
}

static inline char *slice_start(size_t slice)
{
    return (char *)(region_base() + (slice << HAKMEM_SLICE_SHIFT));
}

static inline uint64_t slice_word(size_t slice)
{
    return atomic_load_explicit(&hakmem_region.map[slice], memory_order_relaxed);
}

static inline uint32_t slice_word_owner(uint64_t word)
{
    return (uint32_t)word;
}
static inline size_t slice_word_back(uint64_t word)
{
    return (word >> SLICE_BACK_SHIFT) & SLICE_BACK_MASK;
}

static inline size_t slice_word_tag(uint64_t word)
{
    return word >> SLICE_TAG_SHIFT;
}

/* The word's upper 16 bits, tag and flags, by a load of their own: what needs no more of it need not shift. */
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the upper 16 bits come last");
typedef uint16_t slice_part __attribute__((may_alias));
static inline size_t slice_top(size_t slice)
{
    const slice_part *parts = (const slice_part *)&hakmem_region.map[slice];
    return __atomic_load_n(&parts[SLICE_FLAG_SHIFT / 16], __ATOMIC_RELAXED);
}

/* Names the owner of a page's slices and the tag of its blocks' magazine; flags cleared. */
static inline void slices_set_owner(size_t first, size_t count, uint32_t owner, unsigned tag)
{
    uint64_t head = owner | (uint64_t)tag << SLICE_TAG_SHIFT;
    for (size_t i = 0; i < count; i++) {
        uint64_t word = owner == SLICE_OWNER_NOBODY ? 0 : head | (uint64_t)i << SLICE_BACK_SHIFT;
        atomic_store_explicit(&hakmem_region.map[first + i], word, memory_order_relaxed);
    }
}

#endif
