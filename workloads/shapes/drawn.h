/*
 * A drawn program: a way of using malloc that nobody wrote by hand, given by its parameters.
 *
 * scripts/drawn.py draws parameters from a seed and an index and is the only place that does; they come here as
 * `shapes drawn KEY=VALUE...`.  What a program then does depends on them alone, whatever malloc the process has: its
 * operations, the bytes that it writes and its checksum, which has those bytes in it.
 */
#ifndef WORKLOADS_SHAPES_DRAWN_H
#define WORKLOADS_SHAPES_DRAWN_H

#include "workloads/shapes/shape.h"

#define DRAWN_QUANTILE_BITS 10u /* sizes are drawn from a table of 4 KiB */
#define DRAWN_QUANTILES     (1u << DRAWN_QUANTILE_BITS)
#define DRAWN_THREADS_MAX   64u
#define DRAWN_LIVES_MAX     1000u
#define DRAWN_SHELVES_MAX   1024u
#define DRAWN_SLOTS_MAX     (UINT64_C(1) << 24)
#define DRAWN_OPS_MAX       UINT64_C(1000000000)
#define DRAWN_SIZE_MIN      8u /* bytes; the first word of every block is written */
#define DRAWN_SIZE_MAX      (UINT32_C(1) << 30)
#define DRAWN_NUMBERS_MAX   9u   /* of a distribution */
#define DRAWN_SHARE_WHOLE   1000 /* shares are per mille */
#define DRAWN_KEEP_MAX      900u /* per mille: what keeps all would make nothing new */

/* Which block goes when; drawn_policies.c has one function for each. */
enum drawn_policy {
    POLICY_RANDOM,
    POLICY_QUEUE,
    POLICY_STACK,
    POLICY_BATCH,
    POLICY_GENERATIONS,
    POLICY_SAWTOOTH,
    POLICY_VECTORS,
    POLICY_GRAPHS,
    POLICIES
};

/* How sizes are distributed; drawn_sizes.c. */
enum drawn_sizes { SIZES_ONE, SIZES_EVEN, SIZES_LOG, SIZES_FEW, SIZES_MOSTLY, SIZES_TAIL, SIZES_KINDS };

/* What of a new block is written. */
enum drawn_touch { TOUCH_WORD, TOUCH_LINE, TOUCH_ENDS, TOUCH_ALL, TOUCHES };

struct drawn {
    enum drawn_policy policy;
    enum drawn_sizes sizes;
    enum drawn_touch touch;
    enum order order;                   /* batch, graphs: which block goes first */
    uint32_t number[DRAWN_NUMBERS_MAX]; /* bytes: of the distribution of sizes */
    unsigned numbers;                   /* how many of them there are */
    unsigned threads;                   /* at a time */
    unsigned lives;                     /* threads that follow one another in each place, each taking over the blocks */
    uint64_t ops;                       /* blocks made and calls of realloc, all threads together, about */
    uint64_t slots;                     /* blocks live at most, of each thread */
    uint64_t batch;                     /* of slots: a batch, the young ones, a graph; the longest walk of a stack */
    uint64_t shelves;                   /* shared by all threads: where handed blocks wait for who frees them */
    uint64_t keep, handed;              /* shares of 2^32: of a phase's blocks that stay; of frees that another does */
    uint64_t callocs, aligned, resized; /* shares of 2^32: of blocks made so; of replacements that are a realloc */
    uint64_t seed;                      /* of the program's own random numbers */
    uint32_t size[DRAWN_QUANTILES];     /* bytes: quantiles of the distribution of sizes, smallest first */
};

/*
 * The shape that runs the program of `count` words KEY=VALUE, `scale` times as long; its tables are resident, from the
 * kernel, and counted in own_bytes.  NULL, and one line on standard error, if a word is not understood or out of
 * bounds.  May be called once.
 */
const struct shape *drawn_make(char **words, int count);

/* Fills the table of quantiles; the numbers of the distribution are right. */
void drawn_sizes_fill(struct drawn *drawn);

/* Reads the words; false, and one line on standard error, if they are no program. */
bool drawn_parse(struct drawn *drawn, char **words, int count);

struct tally drawn_run(const struct shape *shape, uint64_t ops);

#endif
