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

static size_t take_lowest(struct spares *spares, size_t slices)
{
    spares->slices -= (uint16_t)slices;
    return spares->of[slices][--spares->count[slices]];
}

/* There is room for it. */
static void insert(struct spares *spares, size_t first, size_t slices)
{
    uint32_t *of = spares->of[slices];
    size_t at = spares->count[slices]++;
    for (; at > 0 && of[at - 1] < first; at--)
        of[at] = of[at - 1];
    of[at] = (uint32_t)first;
    spares->slices += (uint16_t)slices;
}

static size_t length_of_most(const struct spares *spares)
{
    size_t most = SPARES_LENGTH_MAX;
    for (size_t slices = SPARES_LENGTH_MAX; slices-- > 1;)
        if (spares->count[slices] > spares->count[most])
            most = slices;
    return most;
}

/* What to keep of these slices that were live at once.  Others may free what the thread took, or it what others took:
 * then `live` means nothing, and may be below 0. */
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

static void window_turn(struct spares *spares)
{
    spares->puts = 0;
    spares->recent = recent_of(spares->most);
    spares->most = spares->live;
}

static size_t slices_wanted(const struct spares *spares)
{
    size_t share = spares->live > 0 ? (size_t)spares->live / SPARES_SHARE : 0;
    size_t wanted = spares->recent + share;
    return wanted < SPARES_SLICES_MAX ? wanted : SPARES_SLICES_MAX;
}

/* True if there is room for one more of that length now. */
static bool make_room(struct spares *spares, size_t slices)
{
    size_t wanted = slices_wanted(spares);
    while (spares->slices + slices > wanted) {
        size_t most = length_of_most(spares);
        if (spares->count[most] <= spares->count[slices] + 1)
            return false;
        span_give(take_highest(spares, most), most);
    }
    return spares->count[slices] < SPARES_PER_LENGTH;
}

size_t spares_take(struct spares *spares, size_t slices)
{
    if (slices > SPARES_LENGTH_MAX || spares->count[slices] == 0)
        return SPAN_NONE;
    return take_lowest(spares, slices);
}

bool spares_put(struct spares *spares, size_t first, size_t slices)
{
    if (slices > SPARES_LENGTH_MAX)
        return false;
    if (HAKMEM_UNLIKELY(++spares->puts == SPARES_WINDOW))
        window_turn(spares);
    if (make_room(spares, slices)) {
        insert(spares, first, slices);
        return true;
    }
    if (++spares->refused > SPARES_REFUSED_MAX)
        spares_flush(spares);
    if (spares->count[slices] == 0 || spares->of[slices][0] < first)
        return false;
    span_give(take_highest(spares, slices), slices);
    insert(spares, first, slices);
    return true;
}

void spares_flush(struct spares *spares)
{
    for (size_t slices = 1; slices <= SPARES_LENGTH_MAX; slices++)
        while (spares->count[slices] > 0)
            span_give(take_lowest(spares, slices), slices);
    spares->refused = 0;
}
