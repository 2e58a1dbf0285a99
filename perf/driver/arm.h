#ifndef LAB_DRIVER_ARM_H
#define LAB_DRIVER_ARM_H

#include "perf/driver/allocator.h"
#include "perf/driver/workload.h"

#include <stdbool.h>

/* One way to run a workload: what a block of the schedule has one of each of. */
struct arm {
    const struct allocator *allocator; /* of the plan */
    char *label;                       /* the allocator's label; with "#aa" behind it for the repeated arm */
    bool repeat;                       /* A/A': the same allocator by another path */
    bool reference;                    /* the floor: measured and shown, never compared */
    enum linkage linkage;              /* how the allocator gets in; preload as well when nothing is preloaded */
    char *variant;                     /* the programs' last part: bench_<workload>_<variant> */
    char *folder;                      /* where the programs are */
    char *preload;                     /* shared object, or NULL */
    size_t link_order;                 /* of --relink, from 1; 0: as make links */
};

/* The arm for an allocator. */
void arm_make(struct arm *arm, const struct paths *paths, const struct allocator *allocator, enum linkage linkage);

/*
 * The A/A' arm of `original`: what tells it apart, which is the shared object, or the programs when there is none, is
 * copied into `folder`.  STATUS_FAILED when a copy cannot be made.
 */
int arm_repeat(struct arm *arm, const struct arm *original, const char *folder, const struct workload *workloads,
               size_t workload_count, struct lab_error *error);
void arm_free(struct arm *arm);

/* Both are the caller's to free. */
char *arm_program(const struct arm *arm, const char *workload);
char *arm_malloc_object(const struct arm *arm, const char *workload); /* where malloc must come from */

/* The file that the allocator's code is in: shared object, archive or libc; NULL for the floor.  To be freed. */
char *arm_allocator_file(const struct arm *arm);

/* "preload", "static" or "system", as in the record. */
const char *arm_linkage_name(const struct arm *arm);

#endif
