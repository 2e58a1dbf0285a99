/* Options from the environment: HAKMEM_STATS, HAKMEM_HUGE_PAGES, HAKMEM_RESERVE.  hakmem(3) describes them. */
#ifndef HAKMEM_OPTIONS_H
#define HAKMEM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct hakmem_options {
    bool stats;           /* one line on standard error when the process exits */
    bool huge_pages;      /* ask for huge pages where memory is dense (huge_zone.h), instead of declining them */
    size_t reserve_bytes; /* the most address space for blocks of at most 2 MiB */
};

/* Written by options_load only: before main, or by the first allocation, under the region's lock. */
extern struct hakmem_options hakmem_options;

/* Reads the environment, once; complains about each value that is none, once.  `environment` may be NULL: not known
 * yet, try again later.  Ignored in a program that runs with another user's rights. */
void options_load(char **environment);

#endif
