#ifndef LAB_DRIVER_ALLOCATOR_H
#define LAB_DRIVER_ALLOCATOR_H

#include "perf/driver/status.h"
#include "perf/driver/paths.h"

#include <stdbool.h>
#include <stddef.h>

enum allocator_kind { KIND_PHASE, KIND_SYSTEM, KIND_INSTALLED, KIND_PATH, KIND_FLOOR };

/* How an allocator gets into a process. */
enum linkage { LINKAGE_PRELOAD, LINKAGE_STATIC };

/* An allocator that can be measured. */
struct allocator {
    enum allocator_kind kind;
    char *label;    /* unique in a run: "phase1", "mimalloc", "system", "foo" */
    char *library;  /* shared object to preload, its links resolved; NULL for system and floor */
    char *archive;  /* of phases: the archive that is linked into bench_<workload>_<label>; else NULL */
    char *sha256;   /* of the file that is used, once a plan has asked for it; else NULL */
    char *identity; /* what it says of itself, learned from the first record; NULL until then */
};

extern const char *const allocator_kind_names[]; /* as in run.json, by enum allocator_kind */

/*
 * Numbers of the phases that are built, ascending; returns how many.  Those are the ones that make wrote into
 * lib/phases, or every libhakmem-phaseN.so where there is no such file, as after `make install`.
 */
enum { PHASES_MAX = 32 };
size_t allocator_phases(const struct paths *paths, int numbers[PHASES_MAX]);

/*
 * Finds the allocator that a user calls `name`: phaseN, hakmem (the newest phase), system, floor, one known by name, or
 * a path with a slash in it.  STATUS_USAGE and a message when there is none.
 */
int allocator_find(const struct paths *paths, const char *name, struct allocator *allocator, struct lab_error *error);
void allocator_free(struct allocator *allocator);

/* Names of the allocators that are known by name, ending with NULL, and whether one is on this machine. */
extern const char *const allocator_known_names[];
bool allocator_installed(const char *name);

/* Path of the object that malloc comes from when nothing is preloaded; the caller frees it. */
char *allocator_system_library(void);

#endif
