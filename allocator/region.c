/*
 * The region: reserving it, and opening it step by step.
 *
 * Invariant: everything below `opened_slices` is readable and writable, metadata included; the rest is PROT_NONE.
 * The ladder exists because 16 TiB is refused under `ulimit -v`, valgrind, some containers and strict overcommit.
 */
#define _GNU_SOURCE /* environ */
#include "region.h"
#include "home.h"
#include "guard.h"
#include "heap.h"
#include "lock.h"
#include "options.h"
#include "os.h"
#include "page.h"
#include "purge_parts.h"
#include "secret.h"
#include <unistd.h>

struct hakmem_region hakmem_region = {.base = REGION_BASE_NOWHERE};

static struct lock init_lock;
static _Atomic bool ready;   /* released with the region's fields, acquired by whoever skips the lock */
static size_t opened_slices; /* guarded by nobody's lock, see home.h */

/* Region sizes tried, in bytes.  ThreadSanitizer shadows what is mapped: a small rung keeps its start quick. */
static const size_t ladder[] = {
#if !HAKMEM_TSAN
    (size_t)16 << 40, (size_t)1 << 40, (size_t)64 << 30,
#endif
    (size_t)4 << 30,  (size_t)1 << 30, (size_t)256 << 20, (size_t)64 << 20, (size_t)16 << 20,
};
#define LADDER_RUNGS (sizeof ladder / sizeof ladder[0])

/* Under an address-space limit the region takes at most this share, the rest is for libraries and mappings. */
#define LIMIT_SHARE 2

/* Heap records reserved: one for each 4 MiB of region, but no fewer than 64 and no more than Linux has threads. */
#define HEAP_RECORDS_PER_BYTES ((size_t)4 << 20)
#define HEAP_RECORDS_MIN       ((size_t)64)
#define HEAP_RECORDS_MAX       ((size_t)1 << 18)

/* Where huge pages may be wanted, the region starts at a multiple of one; the small rungs have no space to lose. */
#define HUGE_BYTES      ((size_t)2 << 20)
#define HUGE_REGION_MIN ((size_t)1 << 30)

/* Opened at a time: 1024 slices are 64 MiB of blocks, 8 KiB of map and 64 KiB of each metadata array. */
#define OPEN_STEP_SLICES ((size_t)1024)
/* Where that is refused (RLIMIT_DATA, strict overcommit): 4 MiB, a word of each bitmap. */
#define OPEN_MIN_SLICES ((size_t)64)

/* coloured_pages: the slice map and a heap's fields begin at different places of a cache, too. */
#define HEAPS_OFFSET (HAKMEM_USE_COLOURED_PAGES ? (size_t)2048 : 0)

static size_t heap_records_for(size_t bytes)
{
    size_t count = bytes / HEAP_RECORDS_PER_BYTES;
    if (count < HEAP_RECORDS_MIN)
        return HEAP_RECORDS_MIN;
    return count > HEAP_RECORDS_MAX ? HEAP_RECORDS_MAX : count;
}

/* Rounds up to whole slices, so that no two arrays share a system page of any size up to 64 KiB. */
static size_t slice_round(size_t bytes)
{
    return (bytes + HAKMEM_SLICE_BYTES - 1) & ~(HAKMEM_SLICE_BYTES - 1);
}

static bool region_reserve(size_t bytes)
{
    size_t slices = bytes >> HAKMEM_SLICE_SHIFT;
    size_t heaps = heap_records_for(bytes);
    size_t map_bytes = slice_round(slices * sizeof(uint64_t));
    size_t pages_bytes = slice_round(slices * sizeof(struct hakmem_page));
    size_t remotes_bytes = slice_round(slices * sizeof(struct hakmem_remote));
    size_t heaps_bytes = slice_round(HEAPS_OFFSET + heaps * sizeof(struct heap_record));
    size_t zones_bytes = slice_round(slices / ZONE_SLICES * sizeof(struct zone));
    bool has_huge_zones = hakmem_options.huge_pages && bytes >= HUGE_REGION_MIN && os_page_bytes() == HUGE_BYTES / 512;
    size_t alignment = has_huge_zones ? HUGE_BYTES : HAKMEM_SLICE_BYTES;
    size_t guard_bytes = HAKMEM_USE_GUARDS ? slice_round(slices * GUARD_WORDS_PER_SLICE * sizeof(uint64_t)) : 0;
    size_t total =
        bytes + map_bytes + pages_bytes + remotes_bytes + heaps_bytes + zones_bytes + guard_bytes + alignment;

    if (total > os_address_limit() / LIMIT_SHARE || total > hakmem_options.reserve_bytes)
        return false;
    void *start = os_reserve(total);
    if (start == NULL)
        return false;
    uintptr_t at = ((uintptr_t)start + alignment - 1) & ~(alignment - 1);
    __atomic_store_n(&hakmem_region.base, at, __ATOMIC_RELAXED);
    hakmem_region.map = (_Atomic uint64_t *)(at += bytes);
    hakmem_region.pages = (struct hakmem_page *)(at += map_bytes);
    hakmem_region.remotes = (struct hakmem_remote *)(at += pages_bytes);
    hakmem_region.heaps = (struct heap_record *)((at += remotes_bytes) + HEAPS_OFFSET);
    hakmem_region.zones = (struct zone *)(at += heaps_bytes);
    hakmem_region.guard_bits = (_Atomic uint64_t *)(at += zones_bytes);
    hakmem_region.has_huge_zones = has_huge_zones;
    hakmem_region.heap_count = heaps;
    __atomic_store_n(&hakmem_region.slice_count, slices, __ATOMIC_RELAXED);
    return true;
}

bool region_init(void)
{
    if (atomic_load_explicit(&ready, memory_order_acquire))
        return true;
    lock_take(&init_lock);
    options_load(environ);
    if (HAKMEM_USE_ENCODED_LINKS || HAKMEM_USE_RANDOM_ORDER || HAKMEM_USE_GUARDS)
        secret_init();
    for (size_t rung = 0; region_slices() == 0 && rung < LADDER_RUNGS; rung++)
        region_reserve(ladder[rung]);
    if (HAKMEM_USE_SHORT_CALLS)
        parts_init();
    bool reserved = region_slices() != 0;
    atomic_store_explicit(&ready, reserved, memory_order_release);
    lock_give(&init_lock);
    return reserved;
}

void region_lock(void)
{
    lock_take(&init_lock);
}
void region_unlock(void)
{
    lock_give(&init_lock);
}

/* Opens slices [0, count), rounded up to whole steps. */
static bool open_in_steps(size_t count, size_t step)
{
    size_t target = (count + step - 1) / step * step;
    if (target > region_slices())
        target = region_slices();
    if (count > target)
        return false;
    size_t from = opened_slices;
    size_t more = target - from;
    if (!os_open(&hakmem_region.map[from], more * sizeof(uint64_t)) ||
        !os_open(&hakmem_region.pages[from], more * sizeof(struct hakmem_page)) ||
        !os_open(&hakmem_region.remotes[from], more * sizeof(struct hakmem_remote)) ||
        !os_open(&hakmem_region.zones[from / ZONE_SLICES], more / ZONE_SLICES * sizeof(struct zone)) ||
        (HAKMEM_USE_GUARDS && !os_open(&hakmem_region.guard_bits[from * GUARD_WORDS_PER_SLICE],
                                       more * GUARD_WORDS_PER_SLICE * sizeof(uint64_t))) ||
        !os_open(slice_start(from), more << HAKMEM_SLICE_SHIFT))
        return false;
    opened_slices = target;
    return true;
}

bool region_open(size_t count)
{
    return count <= opened_slices || open_in_steps(count, OPEN_STEP_SLICES) || open_in_steps(count, OPEN_MIN_SLICES);
}

bool region_open_heap(size_t index)
{
    return os_open(&hakmem_region.heaps[index], sizeof(struct heap_record));
}
