/*
 * Arms: an allocator, and the way it gets into the workload's process.
 *
 *      preload   bench_<workload>_system with LD_PRELOAD; the system's own malloc is the same program with nothing
 *                preloaded, so that one binary serves all arms and nothing but the allocator differs
 *      static    bench_<workload>_phaseN with the phase linked in; phases against phases only
 *
 * The A/A' arm runs copies, not links: a copy has pages of its own, so the noise floor has in it what comes from where
 * code happens to lie in memory.
 */
#define _GNU_SOURCE
#include "perf/driver/arm.h"

#include "perf/driver/file.h"
#include "perf/driver/text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void arm_make(struct arm *arm, const struct paths *paths, const struct allocator *allocator, enum linkage linkage)
{
    bool floor = allocator->kind == KIND_FLOOR;
    bool linked = floor || linkage == LINKAGE_STATIC;
    *arm =
        (struct arm){.allocator = allocator, .reference = floor, .linkage = linked ? LINKAGE_STATIC : LINKAGE_PRELOAD};
    arm->label = text_copy(allocator->label);
    arm->variant = text_copy(linked ? allocator->label : "system");
    arm->folder = text_copy(paths->bin);
    if (!linked && allocator->library)
        arm->preload = text_copy(allocator->library);
}

void arm_free(struct arm *arm)
{
    free(arm->label);
    free(arm->variant);
    free(arm->folder);
    free(arm->preload);
}

char *arm_program(const struct arm *arm, const char *workload)
{
    return text_format("%s/bench_%s_%s", arm->folder, workload, arm->variant);
}

char *arm_malloc_object(const struct arm *arm, const char *workload)
{
    if (arm->preload)
        return realpath(arm->preload, NULL);
    if (arm->linkage == LINKAGE_PRELOAD)
        return allocator_system_library();
    char *program = arm_program(arm, workload);
    char *resolved = realpath(program, NULL);
    free(program);
    return resolved;
}

char *arm_allocator_file(const struct arm *arm)
{
    if (arm->allocator->kind == KIND_SYSTEM)
        return allocator_system_library();
    const char *file = arm->linkage == LINKAGE_STATIC ? arm->allocator->archive : arm->allocator->library;
    return file ? text_copy(file) : NULL;
}

const char *arm_linkage_name(const struct arm *arm)
{
    if (arm->linkage == LINKAGE_STATIC)
        return "static";
    return arm->preload ? "preload" : "system";
}

static int copy_file(const char *from, const char *to, struct lab_error *error)
{
    int code = file_copy(from, to);
    if (code)
        return lab_error_set(error, STATUS_FAILED, "cannot copy %s to %s for the noise floor: %s", from, to,
                             strerror(-code));
    return STATUS_DONE;
}

static int copy_programs(struct arm *arm, const struct arm *original, const struct workload *workloads, size_t count,
                         struct lab_error *error)
{
    int status = STATUS_DONE;
    for (size_t i = 0; i < count && !status; i++) {
        char *from = arm_program(original, workload_program(&workloads[i]));
        char *to = arm_program(arm, workload_program(&workloads[i]));
        status = copy_file(from, to, error);
        free(from);
        free(to);
    }
    return status;
}

int arm_repeat(struct arm *arm, const struct arm *original, const char *folder, const struct workload *workloads,
               size_t workload_count, struct lab_error *error)
{
    *arm = (struct arm){.allocator = original->allocator, .repeat = true, .linkage = original->linkage};
    arm->label = text_format("%s#aa", original->label);
    arm->variant = text_copy(original->variant);
    arm->folder = text_copy(original->preload ? original->folder : folder);
    if (mkdir(folder, 0777) && errno != EEXIST)
        return lab_error_set(error, STATUS_FAILED, "cannot create %s: %s", folder, strerror(errno));
    if (!original->preload)
        return copy_programs(arm, original, workloads, workload_count, error);
    arm->preload = text_format("%s/%s", folder, text_base_name(original->preload));
    return copy_file(original->preload, arm->preload, error);
}
