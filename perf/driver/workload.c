/*
 * The catalog of workloads.  There is no list in the harness: a workload is a program bench_<name>_system beside it,
 * and the program itself says with --describe what it models and which parameters it has.
 */
#define _GNU_SOURCE
#include "perf/driver/workload.h"

#include "perf/driver/process.h"
#include "perf/driver/program.h"
#include "perf/driver/text.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM_PREFIX "bench_"
#define PROGRAM_SUFFIX "_system" /* the one variant that every flavour builds */

enum { WORKLOADS_MAX = 64 };

/* The workload's name in the name of its program; NULL for other files. */
static char *program_workload(const char *file)
{
    size_t length = strlen(file);
    size_t prefix = strlen(PROGRAM_PREFIX), suffix = strlen(PROGRAM_SUFFIX);
    if (length <= prefix + suffix || strncmp(file, PROGRAM_PREFIX, prefix) ||
        strcmp(file + length - suffix, PROGRAM_SUFFIX))
        return NULL;
    return text_format("%.*s", (int)(length - prefix - suffix), file + prefix);
}

/* Place in a listing: the roadmap's core benchmark comes first, then the others by name. */
static int by_name(const void *left, const void *right)
{
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    bool a_core = !strcmp(a, "random_mixed"), b_core = !strcmp(b, "random_mixed");
    return a_core != b_core ? b_core - a_core : strcmp(a, b);
}

static size_t names_found(const struct paths *paths, char *names[WORKLOADS_MAX])
{
    size_t count = 0;
    struct dirent *entry;
    DIR *folder = opendir(paths->bin);
    while (folder && count < WORKLOADS_MAX && (entry = readdir(folder))) {
        char *name = program_workload(entry->d_name);
        if (name)
            names[count++] = name;
    }
    if (folder)
        closedir(folder);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

/*
 * Jansson has no integers above INT64_MAX, and a seed may be larger: numbers are read as reals and those of a parameter
 * then made integers again, limited to what fits.
 */
static void make_integers(json_t *param)
{
    static const char *const fields[] = {"default", "min", "max"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        double value = json_number_value(json_object_get(param, fields[i]));
        json_object_set_new(param, fields[i], json_integer(value < 0x1p63 ? (json_int_t)value : INT64_MAX));
    }
}

static int describe(const struct paths *paths, struct workload *workload, struct lab_error *error)
{
    json_error_t fault;
    size_t i;
    json_t *param;
    char *program = paths_program(paths, workload->name, "system");
    const char *argv[] = {program, "--describe", NULL};
    char *output = process_output(argv);
    workload->description = output ? json_loads(output, JSON_DECODE_INT_AS_REAL, &fault) : NULL;
    workload->params = json_object();
    free(output);
    int status = STATUS_DONE;
    if (!json_is_array(json_object_get(workload->description, "params")))
        status =
            lab_error_set(error, STATUS_FAILED, "%s --describe gave no description: rebuild it with make", program);
    json_array_foreach (json_object_get(workload->description, "params"), i, param) {
        make_integers(param);
        json_object_set(workload->params, json_string_value(json_object_get(param, "name")),
                        json_object_get(param, "default"));
    }
    if (!status && !json_object_get(workload->params, "threads"))
        json_object_set_new(workload->params, "threads", json_integer(1));
    free(program);
    return status;
}

static int unknown(const char *name, char *const *names, size_t count, struct lab_error *error)
{
    char list[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < count && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    return lab_error_set(error, STATUS_USAGE, "unknown workload '%s'; the workloads are %s", name, list);
}

static int add(const struct paths *paths, const char *name, char *const *names, size_t names_count,
               struct workload *array, size_t *count, struct lab_error *error)
{
    size_t place = 0;
    while (place < names_count && strcmp(names[place], name))
        place++;
    if (place == names_count)
        return unknown(name, names, names_count, error);
    for (size_t i = 0; i < *count; i++)
        if (!strcmp(array[i].name, name))
            return lab_error_set(error, STATUS_USAGE, "workload '%s' is named twice", name);
    struct workload *workload = &array[(*count)++];
    workload->name = text_copy(name);
    return describe(paths, workload, error);
}

int workloads_find(const struct paths *paths, const char *list, struct workload **workloads, size_t *count,
                   struct lab_error *error)
{
    char *names[WORKLOADS_MAX];
    size_t names_count = names_found(paths, names);
    int status = STATUS_DONE;
    *workloads = memory_take(WORKLOADS_MAX, sizeof **workloads);
    *count = 0;
    if (!names_count)
        status =
            lab_error_set(error, STATUS_FAILED, "no workload is built: %s has no bench_*_system; run make", paths->bin);
    char *copy = text_copy(list ? list : "");
    char *rest = list ? copy : NULL, *piece;
    for (size_t i = 0; !list && !status && i < names_count; i++)
        status = add(paths, names[i], names, names_count, *workloads, count, error);
    while (!status && (piece = text_next(&rest, ',')))
        status = add(paths, text_trim(piece), names, names_count, *workloads, count, error);
    for (size_t i = 0; i < names_count; i++)
        free(names[i]);
    free(copy);
    return status;
}

void workloads_free(struct workload *workloads, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(workloads[i].name);
        free(workloads[i].base);
        free(workloads[i].cpus);
        free(workloads[i].sha256);
        json_decref(workloads[i].description);
        json_decref(workloads[i].params);
        json_decref(workloads[i].placement);
        program_free(workloads[i].program);
    }
    free(workloads);
}

const char *workload_program(const struct workload *workload)
{
    return workload->base ? workload->base : workload->name;
}

static json_t *described(const struct workload *workload, const char *name)
{
    size_t i;
    json_t *param;
    json_array_foreach (json_object_get(workload->description, "params"), i, param) {
        if (!strcmp(json_string_value(json_object_get(param, "name")), name))
            return param;
    }
    return NULL;
}

int64_t workload_least(const struct workload *workload, const char *param)
{
    return json_integer_value(json_object_get(described(workload, param), "min"));
}

int64_t workload_limit(const struct workload *workload, const char *param)
{
    json_t *limit = json_object_get(described(workload, param), "max");
    return json_is_integer(limit) ? json_integer_value(limit) : INT64_MAX;
}

int64_t workload_usual(const struct workload *workload, const char *param)
{
    return json_integer_value(json_object_get(described(workload, param), "default"));
}

int workload_set(struct workload *workload, const char *param, int64_t value, struct lab_error *error)
{
    json_t *known = described(workload, param);
    if (!known)
        return lab_error_set(error, STATUS_USAGE, "%s has no parameter '%s'; './harness list' shows what it has",
                             workload->name, param);
    int64_t least = workload_least(workload, param);
    int64_t most = workload_limit(workload, param);
    if (value < least || value > most)
        return lab_error_set(error, STATUS_USAGE, "%s: %s must be %" PRId64 " to %" PRId64 ", not %" PRId64,
                             workload->name, param, least, most, value);
    json_object_set_new(workload->params, param, json_integer(value));
    return STATUS_DONE;
}

int64_t workload_get(const struct workload *workload, const char *param)
{
    return json_integer_value(json_object_get(workload->params, param));
}
