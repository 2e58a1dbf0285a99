/* Homes: see home.h. */
#include "home.h"
#include "bits.h"
#include "count.h"
#include "heap.h"
#include "huge_zone.h"
#include "os.h"
#include "region.h"
#include "span.h"

#define zone_table (hakmem_region.zones)
#define nobody     (&hakmem_homes[0])

static_assert(ZONE_SLICES == WORD_BITS, "a zone has a word of bits of each kind");

/* All zero, which is what PTHREAD_MUTEX_INITIALIZER is here (test_home.c). */
struct home hakmem_homes[HOME_COUNT];

/* A heap has one home all its life, whatever thread it serves. */
struct home *home_of_thread(void)
{
    const struct hakmem_heap *heap = hakmem_thread_heap;
    return &hakmem_homes[heap_is_none(heap) ? 1 : 1 + heap_owner_id(heap) % (HOME_COUNT - 1)];
}

static size_t zone_of(size_t slice)
{
    return slice / ZONE_SLICES;
}

static size_t zone_start(size_t zone)
{
    return zone * ZONE_SLICES;
}

static size_t zone_end(size_t slice)
{
    return zone_start(zone_of(slice) + 1);
}

static struct home *zone_home(size_t zone)
{
    return &hakmem_homes[atomic_load_explicit(&zone_table[zone].home, memory_order_relaxed)];
}

static bool zone_is_of(const struct home *home, size_t zone)
{
    return atomic_load_explicit(&zone_table[zone].home, memory_order_relaxed) == home - hakmem_homes;
}

struct home *home_of_slice(size_t slice)
{
    return zone_home(zone_of(slice));
}

void home_lock(struct home *home)
{
    lock_take_short(&home->lock);
}

void home_unlock(struct home *home)
{
    lock_give(&home->lock);
}

/* Counters are read without the lock. */
static void change(_Atomic size_t *counter, size_t more, size_t less)
{
    size_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + more - less, memory_order_relaxed);
}

static void change_dirty(struct home *home, size_t more, size_t less)
{
    change(&home->dirty, more, less);
    if (home_dirty(home) < home->low_dirty)
        home->low_dirty = home_dirty(home);
}

/* --- searching ----------------------------------------------------------------------------------------------- */

/* The first slice of the zone of `start`, from there on and below `end`, that is in use or not; `end` if there is none.
 */
static size_t used_find(size_t start, size_t end, bool used)
{
    size_t first = zone_start(zone_of(start));
    return first + bit_find(&zone_table[zone_of(start)].used, start - first, end - first, used);
}

/* The first free slice from `start` on in the home's zones; its end or past it if there is none. */
static size_t run_start(const struct home *home, size_t start)
{
    while (start < home->end) {
        size_t end = zone_end(start);
        if (home_of_slice(start) == home && (start = used_find(start, end, false)) < end)
            return start;
        start = end;
    }
    return start;
}

/* Where the run of the home's free slices from `start` on ends; `limit` if it is longer. */
static size_t run_end(const struct home *home, size_t start, size_t limit)
{
    while (start < limit && start < home->end && home_of_slice(start) == home) {
        size_t end = zone_end(start) < limit ? zone_end(start) : limit;
        if ((start = used_find(start, end, true)) < end)
            break;
    }
    return start;
}

/* A zone's slices that the home may take: all that are free in its own, none in others. */
static uint64_t zone_free(const struct home *home, size_t zone)
{
    return zone_is_of(home, zone) ? ~zone_table[zone].used : 0;
}

/* First fit, at or past `start`: the first of `count` free slices, or SPAN_NONE. */
static size_t run_find(const struct home *home, size_t start, size_t count)
{
    uint64_t ahead = ~(uint64_t)0 << start % ZONE_SLICES;
    size_t before = 0; /* free slices right before the zone */
    for (size_t zone = zone_of(start); zone_start(zone) < home->end; zone++) {
        uint64_t free = zone_free(home, zone) & ahead;
        if (before != 0 && before + word_low_ones(free) >= count)
            return zone_start(zone) - before;
        uint64_t runs = word_runs(free, count);
        if (runs != 0)
            return zone_start(zone) + (size_t)__builtin_ctzll(runs);
        before = ~free == 0 ? before + ZONE_SLICES : word_high_ones(free);
        ahead = ~(uint64_t)0;
    }
    return SPAN_NONE;
}

/* Free slices of the home right before a slice, and from it on; HOME_FIT_MAX of them at least, if there are so many. */
static size_t free_before(const struct home *home, size_t slice)
{
    size_t zone = zone_of(slice);
    size_t below = slice % ZONE_SLICES;
    size_t count = below > 0 ? word_high_ones(zone_free(home, zone) << (ZONE_SLICES - below)) : 0;
    if (count == below && count < HOME_FIT_MAX && zone > 0)
        count += word_high_ones(zone_free(home, zone - 1));
    return count;
}
static size_t free_from(const struct home *home, size_t slice)
{
    if (slice >= home->end)
        return 0;
    size_t above = zone_end(slice) - slice;
    size_t count = word_low_ones(zone_free(home, zone_of(slice)) >> (ZONE_SLICES - above));
    if (count == above && count < HOME_FIT_MAX && zone_end(slice) < home->end)
        count += word_low_ones(zone_free(home, zone_of(slice) + 1));
    return count;
}

/* Of the lengths that fit_from is known for, the last one that is at most `count`, and the first that is at least that.
 */
static unsigned fit_longer(size_t count)
{
    return 65 - (unsigned)__builtin_clzll(count); /* from 4 on: 4, and one more for each doubling */
}
static unsigned fit_below(size_t count)
{
    return count <= HOME_FIT_EACH ? (unsigned)count : fit_longer(count < HOME_FIT_MAX ? count : HOME_FIT_MAX);
}
static unsigned fit_above(size_t count)
{
    return count <= HOME_FIT_EACH ? (unsigned)count : fit_longer(count - 1) + 1;
}

/* fit_from never falls, so that both loops end at the first length that needs no change. */

/* Slices came free, or to the home: the run that they are part of now may be the first of its length, and of every
 * shorter one.  No more slices on either side need be looked at: a run of so many was known before. */
static void fit_lower(struct home *home, size_t first, size_t count)
{
    size_t start = first - free_before(home, first);
    size_t length = first + count + free_from(home, first + count) - start;
    for (unsigned fit = fit_below(length); fit > 0 && home->fit_from[fit] > start; fit--)
        home->fit_from[fit] = start;
}

/* No run of `count` starts before `start`, and so no longer one. */
static void fit_raise(struct home *home, size_t count, size_t start)
{
    for (unsigned fit = fit_above(count); fit < HOME_FITS && home->fit_from[fit] < start; fit++)
        home->fit_from[fit] = start;
}

/* --- zones --------------------------------------------------------------------------------------------------- */

static size_t first_nobodys; /* no zone before it is nobody's; guarded by nobody's lock */

static void zone_move(size_t zone, struct home *from, struct home *to)
{
    size_t dirty = word_count(zone_table[zone].dirty);
    change_dirty(from, 0, dirty);
    change_dirty(to, dirty, 0);
    atomic_store_explicit(&zone_table[zone].home, (uint8_t)(to - hakmem_homes), memory_order_relaxed);
    if (to->end < zone_start(zone + 1))
        to->end = zone_start(zone + 1);
}

/* Claims the zones [zone, zone + count), which are nobody's, for a span of so many slices. */
static void zones_claim(struct home *home, size_t zone, size_t count, size_t slices)
{
    for (size_t i = zone; i < zone + count; i++) {
        huge_zone_claimed(home, i, slices);
        zone_move(i, nobody, home);
    }
    if (nobody->end < home->end)
        nobody->end = home->end;
    fit_lower(home, zone_start(zone), count * ZONE_SLICES);
}

static bool zones_are_nobodys(size_t zone, size_t count)
{
    for (size_t i = zone; i < zone + count && zone_start(i) < nobody->end; i++)
        if (zone_home(i) != nobody)
            return false;
    return true;
}

bool home_claim(struct home *home, size_t count)
{
    size_t zones = zone_of(count - 1) + 1;
    home_lock(nobody);
    while (!zones_are_nobodys(first_nobodys, 1))
        first_nobodys++;
    size_t zone = first_nobodys;
    while (!zones_are_nobodys(zone, zones))
        zone++;
    bool opened = region_open(zone_start(zone + zones));
    if (opened)
        zones_claim(home, zone, zones, count);
    home_unlock(nobody);
    huge_zone_collapse(home);
    return opened;
}

/* A zone's last used slice came free: the home keeps the first such zone, and gives others back for all to claim. */
static void zone_leave(struct home *home, size_t zone)
{
    size_t spare = home->spare_zone;
    bool has_spare = spare != zone && zone_home(spare) == home && zone_table[spare].used == 0;
    home->spare_zone = has_spare && spare < zone ? spare : zone;
    if (!has_spare)
        return;
    size_t left = spare < zone ? zone : spare;
    home_lock(nobody);
    zone_move(left, home, nobody);
    if (left < first_nobodys)
        first_nobodys = left;
    home_unlock(nobody);
}

/* --- slices -------------------------------------------------------------------------------------------------- */

/* Returns whether no slice of the run was dirty: its memory reads zero. */
static bool run_take(struct home *home, size_t first, size_t count)
{
    size_t last = first + count - 1;
    size_t clean = 0;
    for (size_t zone = zone_of(first); zone <= zone_of(last); zone++) {
        uint64_t part = word_part(zone, first, last);
        if ((part & ~zone_table[zone].dirty) != 0) /* seldom: what was never used, or purged */
            clean += word_count(part & ~zone_table[zone].dirty);
        zone_table[zone].used |= part;
        zone_table[zone].dirty &= ~part;
    }
    change_dirty(home, 0, count - clean);
    change(&home->used, count, 0);
    huge_zone_taken(first, count);
    return clean == count;
}

size_t home_take(struct home *home, size_t count, bool *zero)
{
    size_t first = run_find(home, home->fit_from[fit_below(count)], count);
    fit_raise(home, count, first == SPAN_NONE ? home->end : first);
    if (first == SPAN_NONE)
        return SPAN_NONE;
    *zero = run_take(home, first, count);
    return first;
}

bool home_take_at(struct home *home, size_t first, size_t count)
{
    size_t end = run_end(home, first, first + count);
    if (end < first + count) {
        size_t zones = zone_of(first + count - 1) + 1 - zone_of(end);
        if (end % ZONE_SLICES != 0)
            return false;
        home_lock(nobody);
        bool free = zones_are_nobodys(zone_of(end), zones) && region_open(zone_start(zone_of(end) + zones));
        if (free)
            zones_claim(home, zone_of(end), zones, zones * ZONE_SLICES);
        home_unlock(nobody);
        if (!free)
            return false;
    }
    run_take(home, first, count);
    return true;
}

/* Gives those of the zones [zone, last] to nobody that were emptied. */
static void zones_leave(struct home *home, size_t zone, size_t last)
{
    for (; zone <= last; zone++)
        if (zone_home(zone) == home && zone_table[zone].used == 0)
            zone_leave(home, zone);
}

void home_give(struct home *home, size_t first, size_t count)
{
    size_t last = first + count - 1;
    bool emptied = false;
    for (size_t zone = zone_of(first); zone <= zone_of(last); zone++) {
        uint64_t part = word_part(zone, first, last);
        zone_table[zone].used &= ~part;
        zone_table[zone].dirty |= part;
        emptied = emptied || zone_table[zone].used == 0;
    }
    change(&home->used, 0, count);
    change_dirty(home, count, 0);
    fit_lower(home, first, count);
    if (HAKMEM_USE_HOME_ZONES && emptied)
        zones_leave(home, zone_of(first), zone_of(last));
}

/* --- room ---------------------------------------------------------------------------------------------------- */

/* Nobody takes held slices; whether they are dirty is still known, so that a purge gets at their memory. */
static void hold(struct home *home, size_t first, size_t count)
{
    for (size_t zone = zone_of(first); count > 0 && zone_start(zone) < first + count; zone++)
        zone_table[zone].used |= word_part(zone, first, first + count - 1);
    home->held += count;
}

static void unhold(struct home *home, size_t first, size_t count)
{
    for (size_t zone = zone_of(first); count > 0 && zone_start(zone) < first + count; zone++)
        zone_table[zone].used &= ~word_part(zone, first, first + count - 1);
    home->held -= count;
}

/* Nobody's lock held: the first of `count` free slices of the home's zones and nobody's.  More than a zone, so that
 * what one zone has to offer is what is free at its ends. */
static size_t wide_find(const struct home *home, size_t count)
{
    size_t nobodys = zone_start(first_nobodys);
    size_t start = home->fit_from[HOME_FITS - 1] < nobodys ? home->fit_from[HOME_FITS - 1] : nobodys;
    size_t before = 0;
    for (size_t zone = zone_of(start); zone_start(zone) < region_slices(); zone++) {
        uint64_t free = zones_are_nobodys(zone, 1) ? ~(uint64_t)0 : zone_free(home, zone);
        if (before + word_low_ones(free) >= count)
            return zone_start(zone) - before;
        before = ~free == 0 ? before + ZONE_SLICES : word_high_ones(free);
    }
    return SPAN_NONE;
}

/* Nobody's lock held: claims those of the zones of [first, first + count) that are nobody's. */
static bool wide_claim(struct home *home, size_t first, size_t count)
{
    size_t end = zone_of(first + count - 1) + 1;
    if (!region_open(zone_start(end)))
        return false;
    for (size_t zone = zone_of(first); zone < end; zone++)
        if (zone_home(zone) == nobody)
            zones_claim(home, zone, 1, count);
    return true;
}

size_t home_take_roomy(struct home *home, size_t count, size_t room)
{
    home_lock(nobody);
    size_t first = wide_find(home, count + room);
    bool claimed = first != SPAN_NONE && wide_claim(home, first, count + room);
    home_unlock(nobody);
    if (!claimed)
        return SPAN_NONE;
    run_take(home, first, count);
    hold(home, first + count, room);
    return first;
}

bool home_take_room(struct home *home, size_t first, size_t more, size_t room)
{
    unhold(home, first, room);
    bool taken = home_take_at(home, first, more);
    size_t used = taken ? (more < room ? more : room) : 0;
    hold(home, first + used, room - used);
    return taken;
}

void home_hold(struct home *home, size_t first, size_t count)
{
    hold(home, first, count);
    for (size_t zone = zone_of(first); zone_start(zone) < first + count; zone++)
        zone_table[zone].dirty |= word_part(zone, first, first + count - 1);
    change(&home->used, 0, count);
    change_dirty(home, count, 0);
}

void home_release(struct home *home, size_t first, size_t room)
{
    unhold(home, first, room);
    fit_lower(home, first, room);
    if (HAKMEM_USE_HOME_ZONES)
        zones_leave(home, zone_of(first), zone_of(first + room - 1));
}

/* --- purging ------------------------------------------------------------------------------------------------- */

/* Purges at most `most` slices of the zone; how many, or fewer if the system refused. */
static size_t zone_purge(size_t zone, size_t most)
{
    uint64_t *dirty = &zone_table[zone].dirty;
    size_t purged = 0;
    size_t end = ZONE_SLICES;
    while (purged < most && (end = bit_find_last(dirty, end, true)) != 0) {
        size_t start = bit_find_last(dirty, end, false);
        if (end - start > most - purged)
            start = end - (most - purged);
        if (!os_purge(slice_start(zone_start(zone) + start), (end - start) << HAKMEM_SLICE_SHIFT))
            break; /* it stays dirty: nobody may take it for zero */
        COUNT(purges);
        *dirty &= ~word_part(0, start, end - 1);
        purged += end - start;
        end = start;
    }
    return purged;
}

/* Huge pages are resident as a whole, so that free slices which nobody touched go as well. */
static void zone_soil(struct home *home, size_t zone)
{
    uint64_t clean = ~(zone_table[zone].used | zone_table[zone].dirty);
    zone_table[zone].dirty |= clean;
    change_dirty(home, word_count(clean), 0);
}

size_t home_purge(struct home *home, size_t keep)
{
    size_t before = home_dirty(home);
    for (size_t zone = zone_of(home->end); zone-- > 0 && home_dirty(home) > keep;)
        if (zone_home(zone) == home && zone_table[zone].dirty != 0) {
            if (huge_zone_purged(zone))
                zone_soil(home, zone);
            change_dirty(home, 0, zone_purge(zone, home_dirty(home) - keep));
        }
    return before > home_dirty(home) ? before - home_dirty(home) : 0;
}

/* --- checking ------------------------------------------------------------------------------------------------ */

/* Slice by slice, unlike the search itself. */
static const char *fit_check(const struct home *home)
{
    for (unsigned fit = 1; fit + 1 < HOME_FITS; fit++)
        if (home->fit_from[fit] > home->fit_from[fit + 1])
            return "a long run is looked for before where shorter ones may start";
    for (size_t start = run_start(home, 0), end; start < home->end; start = run_start(home, end)) {
        end = run_end(home, start, home->end);
        if (start < home->fit_from[fit_below(end - start)])
            return "a free run starts where none of its length should";
    }
    return NULL;
}

const char *home_check(struct home *home)
{
    size_t used = 0;
    size_t dirty = 0;
    size_t both = 0;
    for (size_t zone = 0; zone < zone_of(nobody->end); zone++) {
        if (zone_home(zone) != home)
            continue;
        used += word_count(zone_table[zone].used);
        dirty += word_count(zone_table[zone].dirty);
        both += word_count(zone_table[zone].used & zone_table[zone].dirty);
        if (zone_start(zone) >= home->end)
            return "a home has a zone past its end";
    }
    if (both > home->held)
        return "a slice is both used and dirty";
    if (used != home_used(home) + home->held || dirty != home_dirty(home))
        return "the span counters differ from the bitmaps";
    return home == nobody ? NULL : fit_check(home);
}
