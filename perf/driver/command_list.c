/*
 * `harness list`: the allocators on this machine, with what they say of themselves, the workloads with their
 * parameters, and the counter groups.  An allocator's version is asked of the allocator: a workload runs a few
 * operations under it.
 */
#define _GNU_SOURCE
#include "perf/driver/commands.h"

#include "perf/driver/allocator.h"
#include "perf/driver/arm.h"
#include "perf/driver/sample.h"
#include "perf/driver/text.h"
#include "perf/driver/workload.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IDENTITY_TIMEOUT_S 10

/* Runs the least work there is under the allocator and returns what it says of itself; NULL when it fails. */
static char *identity_ask(const struct paths *paths, struct workload *workload, const struct allocator *allocator)
{
    struct arm arm;
    struct sample sample;
    struct lab_error ignored;
    char *record = text_format("%s/hakmem-lab-list-%d.json", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", getpid());
    int64_t least = workload_least(workload, "ops");
    workload_set(workload, "ops", least, &ignored);
    arm_make(&arm, paths, allocator, LINKAGE_PRELOAD);
    struct sample_request request = {
        .workload = workload, .arm = &arm, .timeout_s = IDENTITY_TIMEOUT_S, .record = record};
    sample_take(&request, &sample);
    const char *identity = sample.state == SAMPLE_OK ? sample_identity(&sample) : sample_reason(&sample);
    char *text = text_copy(identity ? identity : "");
    sample_free(&sample);
    arm_free(&arm);
    free(record);
    return text;
}

static void add_allocator(json_t *list, const struct paths *paths, struct workload *workload, const char *name)
{
    struct allocator allocator;
    struct lab_error absent;
    json_t *item = json_object();
    json_object_set_new(item, "label", json_string(name));
    if (allocator_find(paths, name, &allocator, &absent)) {
        json_object_set_new(item, "found", json_false());
        json_object_set_new(item, "reason", json_string(absent.text));
    } else {
        char *system = allocator.kind == KIND_SYSTEM ? allocator_system_library() : NULL;
        char *identity = workload ? identity_ask(paths, workload, &allocator) : text_copy("");
        json_object_set_new(item, "found", json_true());
        json_object_set_new(item, "kind", json_string(allocator_kind_names[allocator.kind]));
        json_object_set_new(item, "path", json_string(system ? system : allocator.library));
        json_object_set_new(item, "version", json_string(identity));
        free(identity);
        free(system);
    }
    allocator_free(&allocator);
    json_array_append_new(list, item);
}

static json_t *list_allocators(const struct paths *paths, struct workload *workload)
{
    int numbers[PHASES_MAX];
    json_t *list = json_array();
    size_t count = allocator_phases(paths, numbers);
    for (size_t i = 0; i < count; i++) {
        char *name = text_format("phase%d", numbers[i]);
        add_allocator(list, paths, workload, name);
        free(name);
    }
    add_allocator(list, paths, workload, "system");
    for (size_t i = 0; allocator_known_names[i]; i++)
        add_allocator(list, paths, workload, allocator_known_names[i]);
    return list;
}

static json_t *list_workloads(const struct workload *workloads, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append(list, workloads[i].description);
    return list;
}

/* The groups are text files; their first comment line says what they are for. */
static json_t *list_groups(const struct paths *paths)
{
    json_t *list = json_array();
    char *pattern = text_format("%s/../groups/*.txt", paths->bin);
    glob_t files;
    int code = glob(pattern, 0, NULL, &files);
    for (size_t i = 0; !code && i < files.gl_pathc; i++) {
        char *line = text_file_line(files.gl_pathv[i]);
        char *name = text_copy(text_base_name(files.gl_pathv[i]));
        name[strlen(name) - strlen(".txt")] = '\0';
        json_array_append_new(list,
                              json_pack("{s:s, s:s}", "name", name, "meaning", line ? line + strspn(line, "# ") : ""));
        free(name);
        free(line);
    }
    if (!code)
        globfree(&files);
    free(pattern);
    return list;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void print_allocators(const json_t *list)
{
    size_t i;
    json_t *item;
    printf("Allocators\n");
    json_array_foreach (list, i, item) {
        bool found = json_is_true(json_object_get(item, "found"));
        printf("  %-11s %s\n", text_of(item, "label"), found ? text_of(item, "version") : "not installed");
        if (found)
            printf("  %-11s %s\n", "", text_of(item, "path"));
    }
    printf("  hakmem is the newest phase, all is every one that was found; ./libfoo.so works too.\n");
}

static void print_workloads(const json_t *list)
{
    size_t i, j;
    json_t *item, *param;
    printf("\nWorkloads\n");
    json_array_foreach (list, i, item) {
        printf("  %s: %s\n", text_of(item, "name"), text_of(item, "summary"));
        json_array_foreach (json_object_get(item, "params"), j, param)
            printf("      %-10s %-12lld %s\n", text_of(param, "name"),
                   (long long)json_integer_value(json_object_get(param, "default")), text_of(param, "meaning"));
    }
}

static void print_groups(const json_t *list)
{
    size_t i;
    json_t *item;
    printf("\nCounter groups\n");
    json_array_foreach (list, i, item) {
        printf("  %-11s %s\n", text_of(item, "name"), text_of(item, "meaning"));
    }
}

int command_list(const struct paths *paths, const struct options *options, struct invocation typed,
                 struct lab_error *error)
{
    struct workload *workloads = NULL;
    size_t count = 0;
    (void)typed;
    if (options->word_count)
        return lab_error_set(error, STATUS_USAGE, "list takes no '%s'", options->words[0]);
    int status = workloads_find(paths, NULL, &workloads, &count, error);
    if (!status) {
        json_t *list = json_object();
        json_object_set_new(list, "allocators", list_allocators(paths, &workloads[0]));
        json_object_set_new(list, "workloads", list_workloads(workloads, count));
        json_object_set_new(list, "groups", list_groups(paths));
        if (options->json) {
            json_dumpf(list, stdout, JSON_INDENT(1));
            putchar('\n');
        } else {
            print_allocators(json_object_get(list, "allocators"));
            print_workloads(json_object_get(list, "workloads"));
            print_groups(json_object_get(list, "groups"));
        }
        json_decref(list);
    }
    workloads_free(workloads, count);
    return status;
}
