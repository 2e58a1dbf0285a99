/* The hakmem_ names of the glibc extensions in stats.c; malloc_info(3), mallinfo(3), mallopt(3) give the contracts. */
#ifndef HAKMEM_STATS_H
#define HAKMEM_STATS_H

#include <malloc.h>
#include <stdio.h>

/* All in bytes, but for the count. */
struct stats_figures {
    size_t used_bytes;  /* of pages and spans that hold or may hold blocks */
    size_t dirty_bytes; /* free, and not given back to the system */
    size_t peak_bytes;  /* to the highest slice ever used, or held as room */
    size_t huge_count;  /* blocks with a mapping of their own */
    size_t huge_bytes;  /* of those mappings */
};

/* The figures as they are; takes locks, one after the other.  All zero when nothing was ever reserved. */
struct stats_figures stats_now(void);

#if defined(__GLIBC__)
struct mallinfo2 hakmem_mallinfo2(void);
struct mallinfo hakmem_mallinfo(void);
#endif
void hakmem_malloc_stats(void);
/* What malloc_stats prints, to a file descriptor. */
void stats_print(int file);
int hakmem_malloc_info(int options, FILE *stream);
int hakmem_mallopt(int parameter, int value);

#endif
