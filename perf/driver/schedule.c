/*
 * Shuffled balanced blocks.
 *
 * A block runs every arm once.  Blocks come in squares of as many blocks as there are arms.  A square is a Williams
 * design: its first row zigzags 0, 1, n-1, 2, n-2, ... and row i adds i modulo n, so that in one square each arm stands
 * once at each place and, when n is even, follows each other arm once (when n is odd a square is followed by
 * its mirror image, and the two together do that twice).  What an arm is called and the order of the rows are shuffled.
 * For two arms this gives ABBA or BAAB.
 *
 *      n = 4:   0 1 3 2        drift within a block and the state that one arm leaves for the next
 *               1 2 0 3        then weigh on every arm alike, instead of deciding the result
 *               2 3 1 0
 *               3 0 2 1
 *
 * E. J. Williams, Experimental designs balanced for the estimation of residual effects of treatments, 1949.
 */
#include "perf/driver/schedule.h"

#include "perf/driver/random.h"
#include "perf/driver/text.h"

#include <stdbool.h>
#include <stdlib.h>

struct schedule {
    size_t arms;    /* n */
    size_t row;     /* next row of the current square; n when a new square is due */
    bool mirrored;  /* rows of this square are read backwards */
    size_t *labels; /* which arm the design's number i is in this square */
    size_t *rows;   /* order of the rows in this square */
    struct random_stream random;
};

/* What random numbers are for: each use has a stream of its own. */
enum { FOR_BLOCKS = 0, FOR_PADDING = 1000, FOR_WORKLOADS = 1000000 };

struct schedule *schedule_new(size_t arms, uint64_t seed)
{
    struct schedule *schedule = memory_take(1, sizeof *schedule);
    schedule->arms = arms;
    schedule->row = arms;
    schedule->mirrored = true;
    schedule->labels = memory_take(arms, sizeof *schedule->labels);
    schedule->rows = memory_take(arms, sizeof *schedule->rows);
    for (size_t i = 0; i < arms; i++)
        schedule->labels[i] = schedule->rows[i] = i;
    schedule->random = random_stream_of(seed, FOR_BLOCKS);
    return schedule;
}

void schedule_free(struct schedule *schedule)
{
    if (!schedule)
        return;
    free(schedule->labels);
    free(schedule->rows);
    free(schedule);
}

static void square_begin(struct schedule *schedule)
{
    schedule->mirrored = schedule->arms % 2 && !schedule->mirrored;
    if (!schedule->mirrored)
        random_shuffle(&schedule->random, schedule->labels, schedule->arms);
    random_shuffle(&schedule->random, schedule->rows, schedule->arms);
    schedule->row = 0;
}

/* 0, 1, n-1, 2, n-2, ... */
static size_t zigzag(size_t place, size_t n)
{
    size_t step = (place + 1) / 2;
    return place % 2 ? step : (n - step) % n;
}

void schedule_next(struct schedule *schedule, size_t *order)
{
    size_t n = schedule->arms;
    if (schedule->row == n)
        square_begin(schedule);
    size_t shift = schedule->rows[schedule->row++];
    for (size_t place = 0; place < n; place++) {
        size_t number = (zigzag(place, n) + shift) % n;
        order[schedule->mirrored ? n - 1 - place : place] = schedule->labels[number];
    }
}

size_t schedule_padding(uint64_t seed, size_t round, size_t max)
{
    struct random_stream random = random_stream_of(seed, FOR_PADDING + round);
    return random_below(&random, max + 1);
}

void schedule_shuffle(uint64_t seed, size_t round, size_t *order, size_t count)
{
    struct random_stream random = random_stream_of(seed, FOR_WORKLOADS + round);
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    random_shuffle(&random, order, count);
}
