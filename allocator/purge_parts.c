/* Purging in parts: see purge_parts.h. */
#include "purge_parts.h"
#include "os.h"
#include "purge.h"

#if HAKMEM_USE_SHORT_CALLS

/* --- what a window found idle -------------------------------------------------------------------------------- */

static_assert(HOME_COUNT <= 32, "a bit for each home");
static _Atomic uint32_t owing; /* homes, changed under the lock of the home whose bit it is */

static uint32_t bit_of(const struct home *home)
{
    return (uint32_t)1 << (home - hakmem_homes);
}

static void owe(struct home *home, size_t slices)
{
    home->due = slices;
    if (slices > 0)
        atomic_fetch_or_explicit(&owing, bit_of(home), memory_order_relaxed);
    else
        atomic_fetch_and_explicit(&owing, ~bit_of(home), memory_order_relaxed);
}

void parts_owe(struct home *home, size_t slices)
{
    owe(home, slices);
}

/* At most `most` of what is due, and of what has stayed idle since. */
static void pay(struct home *home, size_t most)
{
    size_t due = home->due < home->low_dirty ? home->due : home->low_dirty;
    size_t part = due < most ? due : most;
    size_t gone = part > 0 ? home_purge(home, home_dirty(home) - part) : 0;
    owe(home, gone < part ? 0 : due - gone); /* fewer: the system refuses */
}

void parts_settle(struct home *home)
{
    if (home->due > 0)
        pay(home, home->due);
}

void parts_pay(struct home *home)
{
    uint32_t homes = atomic_load_explicit(&owing, memory_order_relaxed);
    if (HAKMEM_LIKELY(homes == 0))
        return;
    if ((homes & bit_of(home)) == 0)
        home = &hakmem_homes[__builtin_ctz(homes)];
    home_lock(home);
    if (home->due > 0)
        pay(home, PART_SLICES);
    home_unlock(home);
}

/* --- a drop that is coming ----------------------------------------------------------------------------------- */

/* So much in use, besides a share of what is dirty, is little. */
#define APPROACH_USED_SLICES  ((size_t)160)
#define APPROACH_USED_SHARE   8
#define APPROACH_DIRTY_SLICES ((size_t)128)                 /* less goes at once, in a quarter of a millisecond */
#define APPROACH_STEP_SLICES  ((size_t)16)                  /* less is not worth a call of the system */
#define APPROACH_PEAK_NS      ((uint64_t)250 * 1000 * 1000) /* more was in use for so long; else it comes back as fast */
#define APPROACH_NS           ((uint64_t)1000 * 1000 * 1000) /* within which the drop comes, or does not */
#define APPROACH_AGAIN_NS     ((uint64_t)1000 * 1000 * 1000) /* from one start to the next, if it came */
#define APPROACH_DOUBLINGS    6

static struct {
    _Atomic uint64_t start_ns;  /* of the last one; 0: none yet */
    _Atomic size_t used;        /* then; slices */
    _Atomic size_t lowest;      /* in use since then */
    _Atomic size_t dirty;       /* then; 0: it has come, or was given up */
    _Atomic unsigned failures;  /* in a row */
    _Atomic uint64_t little_ns; /* when little was in use last */
} approach;

static size_t value(_Atomic size_t *of)
{
    return atomic_load_explicit(of, memory_order_relaxed);
}

size_t parts_dirty_at_start(void)
{
    return value(&approach.dirty);
}

void parts_arrived(void)
{
    atomic_store_explicit(&approach.dirty, 0, memory_order_relaxed);
    atomic_store_explicit(&approach.failures, 0, memory_order_relaxed);
}

static void give_up(void)
{
    unsigned failures = atomic_load_explicit(&approach.failures, memory_order_relaxed);
    atomic_store_explicit(&approach.dirty, 0, memory_order_relaxed);
    if (failures < APPROACH_DOUBLINGS)
        atomic_store_explicit(&approach.failures, failures + 1, memory_order_relaxed);
}

/* Another thread's start may be a moment later than `now`. */
static uint64_t time_since(uint64_t then, uint64_t now)
{
    return now > then ? now - then : 0;
}

static bool is_little(size_t used, size_t dirty)
{
    return dirty >= APPROACH_DIRTY_SLICES && used <= APPROACH_USED_SLICES + dirty / APPROACH_USED_SHARE;
}

void parts_init(void)
{
    atomic_store_explicit(&approach.little_ns, os_coarse_ns(), memory_order_relaxed);
}

/* Little is in use: for the first time for a while? */
static bool peak_is_over(uint64_t now)
{
    uint64_t then = atomic_load_explicit(&approach.little_ns, memory_order_relaxed);
    atomic_store_explicit(&approach.little_ns, now, memory_order_relaxed);
    return time_since(then, now) >= APPROACH_PEAK_NS;
}

/* Is one due, and are we the first to see it? */
static bool begin(const struct home *home, uint64_t now)
{
    uint64_t last = atomic_load_explicit(&approach.start_ns, memory_order_relaxed);
    unsigned failures = atomic_load_explicit(&approach.failures, memory_order_relaxed);
    if (last != 0 && time_since(last, now) < APPROACH_AGAIN_NS << failures)
        return false;
    if (!is_little(home_used(home), home_dirty(home) + home_dirty(&hakmem_homes[0])))
        return false;
    struct totals sum = purge_totals();
    if (!is_little(sum.used, sum.dirty) || !peak_is_over(now) || sum.used <= purge_drop_limit(sum.dirty) ||
        !atomic_compare_exchange_strong_explicit(&approach.start_ns, &last, now, memory_order_relaxed,
                                                 memory_order_relaxed))
        return false;
    atomic_store_explicit(&approach.used, sum.used, memory_order_relaxed);
    atomic_store_explicit(&approach.lowest, sum.used, memory_order_relaxed);
    atomic_store_explicit(&approach.dirty, sum.dirty, memory_order_relaxed);
    return true;
}

/* What may be dirty while so much is in use: from what was at the start down to nothing at the drop. */
static size_t allowed(size_t used, size_t start_used, size_t start_dirty)
{
    size_t limit = purge_drop_limit(start_dirty);
    if (used <= limit || start_used <= limit)
        return 0;
    return start_dirty * (used - limit) / (start_used - limit);
}

/* Only what is less than ever: a program that goes up and down does not pay for it each time.  False: it has more in
 * use than it began with. */
static bool go_on(void)
{
    struct totals sum = purge_totals();
    size_t start_used = value(&approach.used);
    size_t start_dirty = value(&approach.dirty);
    if (sum.used >= value(&approach.lowest))
        return sum.used <= start_used;
    size_t most = allowed(sum.used, start_used, start_dirty);
    if (sum.used > purge_drop_limit(start_dirty) && sum.dirty >= most + APPROACH_STEP_SLICES) {
        atomic_store_explicit(&approach.lowest, sum.used, memory_order_relaxed);
        purge_all(most);
    }
    return true;
}

bool parts_approach(const struct home *home, uint64_t now)
{
    if (parts_dirty_at_start() == 0)
        return begin(home, now);
    uint64_t start_ns = atomic_load_explicit(&approach.start_ns, memory_order_relaxed);
    if (time_since(start_ns, now) > APPROACH_NS || !go_on()) {
        give_up();
        return false;
    }
    return true;
}

#endif
