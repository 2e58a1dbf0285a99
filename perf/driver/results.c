/*
 * The results folder.
 *
 *      results/20251123-101500-lab-phase1/
 *          samples.jsonl    one line for each process, written as it ends; never rewritten
 *          lanes.jsonl      one line for each process of the lanes: latency, memory over time, simulated
 *          run.json         the plan, the machine, the comparisons; replaced whole, so a reader never sees half of it
 *          report.html      made afterwards by the report script
 *          .scratch/        the A/A' copies and the record in flight; gone when the run is over
 */
#define _GNU_SOURCE
#include "perf/driver/results.h"

#include "perf/driver/file.h"
#include "perf/driver/text.h"
#include "perf/driver/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Entries of a folder; -errno when it cannot be read. */
static int folder_entries(const char *path)
{
    int count = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return -errno;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2; /* . and .. */
}

static int open_given(const char *out, char **folder, struct lab_error *error)
{
    int code = file_make_folder(out);
    int entries = code ? code : folder_entries(out);
    if (entries < 0)
        return lab_error_set(error, STATUS_FAILED, "cannot create the results folder %s: %s; name another with --out",
                             out, strerror(-entries));
    if (entries > 0)
        return lab_error_set(error, STATUS_USAGE,
                             "--out %s: the folder is not empty; results are never overwritten, name a new one", out);
    *folder = realpath(out, NULL);
    return *folder ? STATUS_DONE : lab_error_set(error, STATUS_FAILED, "cannot resolve %s: %s", out, strerror(errno));
}

static int open_named(const char *parent, const char *name, char **folder, struct lab_error *error)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
    int code = file_make_folder(parent);
    for (int i = 1; !code; i++) {
        char *path =
            i == 1 ? text_format("%s/%s-%s", parent, stamp, name) : text_format("%s/%s-%s-%d", parent, stamp, name, i);
        code = mkdir(path, 0777) ? -errno : 0;
        if (!code)
            *folder = realpath(path, NULL);
        free(path);
        if (!code && *folder)
            return STATUS_DONE;
        code = code == -EEXIST ? 0 : code ? code : -errno;
    }
    return lab_error_set(error, STATUS_FAILED, "cannot create a results folder in %s: %s; name one with --out", parent,
                         strerror(-code));
}

int results_open(struct results *results, const char *out, const char *parent, const char *name,
                 struct lab_error *error)
{
    *results = (struct results){.samples = -1};
    if (!utf8_valid(out ? out : parent))
        return lab_error_set(error, STATUS_USAGE,
                             "the results folder %s has a name that is not UTF-8 text, and the records can hold "
                             "nothing else; name another with --out",
                             out ? out : parent);
    int status = out ? open_given(out, &results->folder, error) : open_named(parent, name, &results->folder, error);
    if (status)
        return status;
    results->scratch = text_format("%s/.scratch", results->folder);
    results->record = text_format("%s/record.json", results->scratch);
    char *path = text_format("%s/samples.jsonl", results->folder);
    results->samples = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (results->samples < 0 || mkdir(results->scratch, 0777))
        status = lab_error_set(error, STATUS_FAILED, "cannot write in %s: %s", results->folder, strerror(errno));
    free(path);
    return status;
}

/* Writes all of it; 0 or -errno. */
static int write_all(int fd, const char *text, size_t length)
{
    while (length) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written ? -errno : -ENOSPC;
        text += written;
        length -= (size_t)written;
    }
    return 0;
}

static const char *hint(int code)
{
    return code == -ENOSPC || code == -EDQUOT || code == -EFBIG ? "; free some space, or choose another disk with --out"
                                                                : "";
}

/* One line of a JSON-lines file. */
static int append(const struct results *results, int fd, const char *name, const json_t *json, struct lab_error *error)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (!text)
        abort();
    char *line = text_format("%s\n", text);
    int code = write_all(fd, line, strlen(line));
    free(line);
    free(text);
    if (!code)
        return STATUS_DONE;
    return lab_error_set(error, STATUS_FAILED, "cannot write %s/%s: %s%s", results->folder, name, strerror(-code),
                         hint(code));
}

int results_append(struct results *results, const json_t *sample, struct lab_error *error)
{
    return append(results, results->samples, "samples.jsonl", sample, error);
}

int results_append_lane(struct results *results, const char *lane, const char *label, json_t *record,
                        struct lab_error *error)
{
    char *path = text_format("%s/lanes.jsonl", results->folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    int code = errno;
    free(path);
    if (fd < 0)
        return lab_error_set(error, STATUS_FAILED, "cannot write %s/lanes.jsonl: %s", results->folder, strerror(code));
    json_object_set_new(record, "lane", json_string(lane));
    json_object_set_new(record, "allocator_label", json_string(label));
    int status = append(results, fd, "lanes.jsonl", record, error);
    close(fd);
    return status;
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return -errno;
    int code = write_all(fd, text, strlen(text));
    if (close(fd) && !code)
        code = -errno;
    return code;
}

int results_save(struct results *results, const json_t *run, struct lab_error *error)
{
    char *temporary = text_format("%s/.run.json.tmp", results->folder);
    char *path = text_format("%s/run.json", results->folder);
    char *json = json_dumps(run, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    if (!json)
        abort();
    char *text = text_format("%s\n", json);
    int code = write_file(temporary, text);
    if (!code && rename(temporary, path))
        code = -errno;
    if (code)
        unlink(temporary);
    free(text);
    free(json);
    int status = code ? lab_error_set(error, STATUS_FAILED, "cannot write %s: %s%s", path, strerror(-code), hint(code))
                      : STATUS_DONE;
    free(temporary);
    free(path);
    return status;
}

void results_discard(struct results *results)
{
    struct stat about;
    char *path = text_format("%s/samples.jsonl", results->folder);
    if (results->samples >= 0 && fstat(results->samples, &about) == 0 && about.st_size == 0 && !unlink(path)) {
        file_remove_folder(results->scratch);
        rmdir(results->folder);
    }
    free(path);
}

void results_close(struct results *results)
{
    if (results->scratch)
        file_remove_folder(results->scratch);
    if (results->samples >= 0)
        close(results->samples);
    free(results->folder);
    free(results->scratch);
    free(results->record);
}
