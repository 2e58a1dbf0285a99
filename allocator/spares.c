/* Spare spans: a small sorted array for each length.  See spares.h. */
#include "spares.h"
#include "span.h"
#include <string.h>

/* The highest one; the array holds at least one. */
static size_t take_highest(struct spares *spares, size_t slices)
{
    uint32_t *of = spares->of[slices];
    size_t first = of[0];
    memmove(of, of + 1, --spares->count[slices] * sizeof *of);
    spares->slices -= (uint16_t)slices;
    return first;
}

static size_t length_of_most(const struct spares *spares)
{
    size_t most = SPARES_LENGTH_MAX;
    for (size_t slices = SPARES_LENGTH_MAX; slices-- > 1;)
        if (spares->count[slices] > spares->count[most])
            most = slices;
    return most;
}

/* What to keep of these slices that were live at once. */
static uint16_t recent_of(int64_t live)
{
    if (live <= 0)
        return 0;
    return live < SPARES_RECENT_MAX / 2 ? (uint16_t)(2 * live) : SPARES_RECENT_MAX;
}

void spares_raise(struct spares *spares)
{
    spares->most = spares->live;
    if (spares->recent < recent_of(spares->live))
        spares->recent = recent_of(spares->live);
}

void spares_turn(struct spares *spares)
{
    spares->puts = 0;
    spares->recent = recent_of(spares->most);
    spares->most = spares->live;
}

/* True if there is room for one more of that length now. */
static bool make_room(struct spares *spares, size_t slices)
{
    size_t wanted = spares_wanted(spares);
    while (spares->slices + slices > wanted) {
        size_t most = length_of_most(spares);
        if (spares->count[most] <= spares->count[slices] + 1)
            return false;
        span_give(take_highest(spares, most), most);
    }
    return spares->count[slices] < SPARES_PER_LENGTH;
}

bool spares_put_crowded(struct spares *spares, size_t first, size_t slices)
{
    if (make_room(spares, slices)) {
        spares_insert(spares, first, slices);
        return true;
    }
    if (++spares->refused > SPARES_REFUSED_MAX)
        spares_flush(spares);
    if (spares->count[slices] == 0 || spares->of[slices][0] < first)
        return false;
    span_give(take_highest(spares, slices), slices);
    spares_insert(spares, first, slices);
    return true;
}

void spares_flush(struct spares *spares)
{
    for (size_t slices = 1; slices <= SPARES_LENGTH_MAX; slices++)
        while (spares->count[slices] > 0)
            span_give(spares_take(spares, slices), slices);
    spares->refused = 0;
}
