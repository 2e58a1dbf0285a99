#ifndef LAB_DRIVER_SCHEDULE_H
#define LAB_DRIVER_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

/* The order in which the arms of each block run; one schedule per workload.  See schedule.c. */
struct schedule;

struct schedule *schedule_new(size_t arms, uint64_t seed);
void schedule_free(struct schedule *schedule);

/* The next block: `order` receives every arm's index once. */
void schedule_next(struct schedule *schedule, size_t *order);

/* Some bytes, at most `max`, that the layout of this round shall be moved by; the same for all arms of a round. */
size_t schedule_padding(uint64_t seed, size_t round, size_t max);

/* A random order of `count` things, for the workloads of a round. */
void schedule_shuffle(uint64_t seed, size_t round, size_t *order, size_t count);

#endif
