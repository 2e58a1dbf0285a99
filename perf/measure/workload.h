/*
 * What a workload program supplies, and what it is given: the frame is lab_main (main.c), the clocked part region.c.
 *
 *     prepare   on each thread, before the clock starts: set up `memory` (zeroed, resident, not from malloc)
 *     run       on each thread, clocked: exactly `ops` calls of the malloc family, or as near below as the shape allows
 *     finish    on each thread, after the clock: free what is left, so that its checksum counts as well
 *
 * The sequence of calls may depend on the parameters, the seed and the thread's index, never on addresses or time:
 * every allocator is given the same work, and every one must end with the same checksum.
 */
#ifndef LAB_WORKLOAD_H
#define LAB_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "perf/measure/error.h"

#define LAB_THREADS_MAX  256
#define LAB_MAX_SIZE_MAX (UINT64_C(1) << 30) /* bytes; sizes fit in 32 bits */
#define LAB_SLOTS_MAX    (UINT64_C(1) << 24)
#define LAB_OPS_MAX      (UINT64_C(1) << 48)
#define LAB_TEAM_ALIGN   128 /* two cache lines: the adjacent-line prefetcher pairs them */

struct lab_params {
    uint64_t ops;      /* calls of the malloc family, all threads together */
    uint64_t slots;    /* what a slot is, the workload says */
    uint64_t min_size; /* bytes, smallest request */
    uint64_t max_size; /* bytes, largest request */
    uint64_t threads;  /* threads of the region */
    uint64_t seed;     /* of the random sequence */
};

struct lab_thread {
    const struct lab_params *params; /* the same for all */
    struct lab_thread *team;         /* all of them: team[0] .. team[threads - 1] */
    uint64_t index;                  /* of this one */
    uint64_t ops;                    /* calls that it is to make */
    bool verify;                     /* fill blocks and check them before free */
    void *memory;                    /* memory_bytes() of its own, zeroed, page-aligned */
    uint64_t ops_done;               /* calls that it made; set by run */
    uint64_t checksum;               /* sum over the blocks it freed; set by run and finish */
    uint64_t start_ticks;            /* when run began; set by the region */
    uint64_t end_ticks;              /* when run returned; set by the region */
} __attribute__((aligned(LAB_TEAM_ALIGN)));

struct lab_workload {
    const char *name;                                        /* random_mixed */
    const char *summary;                                     /* one line: what it does */
    const char *models;                                      /* one line: the real behaviour it stands for */
    const char *slots_meaning;                               /* one line: what --slots counts here */
    struct lab_params defaults;                              /* .threads tells whether it is a threaded workload */
    void *(*malloc_function)(size_t);                        /* what this source file calls when it calls malloc */
    size_t (*memory_bytes)(const struct lab_params *params); /* bookkeeping of one thread */
    void (*prepare)(struct lab_thread *thread);              /* see above */
    void (*run)(struct lab_thread *thread);                  /* see above */
    void (*finish)(struct lab_thread *thread);               /* see above */
    /* Limits of its own on top of the common ones; may be NULL.  0, or -EINVAL with a sentence. */
    int (*check)(const struct lab_params *params, struct lab_error *error);
};

/* The whole program.  Returns its exit status: 0 done, 1 failed, 2 wrong usage. */
int lab_main(int argc, char **argv, const struct lab_workload *workload);

/* The parameters in force; for the floor's pseudo-allocator, which has no other way to learn them. */
const struct lab_params *lab_params_in_force(void);

/*
 * Ends the process with status 1 and one line on standard error.  For a workload thread in the middle of the region:
 * a block is corrupt or malloc returned NULL, and the other threads may be waiting for it.
 */
__attribute__((noreturn, cold, format(printf, 1, 2))) void lab_fail(const char *format, ...);

#endif
