/*
 * Purging in parts (short_calls, phase 12): to give memory back takes 30 us a MiB, and a rule that finds 200 MiB idle
 * would have one free take 6 ms.  So each of the two rules (purge.c) is spread over the calls that come by:
 *
 *   window   what a home's window found idle goes by PART_SLICES a call during the next one; what is left at its end
 *            goes then, so that a program which seldom comes by keeps it for one window more
 *   drop     begins early, when the program has given most of what it had for a quarter of a second back, and dirty
 *            memory then goes down as the memory in use does:
 *
 *      dirty | start       at the moment at which the drop is seen next to nothing is left of it; if that does not come
 *            |    \        within a second, what has gone was given back for nothing, and the next try waits twice as
 *            |     \       long, to a minute
 *            +------\---- in use
 *               limit of a drop
 *
 * Who calls holds no lock.  What is shared is relaxed: it decides how much goes and when, and guards nothing.
 */
#ifndef HAKMEM_PURGE_PARTS_H
#define HAKMEM_PURGE_PARTS_H

#include "home.h"
#include <stdbool.h>

/* 2 MiB. */
#define PART_SLICES ((size_t)32)

/* The process begins. */
void parts_init(void);
/* Lock held: so many of the home's slices are to go, in parts. */
void parts_owe(struct home *home, size_t slices);
/* Lock held: what is left of that goes now. */
void parts_settle(struct home *home);
/* One part of what is owed, by this home or another. */
void parts_pay(struct home *home);

/* Memory was given back to the home: is a drop coming, or under way?  If so a part goes.  True: it is under way. */
bool parts_approach(const struct home *home, uint64_t now);
/* Under way: how much was dirty when it began; else 0. */
size_t parts_dirty_at_start(void);
/* The drop has come. */
void parts_arrived(void);

#endif
