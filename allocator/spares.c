/* Spare spans: a small stack for each length.  See spares.h. */
#include "spares.h"
#include "span.h"

static void give_one(struct spares *spares, size_t slices)
{
    spares->slices -= (uint32_t)slices;
    span_give(spares->of[slices][--spares->count[slices]], slices);
}

static size_t length_of_most(const struct spares *spares)
{
    size_t most = SPARES_LENGTH_MAX;
    for (size_t slices = SPARES_LENGTH_MAX; slices-- > 1;)
        if (spares->count[slices] > spares->count[most])
            most = slices;
    return most;
}

/* True if there is room for one more of that length now. */
static bool make_room(struct spares *spares, size_t slices)
{
    while (spares->slices + slices > SPARES_SLICES_MAX) {
        size_t most = length_of_most(spares);
        if (spares->count[most] <= spares->count[slices] + 1)
            return false;
        give_one(spares, most);
    }
    return spares->count[slices] < SPARES_PER_LENGTH;
}

size_t spares_take(struct spares *spares, size_t slices)
{
    if (slices > SPARES_LENGTH_MAX || spares->count[slices] == 0)
        return SPAN_NONE;
    spares->slices -= (uint32_t)slices;
    return spares->of[slices][--spares->count[slices]];
}

bool spares_put(struct spares *spares, size_t first, size_t slices)
{
    if (slices > SPARES_LENGTH_MAX)
        return false;
    if (!make_room(spares, slices)) {
        if (++spares->refused > SPARES_REFUSED_MAX)
            spares_flush(spares);
        return false;
    }
    spares->slices += (uint32_t)slices;
    spares->of[slices][spares->count[slices]++] = (uint32_t)first;
    return true;
}

void spares_flush(struct spares *spares)
{
    for (size_t slices = 1; slices <= SPARES_LENGTH_MAX; slices++)
        while (spares->count[slices] > 0)
            give_one(spares, slices);
    spares->refused = 0;
}
