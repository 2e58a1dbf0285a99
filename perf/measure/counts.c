/*
 * Counts by weak reference: where the allocator in the process, linked or preloaded, exports hakmem_count_name() and
 * hakmem_count_value(), the dynamic linker has resolved them before main, and otherwise they are NULL.  (dlsym(3) would
 * allocate for its error message when they are missing, which before the measured region must not happen.)
 *
 * A build of hakmem that is not the counting one has the functions, but no names.
 *
 * Thread safety: the values are other threads' atomic counters, each read once; read them while the threads wait.
 */
#include "perf/measure/counts.h"

extern const char *hakmem_count_name(unsigned index) __attribute__((weak));
extern unsigned long long hakmem_count_value(unsigned index) __attribute__((weak));

void lab_counts_read(struct lab_counts *counts)
{
    counts->count = 0;
    if (hakmem_count_name == NULL || hakmem_count_value == NULL)
        return;
    for (unsigned i = 0; i < LAB_COUNTS_MAX; i++) {
        const char *name = hakmem_count_name(i);
        if (name == NULL)
            return;
        counts->of[counts->count++] = (struct lab_count){.name = name, .value = hakmem_count_value(i)};
    }
}

void lab_counts_since(const struct lab_counts *start, const struct lab_counts *end, struct lab_counts *counts)
{
    counts->count = end->count < start->count ? end->count : start->count;
    for (size_t i = 0; i < counts->count; i++)
        counts->of[i] = (struct lab_count){.name = end->of[i].name, .value = end->of[i].value - start->of[i].value};
}
