#ifndef LAB_DRIVER_POOL_H
#define LAB_DRIVER_POOL_H

#include <stddef.h>

/*
 * Jobs side by side, for what is not timed.  A turn is the use of one CPU: a job has one when it is started, and ends
 * it itself, at the latest when it returns, so that a process that only sleeps keeps no other from computing.
 */
struct pool;

struct pool_job {
    void (*run)(struct pool *pool, void *context);
    void *context;
};

/*
 * Runs all jobs, in their order as far as there are turns, and returns when the last has ended.  `turns` is the number
 * of CPUs to be used.  After Ctrl-C, and later than `limit_s` seconds from now (none when <= 0), no further job is
 * started.  Returns how many were run.
 */
size_t pool_run(const struct pool_job *jobs, size_t count, unsigned turns, double limit_s);

/* From within a job, exactly once: its turn goes to the next job. */
void pool_end_turn(struct pool *pool);

#endif
