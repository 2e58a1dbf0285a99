/*
 * Runs on disk, read back: what gate and history look at.
 *
 * Only run.json is read; a folder without one, or with one of another schema, is no run.  Nothing is written here.
 */
#define _GNU_SOURCE
#include "perf/driver/run_file.h"

#include "perf/driver/text.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_SCHEMA "hakmem-lab/run/1"

const char *run_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

double run_number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* The file that `place` means; NULL when there is none.  To be freed. */
static char *find(const struct paths *paths, const char *place)
{
    char *found = NULL;
    for (size_t i = 0; i < 2 && !found; i++) {
        char *path = i ? text_copy(place) : text_format("%s/run.json", place);
        if (access(path, F_OK) == 0 && !is_folder(path))
            found = realpath(path, NULL);
        free(path);
    }
    if (!found && !strchr(place, '/')) {
        char *path = text_format("%s/results/baselines/%s/run.json", paths->root, place);
        found = realpath(path, NULL);
        free(path);
    }
    return found;
}

/* "results/20251123-lab/run.json" -> "20251123-lab" */
static char *name_of(const char *path)
{
    char *copy = text_copy(path);
    char *slash = strrchr(copy, '/');
    if (slash)
        *slash = '\0';
    char *name = text_copy(text_base_name(slash ? copy : path));
    free(copy);
    return name;
}

/* Takes over the path. */
static int read_run(char *path, struct run_file *run, struct lab_error *error)
{
    json_error_t fault;
    *run = (struct run_file){.path = path, .name = name_of(path), .json = json_load_file(path, 0, &fault)};
    if (!run->json)
        return lab_error_set(error, STATUS_USAGE, "%s cannot be read: %s (line %d)", path, fault.text, fault.line);
    if (strcmp(run_text(run->json, "schema"), RUN_SCHEMA))
        return lab_error_set(error, STATUS_USAGE, "%s is no run of this lab: its schema is '%s', not " RUN_SCHEMA, path,
                             run_text(run->json, "schema"));
    return STATUS_DONE;
}

int run_file_load(const struct paths *paths, const char *place, struct run_file *run, struct lab_error *error)
{
    *run = (struct run_file){.name = NULL};
    char *path = find(paths, place);
    if (!path)
        return lab_error_set(error, STATUS_USAGE,
                             "there is no run '%s': it is neither a results folder with a run.json nor a baseline in "
                             "%s/results/baselines",
                             place, paths->root);
    return read_run(path, run, error);
}

void run_file_free(struct run_file *run)
{
    free(run->name);
    free(run->path);
    json_decref(run->json);
    *run = (struct run_file){.name = NULL};
}

static int by_time(const void *left, const void *right)
{
    const struct run_file *one = left, *other = right;
    int order = strcmp(run_text(one->json, "started_at"), run_text(other->json, "started_at"));
    return order ? order : strcmp(one->path, other->path);
}

struct run_file *run_files_list(const struct paths *paths, size_t *count, size_t *unreadable)
{
    struct lab_error ignored;
    glob_t found;
    char *own = text_format("%s/results/*/run.json", paths->root);
    char *baselines = text_format("%s/results/baselines/*/run.json", paths->root);
    int code = glob(own, 0, NULL, &found);
    int more = glob(baselines, code ? 0 : GLOB_APPEND, NULL, &found);
    size_t places = code && more ? 0 : found.gl_pathc;
    struct run_file *runs = memory_take(places + 1, sizeof *runs);
    *count = *unreadable = 0;
    for (size_t i = 0; i < places; i++) {
        if (!read_run(text_copy(found.gl_pathv[i]), &runs[*count], &ignored)) {
            ++*count;
            continue;
        }
        run_file_free(&runs[*count]);
        ++*unreadable;
    }
    if (places)
        globfree(&found);
    free(own);
    free(baselines);
    qsort(runs, *count, sizeof *runs, by_time);
    return runs;
}

void run_files_free(struct run_file *runs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        run_file_free(&runs[i]);
    free(runs);
}

static const json_t *named(const json_t *run, const char *list, const char *key, const char *value)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(json_object_get(run, "plan"), list), i, item) {
        if (!strcmp(run_text(item, key), value))
            return item;
    }
    return NULL;
}

const json_t *run_allocator(const json_t *run, const char *label)
{
    return named(run, "allocators", "label", label);
}

const json_t *run_workload(const json_t *run, const char *name)
{
    return named(run, "workloads", "name", name);
}

/* N of "phaseN"; -1 for anything else, such as a variant of a phase. */
static int phase_number(const char *label)
{
    int number = -1, end = 0;
    return sscanf(label, "phase%d%n", &number, &end) == 1 && !label[end] ? number : -1;
}

const char *run_allocator_name(const json_t *run, const char *label)
{
    size_t i;
    json_t *item;
    int own = phase_number(label);
    bool newest = own >= 0;
    json_array_foreach (json_object_get(json_object_get(run, "plan"), "allocators"), i, item) {
        newest = newest && phase_number(run_text(item, "label")) <= own;
    }
    return newest ? "hakmem" : label;
}

const char *run_newest_phase(const json_t *run)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(json_object_get(run, "plan"), "allocators"), i, item) {
        if (!strcmp(run_allocator_name(run, run_text(item, "label")), "hakmem"))
            return run_text(item, "label");
    }
    return "";
}

const char *run_kind(const json_t *run)
{
    const char *kind = json_string_value(json_array_get(json_object_get(run, "command"), 1));
    return kind ? kind : "";
}
