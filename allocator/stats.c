/*
 * What the allocator says about itself: the figures, and the reports that glibc's programs ask for, malloc_stats and
 * malloc_info.  Answered here, so that none of them reports on another allocator's arena.  Figures are in whole pages
 * and mappings: a sum over live blocks would have to stop every thread.
 */
#include "stats.h"
#include "alloc.h"
#include "huge.h"
#include "override.h"
#include "span.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

struct stats_figures stats_now(void)
{
    struct stats_figures now = {0};
    now.huge_bytes = huge_bytes(&now.huge_count);
    if (!region_init())
        return now;
    struct span_stats spans = span_stats();
    now.used_bytes = spans.used_bytes;
    now.dirty_bytes = spans.dirty_bytes;
    now.peak_bytes = spans.peak_bytes;
    return now;
}

void stats_print(int file)
{
    struct stats_figures now = stats_now();
    dprintf(file,
            "hakmem: process %d: pages in use %zu bytes, free but kept %zu bytes, huge blocks %zu in %zu bytes, "
            "pages reach to %zu bytes\n",
            (int)getpid(), now.used_bytes, now.dirty_bytes, now.huge_count, now.huge_bytes, now.peak_bytes);
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
    struct stats_figures now = stats_now();
    int written = fprintf(stream,
                          "<malloc version=\"1\">\n"
                          "<total type=\"pages\" size=\"%zu\"/>\n<total type=\"free\" size=\"%zu\"/>\n"
                          "<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n</malloc>\n",
                          now.used_bytes, now.dirty_bytes, now.huge_count, now.huge_bytes);
    return written < 0 ? -1 : 0;
}
HAKMEM_ALIAS(int, malloc_info, (int options, FILE *stream), hakmem_malloc_info);
