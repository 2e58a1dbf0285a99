/*
 * Huge zones: which zones ask the system for huge pages of 2 MiB, if the user wants them (HAKMEM_HUGE_PAGES=1).
 *
 * Huge pages save most of the page faults and of the misses in the TLB, but each is resident as a whole: a few blocks
 * here and there would cost 2 MiB each.  So a home asks for them only once it holds 16 MiB, for memory that will be
 * dense:
 *
 *   zone without memory yet    huge pages from its first touch on
 *   zone with small pages,     collapsed into huge pages, some at a time, when the home claims another zone: all
 *   all of it used or dirty    of it is resident already, or nearly
 *   zone of long spans         small pages: nobody knows how much of a block of many MiB is ever touched
 *
 * What is purged from a huge zone makes it one of small pages, so that the system does not fill it up again.
 *
 * Guarded by the lock of the zone's home.
 */
#ifndef HAKMEM_HUGE_ZONE_H
#define HAKMEM_HUGE_ZONE_H

#include "home.h"

enum zone_kind {
    ZONE_SMALL, /* small pages */
    ZONE_HUGE,  /* the system was asked for huge ones */
    ZONE_LONG   /* small pages, with spans of more than a huge page in it */
};

/* Longer spans are not taken to be touched as a whole. */
#define HUGE_ZONE_SPAN_MAX ((size_t)32)

/* The home claimed a zone, for a span of `count` slices. */
void huge_zone_claimed(const struct home *home, size_t zone, size_t count);
/* The home has claimed what it needs: collapses some of its zones. */
void huge_zone_collapse(struct home *home);
/* Slices of zones that had small pages became part of a span of `count` slices. */
void huge_zone_taken(size_t first, size_t count);
/* The zone is about to be purged: whether it had huge pages, all of which are resident, and has small ones from now on.
 */
bool huge_zone_purged(size_t zone);

#endif
