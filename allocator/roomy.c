/*
 * Roomy spans: see roomy.h.  The first slices of blocks with room are in a small table.  An entry is written under the
 * lock of that slice's home, and only its slice's home may say whether it still holds: it is read without a lock first,
 * to know which lock to take.
 */
#include "roomy.h"
#include "growing.h"
#include "home.h"
#include "os.h"
#include "purge.h"
#include "span.h"

#define ENTRY_NONE   0u         /* else the first slice plus one, */
#define ENTRY_VACANT (1u << 31) /* and this, when its block was freed */

static _Atomic uint32_t entries[ROOMY_MAX];  /* relaxed, see above */
static _Atomic uint64_t grown_ns[ROOMY_MAX]; /* when the block grew last; relaxed: a hint */

bool roomy_is_wanted(size_t old, size_t size)
{
    return ROOMY_IN_USE && size > old && size > GROWING_BYTES_MAX && size <= HAKMEM_SPAN_BLOCK_MAX &&
           region_slices() / ROOMY_REGION_SHARE >= ROOMY_MAX * ROOMY_SLICES;
}

static struct hakmem_page *record_of(size_t first)
{
    return &hakmem_region.pages[first];
}

static void set_room(size_t first, size_t room)
{
    atomic_store_explicit(&record_of(first)->capacity, (uint32_t)room, memory_order_relaxed);
}

/* --- the table ----------------------------------------------------------------------------------------------- */

static uint32_t entry_at(size_t place)
{
    return atomic_load_explicit(&entries[place], memory_order_relaxed);
}

/* The place of an entry, or ROOMY_MAX. */
static size_t place_of(uint32_t entry)
{
    size_t place = 0;
    while (place < ROOMY_MAX && entry_at(place) != entry)
        place++;
    return place;
}

static size_t entry_slice(uint32_t entry)
{
    return (entry & ~ENTRY_VACANT) - 1;
}

static void has_grown(size_t place)
{
    atomic_store_explicit(&grown_ns[place], os_coarse_ns(), memory_order_relaxed);
}

/* Has the place been idle?  Another thread's time may be a moment later than ours. */
static bool is_idle(size_t place, uint64_t now)
{
    uint64_t then = atomic_load_explicit(&grown_ns[place], memory_order_relaxed);
    return now > then && now - then > ROOMY_IDLE_NS;
}

/* Lock of the slice's home held.  False: no place. */
static bool enter(size_t first)
{
    for (size_t place = 0; place < ROOMY_MAX; place++) {
        uint32_t none = ENTRY_NONE;
        if (atomic_compare_exchange_strong_explicit(&entries[place], &none, (uint32_t)first + 1, memory_order_relaxed,
                                                    memory_order_relaxed)) {
            has_grown(place);
            return true;
        }
    }
    return false;
}

/* Likewise. */
static void set_entry(size_t place, uint32_t entry)
{
    atomic_store_explicit(&entries[place], entry, memory_order_relaxed);
}

static unsigned count_entries(uint32_t kind)
{
    unsigned count = 0;
    for (size_t place = 0; place < ROOMY_MAX; place++)
        count += entry_at(place) != ENTRY_NONE && (entry_at(place) & ENTRY_VACANT) == kind;
    return count;
}

unsigned roomy_count(void)
{
    return count_entries(0);
}

unsigned roomy_vacant(void)
{
    return count_entries(ENTRY_VACANT);
}

/* --- room ---------------------------------------------------------------------------------------------------- */

/* Lock held: no block has the place any more.  The room's end is where it always was: the span's length may be
 * changing. */
static void end_locked(struct home *home, size_t first, size_t place)
{
    size_t room = roomy_room(first);
    home->vacant -= (entry_at(place) & ENTRY_VACANT) != 0;
    set_entry(place, ENTRY_NONE);
    set_room(first, 0);
    home_release(home, first + ROOMY_SLICES - room, room);
}

void roomy_end(size_t first)
{
    struct home *home = home_of_slice(first);
    home_lock(home);
    size_t place = place_of((uint32_t)first + 1);
    if (place < ROOMY_MAX)
        end_locked(home, first, place);
    home_unlock(home);
}

/* Lock of the home held: is it still the entry of one of its slices? */
static bool holds(const struct home *home, size_t place, uint32_t entry)
{
    return entry_at(place) == entry && home_of_slice(entry_slice(entry)) == home;
}

/* Of whatever is in the place; false: nothing. */
static bool end_at(size_t place)
{
    uint32_t entry = entry_at(place);
    if (entry == ENTRY_NONE)
        return false;
    struct home *home = home_of_slice(entry_slice(entry));
    home_lock(home);
    bool ends = holds(home, place, entry);
    if (ends)
        end_locked(home, entry_slice(entry), place);
    home_unlock(home);
    return ends;
}

bool roomy_end_all(void)
{
    bool ended = false;
    for (size_t place = 0; ROOMY_IN_USE && place < ROOMY_MAX; place++)
        ended |= end_at(place);
    return ended;
}

/* Is there a place, perhaps because one has just been left that is vacant or idle? */
static bool has_place(void)
{
    if (place_of(ENTRY_NONE) < ROOMY_MAX)
        return true;
    uint64_t now = os_coarse_ns();
    size_t place = 0;
    while (place < ROOMY_MAX && (entry_at(place) & ENTRY_VACANT) == 0 && !is_idle(place, now))
        place++;
    return place < ROOMY_MAX && end_at(place);
}

/* Lock held: a place of the home's that is vacant, or ROOMY_MAX. */
static size_t vacant_of(const struct home *home)
{
    size_t place = 0;
    for (; place < ROOMY_MAX; place++) {
        uint32_t entry = entry_at(place);
        if ((entry & ENTRY_VACANT) != 0 && holds(home, place, entry))
            break;
    }
    return place;
}

/* Lock held: where a block had room before. */
static size_t take_vacant(struct home *home, size_t count)
{
    size_t place = vacant_of(home);
    if (place == ROOMY_MAX)
        return SPAN_NONE;
    size_t first = entry_slice(entry_at(place));
    home_take_room(home, first, count, ROOMY_SLICES);
    home->vacant--;
    set_entry(place, (uint32_t)first + 1);
    set_room(first, ROOMY_SLICES - count);
    has_grown(place);
    return first;
}

/* Lock held: where nothing is in use yet. */
static size_t take_new(struct home *home, size_t count)
{
    size_t room = ROOMY_SLICES - count;
    size_t first = home_take_roomy(home, count, room);
    if (first == SPAN_NONE)
        return SPAN_NONE;
    bool entered = enter(first);
    set_room(first, entered ? room : 0);
    if (!entered)
        home_release(home, first + count, room);
    return first;
}

size_t roomy_take(size_t count)
{
    struct home *home = home_of_thread();
    home_lock(home);
    size_t first = take_vacant(home, count);
    bool dear = first == SPAN_NONE && home_dirty(home) > ROOMY_DIRTY_MIN + home_used(home) / ROOMY_DIRTY_SHARE;
    home_unlock(home);
    if (first != SPAN_NONE || dear || !has_place())
        return first;
    home_lock(home);
    first = take_new(home, count);
    home_unlock(home);
    return first;
}

/* Lock held: so much room is left. */
static void room_taken(size_t first, size_t room)
{
    size_t place = place_of((uint32_t)first + 1);
    set_room(first, room);
    if (room == 0)
        set_entry(place, ENTRY_NONE);
    else
        has_grown(place);
}

bool roomy_grow(size_t first, size_t count, size_t new_count)
{
    struct home *home = home_of_slice(first);
    home_lock(home);
    size_t more = new_count - count;
    size_t room = roomy_room(first);
    bool grown = home_take_room(home, first + count, more, room);
    if (grown && room > 0)
        room_taken(first, more < room ? room - more : 0);
    home_unlock(home);
    return grown;
}

/* Lock held: the place stays, for the next block. */
static void vacate(struct home *home, size_t first, size_t count, size_t place)
{
    home_hold(home, first, count);
    home->vacant++;
    set_entry(place, ENTRY_VACANT | ((uint32_t)first + 1));
    set_room(first, ROOMY_SLICES);
}

void roomy_give(size_t first, size_t count)
{
    struct home *home = home_of_slice(first);
    home_lock(home);
    size_t place = place_of((uint32_t)first + 1);
    if (place < ROOMY_MAX)
        vacate(home, first, count, place);
    else
        home_give(home, first, count);
    home_unlock(home);
    purge_if_due(home);
}

void roomy_found_none_dirty(struct home *home)
{
    size_t place = vacant_of(home);
    if (place < ROOMY_MAX)
        end_locked(home, entry_slice(entry_at(place)), place);
}

const char *roomy_check(const struct home *home)
{
    unsigned vacant = 0;
    for (size_t place = 0; place < ROOMY_MAX; place++) {
        uint32_t entry = entry_at(place);
        vacant += (entry & ENTRY_VACANT) != 0 && holds(home, place, entry);
    }
    return vacant == home->vacant ? NULL : "a home does not know its vacant places";
}
