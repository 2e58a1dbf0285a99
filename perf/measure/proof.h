/*
 * Proof of allocator: which object the workload's malloc is in, and what that object says it is.
 */
#ifndef LAB_PROOF_H
#define LAB_PROOF_H

#include <limits.h>
#include <stddef.h>

#include "perf/measure/error.h"

#define LAB_IDENTITY_BYTES 1024 /* hakmem names each of its features */

struct lab_proof {
    const char *linkage;               /* "static": in this program; "system": in libc; "preload": anywhere else */
    char object[PATH_MAX];             /* absolute path of the object that malloc_function is in */
    char identity[LAB_IDENTITY_BYTES]; /* such as "mimalloc mi_version 209"; empty when it does not tell */
};

/*
 * Looks at the function that the workload's source calls as malloc.  0, or -errno with a sentence.  Asks the allocator
 * for its version, which may allocate: call after the measured region.
 */
int lab_proof_take(void *(*malloc_function)(size_t), struct lab_proof *proof, struct lab_error *error);

#endif
