#ifndef LAB_DRIVER_PATHS_H
#define LAB_DRIVER_PATHS_H

#include "perf/driver/status.h"

/* Where the parts of the lab are.  Filled once, by main. */
struct paths {
    char *bin;  /* folder of the harness itself and of bench_* */
    char *lib;  /* folder of libhakmem-*.so */
    char *root; /* the project's root: reports/, results/; $HAKMEM_ROOT, else two folders above bin */
};

int paths_find(struct paths *paths, struct lab_error *error);
void paths_free(struct paths *paths);

/* Path of a workload program: bench_<workload>_<variant>; the caller frees it. */
char *paths_program(const struct paths *paths, const char *workload, const char *variant);

#endif
