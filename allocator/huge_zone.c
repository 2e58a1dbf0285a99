/* Huge zones: see huge_zone.h. */
#include "huge_zone.h"
#include "os.h"
#include "region.h"

#define zone_table (hakmem_region.zones)

/* A home that holds less keeps small pages: what huge ones might add should be little beside it. */
#define HELD_SLICES_MIN ((size_t)256)
/* Collapsing copies a zone: so many at most for each one that is claimed. */
#define COLLAPSE_MAX 2
#define LOOK_MAX     64 /* zones looked at */

#define ZONE_BYTES (ZONE_SLICES << HAKMEM_SLICE_SHIFT)

static bool is_wanted(const struct home *home)
{
    return hakmem_region.has_huge_zones && home_used(home) + home_dirty(home) >= HELD_SLICES_MIN;
}

static char *zone_bytes(size_t zone)
{
    return slice_start(zone * ZONE_SLICES);
}

void huge_zone_claimed(const struct home *home, size_t zone, size_t count)
{
    if (!hakmem_region.has_huge_zones || zone_table[zone].kind == ZONE_HUGE)
        return; /* claimed before, and not purged since */
    zone_table[zone].kind = count > HUGE_ZONE_SPAN_MAX ? ZONE_LONG : ZONE_SMALL;
    if (zone_table[zone].kind == ZONE_SMALL && zone_table[zone].dirty == 0 && is_wanted(home) &&
        os_huge_pages(zone_bytes(zone), ZONE_BYTES, true))
        zone_table[zone].kind = ZONE_HUGE;
}

static bool is_dense(const struct home *home, size_t zone)
{
    return home_of_slice(zone * ZONE_SLICES) == home && zone_table[zone].kind == ZONE_SMALL &&
           (zone_table[zone].used | zone_table[zone].dirty) == ~(uint64_t)0;
}

void huge_zone_collapse(struct home *home)
{
    if (!is_wanted(home) || !os_may_collapse())
        return;
    unsigned collapsed = 0;
    for (unsigned looked = 0; looked < LOOK_MAX && collapsed < COLLAPSE_MAX; looked++) {
        size_t zone = home->collapse_at++;
        if (zone >= home->end / ZONE_SLICES) {
            home->collapse_at = 0;
        } else if (is_dense(home, zone)) {
            os_collapse(zone_bytes(zone), ZONE_BYTES);
            zone_table[zone].kind = ZONE_HUGE;
            collapsed++;
        }
    }
}

void huge_zone_taken(size_t first, size_t count)
{
    if (hakmem_region.has_huge_zones && count > HUGE_ZONE_SPAN_MAX)
        for (size_t zone = first / ZONE_SLICES; zone <= (first + count - 1) / ZONE_SLICES; zone++)
            if (zone_table[zone].kind == ZONE_SMALL)
                zone_table[zone].kind = ZONE_LONG;
}

bool huge_zone_purged(size_t zone)
{
    if (!hakmem_region.has_huge_zones || zone_table[zone].kind != ZONE_HUGE)
        return false;
    os_huge_pages(zone_bytes(zone), ZONE_BYTES, false);
    zone_table[zone].kind = ZONE_SMALL;
    return true;
}
