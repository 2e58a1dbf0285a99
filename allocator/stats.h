/* The hakmem_ names of the glibc extensions in stats.c; malloc_info(3), mallinfo(3), mallopt(3) give the contracts. */
#ifndef HAKMEM_STATS_H
#define HAKMEM_STATS_H

#include <malloc.h>
#include <stdio.h>

struct mallinfo2 hakmem_mallinfo2(void);
struct mallinfo hakmem_mallinfo(void);
void hakmem_malloc_stats(void);
/* What malloc_stats prints, to a file descriptor. */
void stats_print(int file);
int hakmem_malloc_info(int options, FILE *stream);
int hakmem_mallopt(int parameter, int value);

#endif
