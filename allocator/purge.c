/* Purging: see purge.h, and DESIGN.md, "Purging", for what was tried. */
#include "purge.h"
#include "home.h"
#include "os.h"
#include "purge_parts.h"

/* Free memory is kept for reuse up to 32 MiB and half of what is in use; then all of it goes back at once.  The limit
 * is generous because a purge and the faults after it cost thousands of fast operations. */
#define DIRTY_FLOOR_SLICES ((size_t)512)
#define DIRTY_SHARE        2

/* Phase 6, in two rules.  What stayed dirty in a home all through a window of 250 ms, the low watermark, was not needed
 * and goes: a program whose phases take and free the same memory faster than that never pays for it twice.  And at most
 * once a second, when next to nothing is in use any more, all but 2 MiB goes at once: the program may never call again.
 */
#define WINDOW_NS         ((uint64_t)250 * 1000 * 1000)
#define DROP_NS           ((uint64_t)1000 * 1000 * 1000)
#define DROP_KEEP_SLICES  ((size_t)32)
#define DROP_DIRTY_SLICES ((size_t)64) /* less is not worth it */
#define DROP_USED_SLICES  ((size_t)96) /* about what empty pages of every small class may hold */
#define DROP_USED_SHARE   64           /* or this part of what is dirty */
#define DROP_AGAIN_SHARE  4 /* the same drop goes on when so much less is in use: a handful of times at most */

struct totals purge_totals(void)
{
    struct totals sum = {0, 0};
    for (unsigned i = 0; i < HOME_COUNT; i++) {
        sum.used += home_used(&hakmem_homes[i]);
        sum.dirty += home_dirty(&hakmem_homes[i]);
    }
    return sum;
}

static size_t dirty_but_of(unsigned home)
{
    size_t sum = 0;
    for (unsigned i = 0; i < HOME_COUNT; i++)
        sum += i != home ? home_dirty(&hakmem_homes[i]) : 0;
    return sum;
}

/* Nobody's first: what is in a home is needed sooner. */
size_t purge_all(size_t keep)
{
    size_t purged = 0;
    for (unsigned i = 0; i < HOME_COUNT; i++) {
        size_t others = dirty_but_of(i);
        home_lock(&hakmem_homes[i]);
        purged += home_purge(&hakmem_homes[i], keep > others ? keep - others : 0);
        home_unlock(&hakmem_homes[i]);
    }
    return purged;
}

static void purge_by_limit(void)
{
    struct totals sum = purge_totals();
    if (sum.dirty > DIRTY_FLOOR_SLICES + sum.used / DIRTY_SHARE)
        purge_all(0);
}

/* Has so much time gone by?  `then` may be another thread's time, and a moment later than `now`. */
static bool has_passed(uint64_t ns, uint64_t then, uint64_t now)
{
    return now > then && now - then >= ns;
}

static _Atomic unsigned drops; /* relaxed: it says when to look, and guards nothing */

unsigned purge_drops(void)
{
    return atomic_load_explicit(&drops, memory_order_relaxed);
}

size_t purge_drop_limit(size_t dirty)
{
    return DROP_USED_SLICES + dirty / DROP_USED_SHARE;
}

/* Is it a drop, and are we the first to see it?  What went while it came counts as dirty. */
static bool drop_is_due(struct totals sum, uint64_t now)
{
    static _Atomic uint64_t drop_ns; /* when the rule was last applied; 0: never */
    static _Atomic size_t drop_used; /* used slices then; both relaxed: they guard nothing */
    uint64_t last = atomic_load_explicit(&drop_ns, memory_order_relaxed);
    size_t used_then = atomic_load_explicit(&drop_used, memory_order_relaxed);
    size_t start = HAKMEM_USE_SHORT_CALLS ? parts_dirty_at_start() : 0;
    if (sum.used > purge_drop_limit(sum.dirty > start ? sum.dirty : start))
        return false;
    if (last != 0 && !has_passed(DROP_NS, last, now) && sum.used >= used_then / DROP_AGAIN_SHARE)
        return false;
    if (!atomic_compare_exchange_strong_explicit(&drop_ns, &last, now, memory_order_relaxed, memory_order_relaxed))
        return false;
    atomic_store_explicit(&drop_used, sum.used, memory_order_relaxed);
    return true;
}

static bool window_is_over(const struct home *home, uint64_t now)
{
    return has_passed(WINDOW_NS, atomic_load_explicit(&home->window_ns, memory_order_relaxed), now);
}

/* Lock held: what was dirty all through the window goes. */
static void idle_goes(struct home *home)
{
    size_t dirty = home_dirty(home);
    size_t idle = dirty < home->low_dirty ? dirty : home->low_dirty;
    if (HAKMEM_USE_SHORT_CALLS && idle > PART_SLICES)
        parts_owe(home, idle);
    else
        home_purge(home, dirty - idle);
}

/* Ends the home's window, if it is over. */
static void window_turn(struct home *home, uint64_t now)
{
    home_lock(home);
    if (window_is_over(home, now)) {
        if (HAKMEM_USE_SHORT_CALLS)
            parts_settle(home);
        if (atomic_load_explicit(&home->window_ns, memory_order_relaxed) != 0)
            idle_goes(home);
        atomic_store_explicit(&home->window_ns, now, memory_order_relaxed);
        home->low_dirty = home_dirty(home);
    }
    home_unlock(home);
}

/* Other homes' counters are looked at only when this one's give reason to: their lines belong to other cores. */
static void purge_by_watermark(struct home *home)
{
    if (HAKMEM_USE_SHORT_CALLS)
        parts_pay(home);
    size_t dirty = home_dirty(home) + home_dirty(&hakmem_homes[0]);
    if (dirty < DROP_DIRTY_SLICES && !(HAKMEM_USE_SHORT_CALLS && parts_dirty_at_start() > 0))
        return;
    uint64_t now = os_coarse_ns();
    bool coming = HAKMEM_USE_SHORT_CALLS && parts_approach(home, now);
    if ((coming || home_used(home) <= purge_drop_limit(dirty)) && drop_is_due(purge_totals(), now)) {
        atomic_fetch_add_explicit(&drops, 1, memory_order_relaxed);
        purge_all(DROP_KEEP_SLICES);
        if (HAKMEM_USE_SHORT_CALLS)
            parts_arrived();
    }
    if (window_is_over(home, now))
        for (unsigned i = 0; i < HOME_COUNT; i++)
            window_turn(&hakmem_homes[i], now);
}

void purge_if_due(struct home *home)
{
    if (HAKMEM_USE_WATERMARK_PURGE)
        purge_by_watermark(home);
    else
        purge_by_limit();
}
