/*
 * What exactly was measured, and with what: path, version and SHA-256 of each binary that has a part in the figures,
 * and the allocators' options.  Taken once before the first sample and held against the files again after the last.
 */
#define _GNU_SOURCE
#include "perf/driver/provenance.h"

#include "perf/driver/library.h"
#include "perf/driver/program.h"
#include "perf/driver/settings.h"
#include "perf/driver/text.h"

#include <stdlib.h>
#include <string.h>

/* Takes over the path; a file that is not there is left out. */
static void add_file(json_t *files, const char *role, const char *name, char *path, const char *version)
{
    char *hash = path ? library_sha256(path) : NULL;
    if (hash)
        json_array_append_new(files, json_pack("{s:s, s:s, s:s, s:s?, s:s}", "role", role, "name", name, "path", path,
                                               "version", version, "sha256", hash));
    free(hash);
    free(path);
}

/* Linked programs have their allocator in them: one file for each workload and arm. */
static void add_workloads(json_t *files, const struct plan *plan)
{
    for (size_t i = 0; i < plan->workload_count; i++) {
        const struct workload *workload = &plan->workloads[i];
        if (workload->program) {
            add_file(files, "workload", workload->name, text_copy(workload->program->path), NULL);
            add_file(files, "launcher", "lab-program", text_copy(workload->program->runner), HAKMEM_VERSION);
            add_file(files, "witness", "liblab-witness", text_copy(workload->program->witness), HAKMEM_VERSION);
            continue;
        }
        bool preloaded = false;
        for (size_t arm = 0; arm < plan->allocator_count; arm++) {
            bool linked = plan->arms[arm].linkage == LINKAGE_STATIC;
            if (linked || !preloaded)
                add_file(files, plan->arms[arm].reference ? "floor" : "workload", workload->name,
                         arm_program(&plan->arms[arm], workload_program(workload)), HAKMEM_VERSION);
            preloaded = preloaded || !linked;
        }
    }
}

int provenance_make(const struct plan *plan, json_t **provenance, struct lab_error *error)
{
    json_t *settings, *files = json_array();
    int status = settings_find(plan, &settings, error);
    add_file(files, "harness", "harness", realpath("/proc/self/exe", NULL), HAKMEM_VERSION);
    for (size_t i = 0; i < plan->allocator_count; i++)
        add_file(files, "allocator", plan->allocators[i].label, arm_allocator_file(&plan->arms[i]), NULL);
    add_workloads(files, plan);
    *provenance = json_pack("{s:o, s:o}", "files", files, "settings", settings);
    return status;
}

const char *provenance_changed(const json_t *provenance)
{
    size_t i;
    json_t *file;
    json_array_foreach (json_object_get(provenance, "files"), i, file) {
        const char *path = json_string_value(json_object_get(file, "path"));
        /* The harness that runs is in memory; that its file is built anew changes no figure. */
        if (!strcmp(json_string_value(json_object_get(file, "role")), "harness"))
            continue;
        char *now = library_sha256(path);
        bool same = now && !strcmp(now, json_string_value(json_object_get(file, "sha256")));
        free(now);
        if (!same)
            return path;
    }
    return NULL;
}
