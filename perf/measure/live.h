/*
 * The oracle of live bytes: what the workload holds at this moment, by its own books, in a page of memory that the
 * harness may share and read from outside without the process noticing.
 */
#ifndef LAB_LIVE_H
#define LAB_LIVE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define LAB_LIVE_CELLS      64 /* a power of two */
#define LAB_LIVE_CELL_BYTES 64 /* a cache line: threads do not disturb each other */

/* How far the process is; each follows the one before. */
enum lab_live_state { LAB_LIVE_STARTS, LAB_LIVE_RUNS, LAB_LIVE_ENDED, LAB_LIVE_FREED, LAB_LIVE_STATES };

/* Bytes asked for, less bytes freed, by the threads that were given this cell; any of them may be below 0. */
struct lab_live_cell {
    _Atomic int64_t bytes; /* relaxed: a sum that lags by a few blocks is as good */
} __attribute__((aligned(LAB_LIVE_CELL_BYTES)));

struct lab_live_page {
    _Atomic uint32_t state;              /* enum lab_live_state; process: release, harness: acquire */
    _Atomic uint32_t leave;              /* harness: the process may end; relaxed, it carries nothing else */
    uint64_t moment_ns[LAB_LIVE_STATES]; /* CLOCK_MONOTONIC when each state began; written before it */
    struct lab_live_cell cells[LAB_LIVE_CELLS];
};

/* The page in use; of this process alone unless the harness shares one.  Set before threads exist. */
extern struct lab_live_page *lab_live_page;

/* The calling thread's cell. */
struct lab_live_cell *lab_live_cell_take(void);
extern __thread struct lab_live_cell *lab_live_cell;

/* A block of so many bytes was allocated, or with a minus sign is freed. */
static inline void lab_live_add(int64_t bytes)
{
    struct lab_live_cell *cell = lab_live_cell != NULL ? lab_live_cell : lab_live_cell_take();
    atomic_fetch_add_explicit(&cell->bytes, bytes, memory_order_relaxed);
}

/* The sum over the cells: within the blocks that are in somebody's hands right now. */
static inline int64_t lab_live_bytes(const struct lab_live_page *page)
{
    int64_t sum = 0;
    for (int i = 0; i < LAB_LIVE_CELLS; i++)
        sum += atomic_load_explicit(&page->cells[i].bytes, memory_order_relaxed);
    return sum;
}

#endif
