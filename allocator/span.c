/*
 * Spans: a bitmap of used slices and one of dirty slices (free, but still backed by memory).
 *
 *   used    1101 0011 1000 …      first fit, lowest address first: what is live stays dense at the
 *   dirty   0010 1100 0000 …      left, and memory that was touched already is taken before memory that was not
 *
 * A search need not start at the left: fit_from[n] is where the first run of n free slices may start, so that in steady
 * state it looks at one run or two.
 *
 * Invariants: no slice is both used and dirty; every slice at or past `frontier` is neither; no run of n free slices
 * starts below fit_from[n]; the counters equal the bits.  All state is guarded by `lock`.
 */
#include "span.h"
#include "count.h"
#include "os.h"
#include "region.h"
#include "short_lock.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define WORD_BITS  64
#define used_bits  (hakmem_region.used_bits)
#define dirty_bits (hakmem_region.dirty_bits)

#define FIT_MAX 32 /* longer runs are looked for from where runs of so many may start */
static size_t fit_from[FIT_MAX + 1];
static size_t frontier; /* no slice at or past it was ever used */
static size_t used_count;
static size_t dirty_count;

/* Free memory is kept for reuse up to 32 MiB and half of what is in use; then all of it goes back at once.  The limit
 * is generous because a purge and the faults after it cost thousands of fast operations (DESIGN.md, "Purging"). */
#define DIRTY_FLOOR_SLICES ((size_t)512)
#define DIRTY_SHARE        2

/* Phase 6, in two rules.  What stayed dirty all through a window of 250 ms, the low watermark, was not needed and goes:
 * a program whose phases take and free the same memory faster than that never pays for it twice.  And at most once a
 * second, when next to nothing is in use any more, all but 2 MiB goes at once: the program may never call again. */
#define WINDOW_NS         ((uint64_t)250 * 1000 * 1000)
#define DROP_NS           ((uint64_t)1000 * 1000 * 1000)
#define DROP_KEEP_SLICES  ((size_t)32)
#define DROP_DIRTY_SLICES ((size_t)64) /* less is not worth it */
#define DROP_USED_SLICES  ((size_t)96) /* about what empty pages of every small class may hold */
#define DROP_USED_SHARE   64           /* or this part of what is dirty */
#define DROP_AGAIN_SHARE  4 /* the same drop goes on when so much less is in use: a handful of times at most */

static uint64_t window_start_ns;
static uint64_t drop_ns; /* when the second rule was last applied; 0: never */
static size_t drop_used; /* used_count then */
static size_t watermark; /* the least dirty_count in this window */

static bool bit_get(const uint64_t *bits, size_t i)
{
    return bits[i / WORD_BITS] >> (i % WORD_BITS) & 1;
}

/* Sets or clears bits [first, first + count); how many of them were set before. */
static size_t bits_fill(uint64_t *bits, size_t first, size_t count, bool value)
{
    size_t were_set = 0;
    for (size_t i = first, end = first + count; i < end;) {
        size_t shift = i % WORD_BITS;
        size_t run = WORD_BITS - shift < end - i ? WORD_BITS - shift : end - i;
        uint64_t mask = (~(uint64_t)0 >> (WORD_BITS - run)) << shift;
        uint64_t *word = &bits[i / WORD_BITS];
        if ((*word & mask) != 0)
            were_set += (size_t)__builtin_popcountll(*word & mask);
        *word = value ? *word | mask : *word & ~mask;
        i += run;
    }
    return were_set;
}

/* The first index from `i` on, below `end`, whose bit is `value`; `end` if there is none. */
static size_t bit_find(const uint64_t *bits, size_t i, size_t end, bool value)
{
    uint64_t flip = value ? 0 : ~(uint64_t)0;
    while (i < end) {
        uint64_t rest = (bits[i / WORD_BITS] ^ flip) >> (i % WORD_BITS);
        if (rest != 0) {
            i += (size_t)__builtin_ctzll(rest);
            return i < end ? i : end;
        }
        i = (i / WORD_BITS + 1) * WORD_BITS;
    }
    return end;
}

/* One past the last index below `end` whose bit is `value`; 0 if there is none. */
static size_t bit_find_last(const uint64_t *bits, size_t end, bool value)
{
    uint64_t flip = value ? 0 : ~(uint64_t)0;
    while (end > 0) {
        size_t word = (end - 1) / WORD_BITS;
        uint64_t below = (bits[word] ^ flip) << (WORD_BITS - 1 - (end - 1) % WORD_BITS);
        if (below != 0)
            return end - (size_t)__builtin_clzll(below);
        end = word * WORD_BITS;
    }
    return 0;
}

/* First fit below the frontier, or the frontier's own end. */
static size_t run_find(size_t count)
{
    size_t *from = &fit_from[count < FIT_MAX ? count : FIT_MAX];
    size_t start = bit_find(used_bits, *from, frontier, false);
    while (start < frontier) {
        size_t end = bit_find(used_bits, start, frontier, true);
        if (end - start >= count || end == frontier)
            break;
        start = bit_find(used_bits, end, frontier, false);
    }
    if (count <= FIT_MAX)
        *from = start;
    return start;
}

/* Slices came free: the run that they are part of now may be the first of its length, and of every shorter one.  No
 * more than FIT_MAX slices on either side need be looked at: a run of so many was known before. */
static void fit_update(size_t first, size_t count)
{
    size_t start = first;
    while (start > 0 && first - start < FIT_MAX && !bit_get(used_bits, start - 1))
        start--;
    size_t seen = first + count + FIT_MAX < frontier ? first + count + FIT_MAX : frontier;
    size_t end = bit_find(used_bits, first + count, seen, true);
    size_t length = end == frontier || end - start > FIT_MAX ? FIT_MAX : end - start;
    for (size_t n = 1; n <= length; n++)
        if (fit_from[n] > start)
            fit_from[n] = start;
}

/* Returns whether no slice of the run was dirty: its memory reads zero. */
static bool run_take(size_t first, size_t count)
{
    bits_fill(used_bits, first, count, true);
    size_t was_dirty = bits_fill(dirty_bits, first, count, false);
    dirty_count -= was_dirty;
    if (dirty_count < watermark)
        watermark = dirty_count;
    used_count += count;
    if (first + count > frontier)
        frontier = first + count;
    return was_dirty == 0;
}

size_t span_take(size_t count, bool *zero)
{
    short_lock(&lock);
    size_t first = run_find(count);
    if (region_open(first + count))
        *zero = run_take(first, count);
    else
        first = SPAN_NONE;
    pthread_mutex_unlock(&lock);
    return first;
}

/* Purges dirty runs from the highest address down, where they are needed last, until `keep` slices are dirty.  Lock
 * held. */
static size_t purge_locked(size_t keep)
{
    size_t purged = 0;
    size_t end = frontier;
    while (dirty_count > keep && (end = bit_find_last(dirty_bits, end, true)) != 0) {
        size_t start = bit_find_last(dirty_bits, end, false);
        if (end - start > dirty_count - keep)
            start = end - (dirty_count - keep);
        if (!os_purge(slice_start(start), (end - start) << HAKMEM_SLICE_SHIFT))
            break; /* it stays dirty: nobody may take it for zero */
        COUNT(purges);
        dirty_count -= bits_fill(dirty_bits, start, end - start, false);
        purged += end - start;
        end = start;
    }
    return purged;
}

/* Slices were given back: is it time to purge, and how much?  Lock held.  Phases 0 to 5: */
static void purge_by_limit(void)
{
    if (dirty_count > DIRTY_FLOOR_SLICES + used_count / DIRTY_SHARE)
        purge_locked(0);
}

static void purge_by_watermark(void)
{
    if (dirty_count < DROP_DIRTY_SLICES)
        return;
    uint64_t now = os_coarse_ns();
    bool is_drop = used_count <= DROP_USED_SLICES + dirty_count / DROP_USED_SHARE;
    if (is_drop && (drop_ns == 0 || now - drop_ns >= DROP_NS || used_count < drop_used / DROP_AGAIN_SHARE)) {
        purge_locked(DROP_KEEP_SLICES);
        drop_ns = now;
        drop_used = used_count;
    }
    if (now - window_start_ns >= WINDOW_NS) {
        if (window_start_ns != 0)
            purge_locked(dirty_count > watermark ? dirty_count - watermark : 0);
        window_start_ns = now;
        watermark = dirty_count;
    }
}

void span_give(size_t first, size_t count)
{
    short_lock(&lock);
    bits_fill(used_bits, first, count, false);
    bits_fill(dirty_bits, first, count, true);
    used_count -= count;
    dirty_count += count;
    fit_update(first, count);
    if (HAKMEM_USE_WATERMARK_PURGE)
        purge_by_watermark();
    else
        purge_by_limit();
    pthread_mutex_unlock(&lock);
}

bool span_grow(size_t first, size_t count, size_t new_count)
{
    short_lock(&lock);
    size_t end = first + new_count;
    bool room = region_open(end) && bit_find(used_bits, first + count, end, true) == end;
    if (room)
        run_take(first + count, new_count - count);
    pthread_mutex_unlock(&lock);
    return room;
}

size_t span_purge(size_t keep_bytes)
{
    short_lock(&lock);
    size_t purged = purge_locked(keep_bytes >> HAKMEM_SLICE_SHIFT);
    pthread_mutex_unlock(&lock);
    return purged << HAKMEM_SLICE_SHIFT;
}

size_t span_frontier(void)
{
    return frontier;
}

struct span_stats span_stats(void)
{
    short_lock(&lock);
    struct span_stats stats = {
        .used_bytes = used_count << HAKMEM_SLICE_SHIFT,
        .dirty_bytes = dirty_count << HAKMEM_SLICE_SHIFT,
        .peak_bytes = frontier << HAKMEM_SLICE_SHIFT,
    };
    pthread_mutex_unlock(&lock);
    return stats;
}

static const char *fit_check(void)
{
    for (size_t start = bit_find(used_bits, 0, frontier, false), end; start < frontier;
         start = bit_find(used_bits, end, frontier, false)) {
        end = bit_find(used_bits, start, frontier, true);
        if (start < fit_from[end - start < FIT_MAX ? end - start : FIT_MAX])
            return "a free run starts where none of its length should";
    }
    return NULL;
}

const char *span_check(void)
{
    const char *broken = NULL;
    size_t used = 0;
    size_t dirty = 0;
    short_lock(&lock);
    for (size_t i = 0; i < frontier; i++) {
        used += bit_get(used_bits, i);
        dirty += bit_get(dirty_bits, i);
        if (bit_get(used_bits, i) && bit_get(dirty_bits, i))
            broken = "a slice is both used and dirty";
    }
    if (broken == NULL)
        broken = fit_check();
    if (used != used_count || dirty != dirty_count)
        broken = "the span counters differ from the bitmaps";
    pthread_mutex_unlock(&lock);
    return broken;
}

void span_lock(void)
{
    short_lock(&lock);
}
void span_unlock(void)
{
    pthread_mutex_unlock(&lock);
}
