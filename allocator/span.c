/*
 * Spans: see span.h.  A thread takes them from its home (home.h) and gives them back to the home that they came from.
 */
#include "span.h"
#include "heap.h"
#include "home.h"
#include "purge.h"
#include "roomy.h"

/* What is left in other homes, when the system gives no more. */
static size_t take_anywhere(size_t count, bool *zero)
{
    size_t first = SPAN_NONE;
    for (unsigned i = 1; i < HOME_COUNT && first == SPAN_NONE; i++) {
        home_lock(&hakmem_homes[i]);
        first = home_take(&hakmem_homes[i], count, zero);
        home_unlock(&hakmem_homes[i]);
    }
    return first;
}

static size_t take(size_t count, bool *zero)
{
    struct home *home = home_of_thread();
    home_lock(home);
    size_t first = home_take(home, count, zero);
    if (first == SPAN_NONE && home_claim(home, count))
        first = home_take(home, count, zero);
    if (home->vacant > 0 && first != SPAN_NONE && *zero)
        roomy_found_none_dirty(home);
    home_unlock(home);
    if (first == SPAN_NONE)
        return take_anywhere(count, zero);
    if (HAKMEM_USE_SPARE_SPANS && *zero && !heap_is_none(hakmem_thread_heap))
        spares_flush(&hakmem_thread_heap->spares);
    return first;
}

size_t span_take(size_t count, bool *zero)
{
    size_t first = take(count, zero);
    return first == SPAN_NONE && roomy_end_all() ? take(count, zero) : first;
}

void span_give(size_t first, size_t count)
{
    struct home *home = home_of_slice(first);
    home_lock(home);
    home_give(home, first, count);
    home_unlock(home);
    purge_if_due(home);
}

bool span_grow(size_t first, size_t count, size_t new_count)
{
    struct home *home = home_of_slice(first);
    home_lock(home);
    bool grown = home_take_at(home, first + count, new_count - count);
    home_unlock(home);
    return grown;
}

size_t span_purge(size_t keep_bytes)
{
    return purge_all(keep_bytes >> HAKMEM_SLICE_SHIFT) << HAKMEM_SLICE_SHIFT;
}

size_t span_frontier(void)
{
    return hakmem_homes[0].end;
}

struct span_stats span_stats(void)
{
    struct span_stats stats = {0, 0, 0};
    span_lock();
    for (unsigned i = 0; i < HOME_COUNT; i++) {
        stats.used_bytes += home_used(&hakmem_homes[i]) << HAKMEM_SLICE_SHIFT;
        stats.dirty_bytes += home_dirty(&hakmem_homes[i]) << HAKMEM_SLICE_SHIFT;
    }
    stats.peak_bytes = span_frontier() << HAKMEM_SLICE_SHIFT;
    span_unlock();
    return stats;
}

const char *span_check(void)
{
    const char *broken = NULL;
    span_lock();
    for (unsigned i = 0; i < HOME_COUNT && broken == NULL; i++) {
        broken = home_check(&hakmem_homes[i]);
        if (broken == NULL)
            broken = roomy_check(&hakmem_homes[i]);
    }
    span_unlock();
    return broken;
}

/* Nobody's lock is taken last. */
void span_lock(void)
{
    for (unsigned i = HOME_COUNT; i-- > 0;)
        home_lock(&hakmem_homes[i]);
}

void span_unlock(void)
{
    for (unsigned i = 0; i < HOME_COUNT; i++)
        home_unlock(&hakmem_homes[i]);
}
