/* Spare spans: a small stack for each length.  See spares.h. */
#include "spares.h"
#include "span.h"

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
    if (spares->slices + slices > SPARES_SLICES_MAX || spares->count[slices] == SPARES_PER_LENGTH) {
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
    for (size_t slices = 0; slices <= SPARES_LENGTH_MAX; slices++)
        while (spares->count[slices] > 0)
            span_give(spares->of[slices][--spares->count[slices]], slices);
    spares->slices = spares->refused = 0;
}
