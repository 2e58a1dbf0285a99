/* See replay.h.  What is read stands in static and in the plan's own memory: malloc is not called. */
#define _GNU_SOURCE
#include "workloads/shapes/replay.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "workloads/shapes/plan.h"
#include "workloads/shapes/profile.h"

#define NAME_BYTES     64u
#define BYTES_PER_GIB  (double)(UINT32_C(1) << 30)
#define MEMORY_DIVISOR 2 /* a replay may take half of the memory */

static struct profile profile;
static struct plan plan;
static char name[NAME_BYTES];

/* Up to PROFILE_TEXT_MAX + 1 bytes of a file, or -1 and errno. */
static ssize_t text_read(const char *path, char *text)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t got = file < 0 ? -1 : 1;
    while (got > 0 && length <= PROFILE_TEXT_MAX) {
        got = read(file, text + length, PROFILE_TEXT_MAX + 1 - length);
        length += got > 0 ? (size_t)got : 0;
    }
    const int error = errno;
    if (file >= 0)
        close(file);
    errno = error;
    return got < 0 ? -1 : (ssize_t)length;
}

static bool profile_read(const char *path, size_t *own_bytes)
{
    char *text = plan_memory(PROFILE_TEXT_MAX + 2, own_bytes);
    struct profile_fault fault;
    const ssize_t length = text_read(path, text);
    if (length < 0)
        fprintf(stderr, "shapes: %s: %s; --profile takes the path of a profile\n", path, strerror(errno));
    else if (length > (ssize_t)PROFILE_TEXT_MAX)
        fprintf(stderr, "shapes: %s: more than %u bytes; put similar rows together\n", path, PROFILE_TEXT_MAX);
    else if (profile_parse(text, (size_t)length, &profile, &fault))
        return true;
    else if (fault.line > 0)
        fprintf(stderr, "shapes: %s:%u: %s\n", path, fault.line, fault.words);
    else
        fprintf(stderr, "shapes: %s: %s\n", path, fault.words);
    return false;
}

static bool plan_fits(const char *path)
{
    const double half = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / MEMORY_DIVISOR;
    const double needed = (double)plan.live_bytes_peak + (double)plan.own_bytes;
    if (needed <= half)
        return true;
    fprintf(stderr,
            "shapes: %s: %.1f GiB are live at once, more than half of this machine's memory (%.1f GiB); give the large "
            "rows less weight, or shorter lifetimes\n",
            path, needed / BYTES_PER_GIB, half / BYTES_PER_GIB);
    return false;
}

/* What `path` calls its file, without an extension, and without what JSON would have to quote. */
static void name_take(const char *path)
{
    const char *slash = strrchr(path, '/'), *file = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(file, '.');
    const size_t length = dot != NULL && dot > file ? (size_t)(dot - file) : strlen(file);
    for (size_t i = 0; i < length && i < sizeof name - 1; i++)
        name[i] = isalnum((unsigned char)file[i]) || strchr("-_.", file[i]) != NULL ? file[i] : '_';
}

const struct shape *replay_make(const char *path, double scale, bool null)
{
    static struct shape shape = {.name = name, .what = "a profile", .plan = &plan};
    size_t own_bytes = 0;
    if (!profile_read(path, &own_bytes))
        return NULL;
    plan = plan_make(&profile, scale);
    plan.own_bytes += own_bytes;
    if (!plan_fits(path))
        return NULL;
    name_take(path);
    shape.run = null ? lifetimes_null : lifetimes_run;
    shape.ops = plan.blocks * plan.lives;
    shape.own_bytes = plan.own_bytes;
    return &shape;
}
