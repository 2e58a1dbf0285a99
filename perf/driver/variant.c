/*
 * Variants of hakmem: the phases, a phase without a feature, phase 0 with one (allocator/ablation.mk names them), each
 * as a timed and as a counting build.  Only the timed phases are built by plain make.
 */
#define _GNU_SOURCE
#include "perf/driver/variant.h"

#include "perf/driver/library.h"
#include "perf/driver/make.h"
#include "perf/driver/text.h"

#include <stdlib.h>
#include <string.h>

char *variant_library(const struct paths *paths, const char *name)
{
    return text_format("%s/libhakmem-%s.so", paths->lib, name);
}

char *variant_counting_library(const struct paths *paths, const char *name)
{
    return text_format("%s/libhakmem-%s-count.so", paths->lib, name);
}

/* Takes over both texts. */
static int find(const struct paths *paths, char *label, char *library, struct allocator *allocator,
                struct lab_error *error)
{
    *allocator = (struct allocator){.kind = KIND_PHASE, .label = label, .library = library};
    int status = make_files(paths, &library, 1, error);
    if (status && strstr(error->text, "No rule to make target"))
        status =
            lab_error_set(error, STATUS_USAGE, "hakmem has no variant '%s'; 'make ablation-names' lists them", label);
    if (!status)
        status = library_check(library, error);
    if (status)
        allocator_free(allocator);
    return status;
}

int variant_find(const struct paths *paths, const char *name, struct allocator *allocator, struct lab_error *error)
{
    if (strncmp(name, "phase", strlen("phase")) || strchr(name, '/'))
        return lab_error_set(error, STATUS_USAGE, "'%s' is no variant of hakmem; one is phase3-without-direct_cache",
                             name);
    return find(paths, text_copy(name), variant_library(paths, name), allocator, error);
}

int variant_find_counting(const struct paths *paths, const char *name, struct allocator *allocator,
                          struct lab_error *error)
{
    bool variant = !strncmp(name, "phase", strlen("phase")) && strchr(name, '-') && !strchr(name, '/');
    char *label = variant ? text_copy(name) : NULL;
    if (!variant) {
        int status = allocator_find(paths, name, allocator, error);
        if (status)
            return status;
        if (allocator->kind == KIND_PATH)
            return STATUS_DONE;
        bool counts = allocator->kind == KIND_PHASE;
        label = text_copy(allocator->label);
        allocator_free(allocator);
        if (!counts) {
            status = lab_error_set(error, STATUS_USAGE,
                                   "%s does not count its events; hakmem and phase0..N have counting builds", label);
            free(label);
            return status;
        }
    }
    return find(paths, label, variant_counting_library(paths, label), allocator, error);
}
