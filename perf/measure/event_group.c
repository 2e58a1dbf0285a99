/*
 * Reading group files: line by line, keyword first, in place.
 *
 * Thread safety: pure, but for lab_event_group_load's static buffer (one thread at a time).
 */
#define _GNU_SOURCE
#include "perf/measure/event_group.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "perf/measure/ask.h"

#define FILE_BYTES 16384
#define SUFFIX     ".txt"
#define BLANKS     " \t"

/* Software events do not take a hardware counter; these are libpfm4's names for them. */
static const char *const software[] = {"perf::PAGE-FAULTS",      "perf::MINOR-FAULTS",   "perf::MAJOR-FAULTS",
                                       "perf::CONTEXT-SWITCHES", "perf::CPU-MIGRATIONS", "perf::TASK-CLOCK",
                                       "perf::CPU-CLOCK"};

static bool is_software(const char *encoding)
{
    for (size_t i = 0; i < sizeof software / sizeof software[0]; i++)
        if (strcmp(software[i], encoding) == 0)
            return true;
    return false;
}

bool lab_group_event_is_hardware(const struct lab_group_event *event)
{
    return !is_software(event->encodings[0]);
}

/* Cuts blanks off both ends, in place. */
static char *trim(char *text)
{
    text += strspn(text, BLANKS);
    size_t length = strlen(text);
    while (length > 0 && strchr(BLANKS, text[length - 1]) != NULL)
        text[--length] = '\0';
    return text;
}

/* Copies a word or line.  false when it is empty or does not fit. */
static bool take(char *into, size_t bytes, const char *from)
{
    size_t length = strlen(from);
    if (length == 0 || length >= bytes)
        return false;
    memcpy(into, from, length + 1);
    return true;
}

/* The event called `name`, a new one if there is none; NULL when there is no room. */
static struct lab_group_event *event_named(struct lab_event_group *group, const char *name)
{
    for (size_t i = 0; i < group->event_count; i++)
        if (strcmp(group->events[i].name, name) == 0)
            return &group->events[i];
    struct lab_group_event *event = &group->events[group->event_count];
    if (group->event_count == LAB_GROUP_EVENTS || !take(event->name, sizeof event->name, name))
        return NULL;
    group->event_count++;
    return event;
}

/* NAME ENCODING | ENCODING ... */
static bool event_line(char *line, struct lab_event_group *group)
{
    char *name = strsep(&line, BLANKS);
    struct lab_group_event *event = line == NULL ? NULL : event_named(group, name);
    if (event == NULL)
        return false;
    while (line != NULL) {
        if (event->encoding_count == LAB_GROUP_ENCODINGS)
            return false;
        char *encoding = trim(strsep(&line, "|"));
        if (!take(event->encodings[event->encoding_count++], LAB_GROUP_LINE, encoding))
            return false;
    }
    return true;
}

/* NAME = COUNT / COUNT [* NUMBER] : MEANING */
static bool metric_line(char *line, struct lab_event_group *group)
{
    if (group->metric_count == LAB_GROUP_METRICS)
        return false;
    struct lab_group_metric *metric = &group->metrics[group->metric_count];
    char *formula = strsep(&line, ":"), *meaning = line;
    char *name = strsep(&formula, "="), *numerator = strsep(&formula, "/"), *denominator = strsep(&formula, "*");
    char *end = NULL;
    if (meaning == NULL || numerator == NULL || denominator == NULL)
        return false;
    metric->factor = formula == NULL ? 1 : strtod(formula, &end);
    if (end != NULL && (end == formula || *trim(end) != '\0'))
        return false;
    group->metric_count++;
    return take(metric->name, sizeof metric->name, trim(name)) &&
           take(metric->numerator, sizeof metric->numerator, trim(numerator)) &&
           take(metric->denominator, sizeof metric->denominator, trim(denominator)) &&
           take(metric->meaning, sizeof metric->meaning, trim(meaning));
}

static bool meaning_line(const char *line, struct lab_event_group *group)
{
    size_t length = strlen(group->meaning);
    int written =
        snprintf(group->meaning + length, sizeof group->meaning - length, "%s%s", length == 0 ? "" : "\n", line);
    return written >= 0 && (size_t)written < sizeof group->meaning - length;
}

static bool group_line(char *line, struct lab_event_group *group)
{
    char *rest = line;
    char *keyword = strsep(&rest, BLANKS);
    rest = trim(rest == NULL ? keyword + strlen(keyword) : rest);
    if (strcmp(keyword, "summary") == 0)
        return take(group->summary, sizeof group->summary, rest);
    if (strcmp(keyword, "event") == 0)
        return event_line(rest, group);
    if (strcmp(keyword, "metric") == 0)
        return metric_line(rest, group);
    if (strcmp(keyword, "meaning") == 0)
        return meaning_line(rest, group);
    return false;
}

static bool counts(const struct lab_event_group *group, const char *name)
{
    if (strcmp(name, "ops") == 0)
        return true;
    for (size_t i = 0; i < group->event_count; i++)
        if (strcmp(group->events[i].name, name) == 0)
            return true;
    return false;
}

/* What must hold of a whole group. */
static int group_check(const struct lab_event_group *group, struct lab_error *error)
{
    size_t hardware = 0;
    if (group->summary[0] == '\0' || group->event_count == 0)
        return lab_error_set(error, -EINVAL, "group %s: a summary and at least one event are needed", group->name);
    for (size_t i = 0; i < group->event_count; i++)
        hardware += lab_group_event_is_hardware(&group->events[i]);
    if (hardware > LAB_GROUP_HARDWARE)
        return lab_error_set(error, -EINVAL, "group %s: %zu hardware events; more than %d would have to share counters",
                             group->name, hardware, LAB_GROUP_HARDWARE);
    for (size_t i = 0; i < group->metric_count; i++)
        if (!counts(group, group->metrics[i].numerator) || !counts(group, group->metrics[i].denominator))
            return lab_error_set(error, -EINVAL, "group %s: metric %s uses a count that the group does not have",
                                 group->name, group->metrics[i].name);
    return 0;
}

int lab_event_group_parse(const char *name, const char *text, struct lab_event_group *group, struct lab_error *error)
{
    char line[LAB_GROUP_LINE * 2];
    memset(group, 0, sizeof *group);
    if (!take(group->name, sizeof group->name, name))
        return lab_error_set(error, -EINVAL, "'%s' is no name for a group of events", name);
    for (int number = 1; *text != '\0'; number++) {
        size_t length = strcspn(text, "\n");
        bool fits = length < sizeof line;
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        text += length + (text[length] == '\n');
        char *content = trim(line);
        if (fits && (content[0] == '\0' || content[0] == '#'))
            continue;
        if (!fits || !group_line(content, group))
            return lab_error_set(error, -EINVAL, "group %s: line %d is not understood", name, number);
    }
    return group_check(group, error);
}

int lab_event_group_load(const char *folder, const char *name, struct lab_event_group *group, struct lab_error *error)
{
    static char text[FILE_BYTES];
    char path[PATH_MAX];
    if (strchr(name, '/') != NULL || (size_t)snprintf(path, sizeof path, "%s/%s" SUFFIX, folder, name) >= sizeof path ||
        access(path, R_OK) != 0)
        return lab_error_set(error, -ENOENT, "there is no group of events '%s' in %s", name, folder);
    int status = lab_read_text(path, text, sizeof text, error);
    return status != 0 ? status : lab_event_group_parse(name, text, group, error);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(left, right);
}

int lab_event_group_names(const char *folder, char names[][LAB_GROUP_NAME], size_t capacity, struct lab_error *error)
{
    size_t count = 0;
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return lab_error_set(error, -errno, "cannot open %s: %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(directory)) != NULL && count < capacity;) {
        size_t length = strlen(entry->d_name), suffix = strlen(SUFFIX);
        if (length <= suffix || length - suffix >= LAB_GROUP_NAME ||
            strcmp(entry->d_name + length - suffix, SUFFIX) != 0)
            continue;
        memcpy(names[count], entry->d_name, length - suffix);
        names[count++][length - suffix] = '\0';
    }
    closedir(directory);
    qsort(names, count, LAB_GROUP_NAME, compare_names);
    return (int)count;
}

int lab_event_group_folder(char *folder, size_t bytes)
{
    const char *root = getenv("HAKMEM_ROOT");
    char program[PATH_MAX];
    int length;
    if (root != NULL && root[0] != '\0') {
        length = snprintf(folder, bytes, "%s/perf/groups", root);
    } else {
        ssize_t end = readlink("/proc/self/exe", program, sizeof program - 1);
        if (end < 0)
            return -errno;
        program[end] = '\0';
        *strrchr(program, '/') = '\0';
        length = snprintf(folder, bytes, "%s/../groups", program);
    }
    return length < 0 || (size_t)length >= bytes ? -ENAMETOOLONG : 0;
}

/* The count called `name`.  false when it is unavailable. */
static bool count_value(const char *name, const struct lab_counter *counters, size_t count, double ops, double *value)
{
    *value = ops;
    if (strcmp(name, "ops") == 0)
        return true;
    for (size_t i = 0; i < count; i++) {
        *value = counters[i].value;
        if (strcmp(counters[i].name, name) == 0)
            return counters[i].state != LAB_COUNTER_UNAVAILABLE;
    }
    return false;
}

bool lab_group_metric_value(const struct lab_group_metric *metric, const struct lab_counter *counters, size_t count,
                            double ops, double *value)
{
    double numerator, denominator;
    if (!count_value(metric->numerator, counters, count, ops, &numerator) ||
        !count_value(metric->denominator, counters, count, ops, &denominator) || denominator == 0)
        return false;
    *value = numerator / denominator * metric->factor;
    return true;
}
