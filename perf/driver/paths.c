/*
 * Where things are, seen from the harness's own place: programs beside it, libraries in ../lib.  That holds in build/,
 * in every flavour's folder and after `make install`.
 */
#define _GNU_SOURCE
#include "perf/driver/paths.h"

#include "perf/driver/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int paths_find(struct paths *paths, struct lab_error *error)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return lab_error_set(error, STATUS_FAILED,
                             "cannot find the harness's own place: /proc/self/exe is not readable; mount /proc");
    self[length] = '\0';
    *strrchr(self, '/') = '\0';
    paths->bin = text_copy(self);
    paths->lib = text_format("%s/../lib", self);
    char *tidy = realpath(paths->lib, NULL);
    if (tidy) {
        free(paths->lib);
        paths->lib = tidy;
    }
    const char *root = getenv("HAKMEM_ROOT");
    paths->root = root && *root ? text_copy(root) : text_format("%s/../..", self);
    return STATUS_DONE;
}

void paths_free(struct paths *paths)
{
    free(paths->bin);
    free(paths->lib);
    free(paths->root);
}

char *paths_program(const struct paths *paths, const char *workload, const char *variant)
{
    return text_format("%s/bench_%s_%s", paths->bin, workload, variant);
}
