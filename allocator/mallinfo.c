/*
 * mallinfo(3) and mallopt(3), whose types and constants only glibc has: with another C library (musl) this file is
 * empty.
 */
#include "alloc.h"
#include "override.h"
#include "stats.h"
#include <limits.h>
#include <malloc.h>

#if defined(__GLIBC__)

HAKMEM_EXPORT struct mallinfo2 hakmem_mallinfo2(void)
{
    struct stats_figures now = stats_now();
    return (struct mallinfo2){
        .arena = now.used_bytes + now.dirty_bytes,
        .hblks = now.huge_count,
        .hblkhd = now.huge_bytes,
        .uordblks = now.used_bytes,
        .fordblks = now.dirty_bytes,
        .keepcost = now.dirty_bytes,
    };
}
HAKMEM_ALIAS(struct mallinfo2, mallinfo2, (void), hakmem_mallinfo2);

static int clamp(size_t value)
{
    return value > INT_MAX ? INT_MAX : (int)value;
}

/* The old form, whose fields are int: large values stop at INT_MAX instead of wrapping. */
HAKMEM_EXPORT struct mallinfo hakmem_mallinfo(void)
{
    struct mallinfo2 info = hakmem_mallinfo2();
    return (struct mallinfo){
        .arena = clamp(info.arena),
        .hblks = clamp(info.hblks),
        .hblkhd = clamp(info.hblkhd),
        .uordblks = clamp(info.uordblks),
        .fordblks = clamp(info.fordblks),
        .keepcost = clamp(info.keepcost),
    };
}

/* Tunables of glibc have no counterpart here: known ones are accepted and do nothing, unknown ones are refused. */
HAKMEM_EXPORT int hakmem_mallopt(int parameter, int value)
{
    (void)value;
    switch (parameter) {
    case M_MXFAST:
    case M_TRIM_THRESHOLD:
    case M_TOP_PAD:
    case M_MMAP_THRESHOLD:
    case M_MMAP_MAX:
    case M_CHECK_ACTION:
    case M_PERTURB:
    case M_ARENA_TEST:
    case M_ARENA_MAX:
        return 1;
    default:
        return 0;
    }
}
HAKMEM_ALIAS(int, mallopt, (int parameter, int value), hakmem_mallopt);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
HAKMEM_ALIAS(struct mallinfo, mallinfo, (void), hakmem_mallinfo);
#pragma GCC diagnostic pop

#endif
