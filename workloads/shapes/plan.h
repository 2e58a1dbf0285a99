/*
 * The plan of a profile's replay: every malloc and free of one life of the program, in their order, drawn before
 * anything is measured.  What the measured loop then does beside malloc and free is to read on in an array.
 *
 * One life makes `blocks` blocks and frees them all; it is replayed `lives` times.
 */
#ifndef WORKLOADS_SHAPES_PLAN_H
#define WORKLOADS_SHAPES_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "workloads/shapes/profile.h"

/* A malloc is two words, its slot and its size (bytes); a free is one, its slot with PLAN_FREE. */
#define PLAN_FREE (UINT32_C(1) << 31)

struct plan {
    const uint32_t *words;    /* the mallocs and frees of one life */
    const uint32_t *end;      /* behind the last word */
    void **slots;             /* where live blocks are kept; all empty */
    uint64_t blocks;          /* made in one life */
    uint64_t lives;           /* at least 1 */
    uint64_t live_bytes_peak; /* asked for and not yet freed, at most */
    size_t own_bytes;         /* of the plan itself, resident from before the run to its end */
};

/*
 * The plan for `scale` times the profile's operations.  The same profile and scale give the same plan.  Its memory is
 * from the kernel, not from malloc, and never given back, so that own_bytes can be taken off the process's peak.
 * Ends the process when there is no memory.
 */
struct plan plan_make(const struct profile *profile, double scale);

/* `bytes` zeroed, resident bytes from the kernel that stay until the process ends; adds to `*sum` what that takes. */
void *plan_memory(size_t bytes, size_t *sum);

#endif
