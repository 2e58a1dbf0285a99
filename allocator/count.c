/* The counting build's counters, readable by index (hakmem.h). */
#include "count.h"
#include "hakmem.h"

#if HAKMEM_COUNT
_Atomic uint64_t count_events[COUNT_EVENT_COUNT];

static const char *const event_names[COUNT_EVENT_COUNT + 1] = {
#define COUNT_NAME(name) #name,
    COUNT_EVENTS(COUNT_NAME)
#undef COUNT_NAME
};

HAKMEM_EXPORT const char *hakmem_count_name(unsigned index)
{
    return index < COUNT_EVENT_COUNT ? event_names[index] : NULL;
}

HAKMEM_EXPORT unsigned long long hakmem_count_value(unsigned index)
{
    return index < COUNT_EVENT_COUNT ? atomic_load_explicit(&count_events[index], memory_order_relaxed) : 0;
}
#else
HAKMEM_EXPORT const char *hakmem_count_name(unsigned index)
{
    (void)index;
    return NULL;
}

HAKMEM_EXPORT unsigned long long hakmem_count_value(unsigned index)
{
    (void)index;
    return 0;
}
#endif
