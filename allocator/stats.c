/*
 * What glibc programs ask a malloc about itself: mallinfo, malloc_stats, malloc_info, mallopt.  Answered here, so that
 * none of them reports on another allocator's arena.  Figures are in whole pages and mappings: a sum over live blocks
 * would have to stop every thread.
 *
 * Other C libraries (musl) have none of these, and neither has the allocator there.
 */
#include "alloc.h"
#include "huge.h"
#include "override.h"
#include "span.h"
#include "stats.h"
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#if defined(__GLIBC__)

static struct span_stats spans_now(void)
{
    return region_init() ? span_stats() : (struct span_stats){0, 0, 0};
}

HAKMEM_EXPORT struct mallinfo2 hakmem_mallinfo2(void)
{
    size_t huge_count;
    size_t huge = huge_bytes(&huge_count);
    struct span_stats spans = spans_now();
    return (struct mallinfo2){
        .arena = spans.used_bytes + spans.dirty_bytes,
        .hblks = huge_count,
        .hblkhd = huge,
        .uordblks = spans.used_bytes,
        .fordblks = spans.dirty_bytes,
        .keepcost = spans.dirty_bytes,
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

void stats_print(int file)
{
    struct mallinfo2 info = hakmem_mallinfo2();
    dprintf(file,
            "hakmem: process %d: pages in use %zu bytes, free but kept %zu bytes, huge blocks %zu in %zu bytes, "
            "peak of pages %zu bytes\n",
            (int)getpid(), info.uordblks, info.fordblks, info.hblks, info.hblkhd, spans_now().peak_bytes);
}

HAKMEM_EXPORT void hakmem_malloc_stats(void)
{
    stats_print(STDERR_FILENO);
}
HAKMEM_ALIAS(void, malloc_stats, (void), hakmem_malloc_stats);

HAKMEM_EXPORT int hakmem_malloc_info(int options, FILE *stream)
{
    if (options != 0)
        return EINVAL;
    struct mallinfo2 info = hakmem_mallinfo2();
    int written = fprintf(stream,
                          "<malloc version=\"1\">\n"
                          "<total type=\"pages\" size=\"%zu\"/>\n<total type=\"free\" size=\"%zu\"/>\n"
                          "<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n</malloc>\n",
                          info.uordblks, info.fordblks, info.hblks, info.hblkhd);
    return written < 0 ? -1 : 0;
}
HAKMEM_ALIAS(int, malloc_info, (int options, FILE *stream), hakmem_malloc_info);

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
