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

#include "perf/driver/text.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stdlib.h>

struct schedule {
    size_t arms;    /* n */
    size_t row;     /* next row of the current square; n when a new square is due */
    bool mirrored;  /* rows of this square are read backwards */
    size_t *labels; /* which arm the design's number i is in this square */
    size_t *rows;   /* order of the rows in this square */
    gsl_rng *random;
};

/* Mixes a seed and a purpose, so that the streams for different uses do not follow each other (splitmix64's finish). */
static unsigned long mixed_seed(uint64_t seed, uint64_t purpose)
{
    uint64_t x = seed + (purpose + 1) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (unsigned long)(x ^ (x >> 31));
}

static gsl_rng *random_new(uint64_t seed, uint64_t purpose)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    if (!random)
        abort();
    gsl_rng_set(random, mixed_seed(seed, purpose));
    return random;
}

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
    schedule->random = random_new(seed, 0);
    return schedule;
}

void schedule_free(struct schedule *schedule)
{
    if (!schedule)
        return;
    gsl_rng_free(schedule->random);
    free(schedule->labels);
    free(schedule->rows);
    free(schedule);
}

static void square_begin(struct schedule *schedule)
{
    schedule->mirrored = schedule->arms % 2 && !schedule->mirrored;
    if (!schedule->mirrored)
        gsl_ran_shuffle(schedule->random, schedule->labels, schedule->arms, sizeof *schedule->labels);
    gsl_ran_shuffle(schedule->random, schedule->rows, schedule->arms, sizeof *schedule->rows);
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
    return mixed_seed(seed, 1000 + round) % (max + 1);
}

void schedule_shuffle(uint64_t seed, size_t round, size_t *order, size_t count)
{
    gsl_rng *random = random_new(seed, 1000000 + round);
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    gsl_ran_shuffle(random, order, count, sizeof *order);
    gsl_rng_free(random);
}
