/*
 * A profile: the joint distribution of the sizes and lifetimes of a program's blocks, read from a text file.
 *
 *     hakmem-profile-1
 *     # what follows a # is for people
 *     allocations 30000
 *     # weight  size-min size-max  lifetime-min lifetime-max
 *     1200      16       24        0            0
 *     80        4096     8192      end          end
 *
 * A block is of a row with the row's share of all weights; its size (bytes) and its lifetime are then any within the
 * row's bounds, each as likely as another.  A lifetime is the number of blocks that the program makes after this one
 * and before it is freed: 0 is freed before the next is made, `end` is freed when the program ends.
 *
 * `allocations`, which may be left out, says how many blocks the program makes from its start to its end.
 */
#ifndef WORKLOADS_SHAPES_PROFILE_H
#define WORKLOADS_SHAPES_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROFILE_ROWS_MAX     4096u
#define PROFILE_TEXT_MAX     (UINT32_C(1) << 20)        /* bytes of a file */
#define PROFILE_SIZE_MAX     (UINT64_C(1) << 30)        /* bytes of a block */
#define PROFILE_COUNT_MAX    UINT64_C(1000000000000000) /* of weights and lifetimes: all rows' sum stays below 2^63 */
#define PROFILE_BLOCKS_MAX   (UINT64_C(1) << 24)        /* `allocations` */
#define PROFILE_BLOCKS_UNSET UINT64_C(1000000)          /* `allocations` where the file does not say */
#define PROFILE_END          UINT64_MAX                 /* the lifetime `end` */

struct profile_row {
    uint64_t below;                      /* weights of this row and all before it: the cumulative distribution */
    uint64_t size_min, size_max;         /* bytes, 1 to PROFILE_SIZE_MAX */
    uint64_t lifetime_min, lifetime_max; /* blocks made meanwhile; both or none are PROFILE_END */
};

struct profile {
    size_t rows;     /* at least 1 */
    uint64_t blocks; /* `allocations` */
    struct profile_row row[PROFILE_ROWS_MAX];
};

/* Why a text is no profile. */
struct profile_fault {
    unsigned line;   /* from 1 on; 0: the file as a whole */
    char words[200]; /* what is wrong, and what to do */
};

/* Reads `text`, which it cuts up, of `length` bytes and a NUL behind them.  False, and `fault` is set, if it is no
 * profile. */
bool profile_parse(char *text, size_t length, struct profile *profile, struct profile_fault *fault);

/* The row that a number below profile_weight belongs to. */
const struct profile_row *profile_row_at(const struct profile *profile, uint64_t weight);

static inline uint64_t profile_weight(const struct profile *profile)
{
    return profile->row[profile->rows - 1].below;
}

#endif
