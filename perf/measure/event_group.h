/*
 * Event groups: text files under perf/groups, one group each.
 *
 *     # comment
 *     summary  One line: the question that the group answers.
 *     event    NAME  ENCODING | ENCODING ...        libpfm4 names, tried in turn; repeated for more
 *     metric   NAME = COUNT / COUNT [* NUMBER] : what it means; COUNT is an event's NAME or `ops`
 *     meaning  A line of explanation; repeated for more.
 *
 * An encoding without a `pmu::` in front is looked for among the events of the processor at hand: a name that only one
 * vendor uses needs none.
 *
 * At most four events are hardware events (any encoding that is not one of the software events' names counts), so that
 * the group fits on the counters of every processor at once and never has to share them over time.
 */
#ifndef LAB_EVENT_GROUP_H
#define LAB_EVENT_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "perf/measure/counters.h"

#define LAB_GROUP_NAME      32
#define LAB_GROUP_EVENTS    8
#define LAB_GROUP_HARDWARE  4 /* the fewest general counters of the processors in question */
#define LAB_GROUP_ENCODINGS 8
#define LAB_GROUP_METRICS   8
#define LAB_GROUP_LINE      200
#define LAB_GROUP_MEANING   1024

struct lab_group_event {
    char name[LAB_EVENT_NAME];                           /* of the counter in the record */
    char encodings[LAB_GROUP_ENCODINGS][LAB_GROUP_LINE]; /* as libpfm4 spells them, best first */
    size_t encoding_count;                               /* at least 1 */
};

struct lab_group_metric {
    char name[LAB_EVENT_NAME];        /* with its unit, such as instructions_per_op */
    char numerator[LAB_EVENT_NAME];   /* an event of the group, or "ops" */
    char denominator[LAB_EVENT_NAME]; /* likewise */
    double factor;                    /* 1, or 1000 for "per thousand" */
    char meaning[LAB_GROUP_LINE];     /* one line */
};

struct lab_event_group {
    char name[LAB_GROUP_NAME];                          /* the file's, without .txt */
    char summary[LAB_GROUP_LINE];                       /* one line */
    char meaning[LAB_GROUP_MEANING];                    /* lines, separated by newlines; may be empty */
    struct lab_group_event events[LAB_GROUP_EVENTS];    /* in the file's order */
    size_t event_count;                                 /* at least 1 */
    struct lab_group_metric metrics[LAB_GROUP_METRICS]; /* in the file's order */
    size_t metric_count;                                /* may be 0 */
};

/* Parses the text of a group file.  0, or -EINVAL with a sentence that names group and line. */
int lab_event_group_parse(const char *name, const char *text, struct lab_event_group *group, struct lab_error *error);

/* Reads NAME.txt from a folder.  0, or -errno with a sentence (-ENOENT: no such group). */
int lab_event_group_load(const char *folder, const char *name, struct lab_event_group *group, struct lab_error *error);

/* The names of the groups in a folder, sorted.  How many, or -errno with a sentence. */
int lab_event_group_names(const char *folder, char names[][LAB_GROUP_NAME], size_t capacity, struct lab_error *error);

/* Where the groups are: $HAKMEM_ROOT/perf/groups, else ../groups of this program's folder.  0 or -errno. */
int lab_event_group_folder(char *folder, size_t bytes);

/* Whether an event takes a hardware counter; the kernel's software events take none. */
bool lab_group_event_is_hardware(const struct lab_group_event *event);

/* A metric over a sample's counters.  false when one of its events is unavailable or its denominator is 0. */
bool lab_group_metric_value(const struct lab_group_metric *metric, const struct lab_counter *counters, size_t count,
                            double ops, double *value);

#endif
