/*
 * The folder of a self-test.
 *
 *      results/20251123-101500-selftest/
 *          trials.jsonl      one line for each finished trial, written as it ends; what a resumed self-test goes on
 * from selftest.json     settings, machine, calibration and figures; replaced whole after every trial .trial/ .copies/
 * the trial in flight; gone when it is over
 *
 * A line that a crash left without its end is no trial: it is cut off when the folder is opened again.
 */
#define _GNU_SOURCE
#include "perf/driver/selftest_store.h"

#include "perf/driver/file.h"
#include "perf/driver/fingerprint.h"
#include "perf/driver/text.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define HEAD_FILE  "selftest.json"
#define LINES_FILE "trials.jsonl"

static json_t *head_load(const char *folder)
{
    char *path = text_format("%s/" HEAD_FILE, folder);
    json_t *head = json_load_file(path, 0, NULL);
    free(path);
    return head;
}

static bool is_complete(const json_t *head)
{
    const char *state = json_string_value(json_object_get(head, "state"));
    return state && !strcmp(state, "complete");
}

/* Why a self-test cannot be gone on with; NULL when it can. */
static const char *resume_objection(const json_t *head, const json_t *settings, const json_t *machine)
{
    if (!head)
        return "it holds no readable selftest.json";
    if (is_complete(head))
        return "that self-test is complete";
    if (!json_equal(json_object_get(head, "settings"), settings))
        return "it was begun with other settings, programs or allocators";
    if (!fingerprint_same(json_object_get(head, "machine"), machine))
        return "it was begun on another machine, or this one was set otherwise";
    return NULL;
}

/* The latest folder of a self-test like this one that was cut short; NULL without one. */
static char *find_unfinished(const char *parent, const json_t *settings, const json_t *machine)
{
    glob_t found;
    char *folder = NULL;
    char *pattern = text_format("%s/*-selftest*", parent);
    if (!glob(pattern, 0, NULL, &found)) {
        for (size_t i = found.gl_pathc; i-- && !folder;) {
            json_t *head = head_load(found.gl_pathv[i]);
            if (head && !resume_objection(head, settings, machine))
                folder = text_copy(found.gl_pathv[i]);
            json_decref(head);
        }
        globfree(&found);
    }
    free(pattern);
    return folder;
}

/* Reads the finished trials; *end is where the last whole line ends. */
static json_t *lines_load(const char *path, off_t *end)
{
    char *text = NULL;
    size_t length;
    json_t *trials = json_array();
    *end = 0;
    if (file_load(path, &text, &length))
        return trials;
    for (char *line = text, *stop; (stop = strchr(line, '\n')); line = stop + 1) {
        json_t *trial = json_loadb(line, (size_t)(stop - line), 0, NULL);
        if (!json_is_object(trial)) {
            json_decref(trial);
            break;
        }
        json_array_append_new(trials, trial);
        *end = stop + 1 - text;
    }
    free(text);
    return trials;
}

static int lines_open(struct selftest_store *store, struct lab_error *error)
{
    off_t end;
    int status = STATUS_DONE;
    char *path = text_format("%s/" LINES_FILE, store->folder);
    store->lines = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (store->lines < 0) {
        status = lab_error_set(error, STATUS_FAILED, "cannot write %s: %s", path, strerror(errno));
    } else if (flock(store->lines, LOCK_EX | LOCK_NB)) {
        status = lab_error_set(error, STATUS_FAILED,
                               "another self-test is at work in %s; let it end, or name another "
                               "folder with --out",
                               store->folder);
    } else {
        store->trials = lines_load(path, &end);
        if (ftruncate(store->lines, end))
            status = lab_error_set(error, STATUS_FAILED, "cannot write %s: %s", path, strerror(errno));
    }
    free(path);
    return status;
}

static json_t *head_new(const json_t *settings, const json_t *machine)
{
    char *now = text_time_now();
    json_t *head = json_object();
    json_object_set_new(head, "schema", json_string("hakmem-lab/selftest/1"));
    json_object_set_new(head, "harness_version", json_string(HAKMEM_VERSION));
    json_object_set_new(head, "started_at", json_string(now));
    json_object_set_new(head, "settings", json_deep_copy(settings));
    json_object_set_new(head, "machine", json_deep_copy(machine));
    json_object_set_new(head, "calibration", json_object());
    free(now);
    return head;
}

/* What the head keeps of a selftest.json: all but the figures, which are made anew. */
static json_t *head_of(const json_t *whole)
{
    static const char *const kept[] = {"schema", "harness_version", "started_at", "settings", "machine", "calibration"};
    json_t *head = json_object();
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        json_object_set(head, kept[i], json_object_get(whole, kept[i]));
    return head;
}

static int open_old(struct selftest_store *store, const char *folder, const json_t *settings, const json_t *machine,
                    struct lab_error *error)
{
    json_t *whole = head_load(folder);
    const char *objection = resume_objection(whole, settings, machine);
    int status = STATUS_DONE;
    if (objection)
        status = lab_error_set(error, STATUS_USAGE, "cannot go on with %s: %s; name a new folder with --out", folder,
                               objection);
    else
        store->head = head_of(whole);
    store->folder = realpath(folder, NULL);
    store->resumed = true;
    json_decref(whole);
    return status ? status : lines_open(store, error);
}

static int open_new(struct selftest_store *store, const char *folder, const json_t *settings, const json_t *machine,
                    struct lab_error *error)
{
    int code = file_make_folder(folder);
    store->folder = code ? NULL : realpath(folder, NULL);
    if (!store->folder)
        return lab_error_set(error, STATUS_FAILED, "cannot create %s: %s; name another folder with --out", folder,
                             strerror(code ? -code : errno));
    store->head = head_new(settings, machine);
    return lines_open(store, error);
}

static char *new_name(const char *parent)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
    return text_format("%s/%s-selftest", parent, stamp);
}

int selftest_store_open(struct selftest_store *store, const char *parent, const char *resume, const char *out,
                        const json_t *settings, const json_t *machine, struct lab_error *error)
{
    *store = (struct selftest_store){.lines = -1};
    if (resume)
        return open_old(store, resume, settings, machine, error);
    char *path = out ? text_format("%s/" HEAD_FILE, out) : NULL;
    bool old = out && !access(path, F_OK);
    char *folder = out ? text_copy(out) : find_unfinished(parent, settings, machine);
    old = old || (!out && folder);
    if (!folder)
        folder = new_name(parent);
    int status =
        old ? open_old(store, folder, settings, machine, error) : open_new(store, folder, settings, machine, error);
    free(folder);
    free(path);
    return status;
}

int selftest_store_append(struct selftest_store *store, const json_t *trial, struct lab_error *error)
{
    char *text = json_dumps(trial, JSON_COMPACT | JSON_REAL_PRECISION(10));
    if (!text)
        abort();
    char *line = text_format("%s\n", text);
    ssize_t length = (ssize_t)strlen(line);
    ssize_t written = write(store->lines, line, (size_t)length);
    free(line);
    free(text);
    if (written != length)
        return lab_error_set(error, STATUS_FAILED,
                             "cannot write %s/" LINES_FILE ": %s; free some space, then run "
                             "again: it goes on from here",
                             store->folder, written < 0 ? strerror(errno) : "disk full");
    json_array_append(store->trials, (json_t *)trial);
    return STATUS_DONE;
}

int selftest_store_save(struct selftest_store *store, const char *state, const json_t *figures, struct lab_error *error)
{
    char *now = text_time_now();
    json_t *whole = json_copy(store->head);
    json_object_set_new(whole, "state", json_string(state));
    json_object_set_new(whole, "finished_at", json_string(now));
    json_object_update(whole, (json_t *)figures);
    char *text = json_dumps(whole, JSON_INDENT(1) | JSON_REAL_PRECISION(10));
    char *path = text_format("%s/" HEAD_FILE, store->folder);
    if (!text)
        abort();
    int code = file_save(path, text, strlen(text), 0666);
    int status = code ? lab_error_set(error, STATUS_FAILED, "cannot write %s: %s", path, strerror(-code)) : STATUS_DONE;
    free(path);
    free(text);
    free(now);
    json_decref(whole);
    return status;
}

void selftest_store_close(struct selftest_store *store)
{
    if (store->lines >= 0)
        close(store->lines);
    json_decref(store->trials);
    json_decref(store->head);
    free(store->folder);
}
