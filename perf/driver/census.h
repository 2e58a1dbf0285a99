#ifndef LAB_DRIVER_CENSUS_H
#define LAB_DRIVER_CENSUS_H

#include "perf/driver/allocator.h"
#include "perf/driver/instruction.h"

#include <stdint.h>

/* What is stepped, in this order. */
enum census_op { CENSUS_MALLOC, CENSUS_FREE, CENSUS_CALLOC, CENSUS_REALLOC, CENSUS_REMOTE_FREE, CENSUS_OPS };
extern const char *const census_op_names[CENSUS_OPS]; /* as in JSON, and on the target's command line */

enum {
    CENSUS_SIZE_MAX = 1 << 20, /* bytes: several hundred blocks of it still fit into any machine */
    CENSUS_STEPS_MAX = 400     /* instructions of one call that a listing keeps: a fast path and more */
};

/* One instruction of a listing. */
struct census_step {
    char text[INSTRUCTION_TEXT];
    const char *function; /* that it is in */
    bool load, store, branch, atomic;
};

/* One call. */
struct census_tally {
    uint32_t instructions; /* executed, from the function's first to its return */
    uint32_t loads;        /* operands read from memory */
    uint32_t stores;       /* operands written to memory */
    uint32_t branches;     /* conditional ones, taken or not */
    uint32_t atomics;      /* locked instructions */
    uint32_t lines;        /* distinct cache lines of data, the stack's included */
    uint32_t code_lines;   /* distinct cache lines that instructions were fetched from */
};

/* What came of one allocator and operation. */
struct census {
    const char *allocator; /* label; the allocator's */
    enum census_op op;
    struct census_tally usual; /* of the call that the most calls are like */
    uint32_t calls;            /* stepped */
    uint32_t like;             /* of them as long as the usual one */
    uint32_t fewest;           /* instructions of the shortest call */
    uint32_t most;             /* and of the longest */
    struct census_step *steps; /* the usual call's; NULL unless asked for */
    size_t step_count;
};

/*
 * Steps one operation of an allocator that is preloaded, on blocks of `size` bytes.  STATUS_FAILED and a message when
 * it cannot be done.  census_free() in every case.
 */
int census_take(const struct paths *paths, const struct allocator *allocator, enum census_op op, uint64_t size,
                bool listing, struct census *census, struct lab_error *error);
void census_free(struct census *census);

#endif
