/*
 * Reading what the witnesses of one run wrote: which malloc the first process had, and whether another had another.
 *
 * A process that executes one program after another leaves a line for each; the last one of the first process counts,
 * because that is the program that was asked for when a script or `env` started it.
 *
 * Thread safety: any thread; nothing is shared.
 */
#define _GNU_SOURCE
#include "perf/program/witness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 5 };

/* Cuts a line at its tabs; false when it has other than FIELDS fields. */
static bool line_split(char *line, char *fields[FIELDS])
{
    size_t count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *piece; (piece = strsep(&line, "\t")); count++)
        if (count < FIELDS)
            fields[count] = piece;
    return count == FIELDS;
}

static void copy(char *to, size_t bytes, const char *from)
{
    snprintf(to, bytes, "%s", from);
}

static void take_first(struct testimony *testimony, char *const fields[FIELDS])
{
    copy(testimony->linkage, sizeof testimony->linkage, fields[1]);
    copy(testimony->object, sizeof testimony->object, fields[2]);
    copy(testimony->identity, sizeof testimony->identity, fields[3]);
}

static void take_other(struct testimony *testimony, char *const fields[FIELDS])
{
    if (!*testimony->object || *testimony->other || !strcmp(testimony->object, fields[2]))
        return;
    copy(testimony->other, sizeof testimony->other, fields[2]);
    copy(testimony->other_program, sizeof testimony->other_program, fields[4]);
}

/* Goes through the lines of the first process, or of all the others. */
static void read_lines(FILE *file, pid_t first, bool own, struct testimony *testimony)
{
    char line[WITNESS_LINE_BYTES];
    char *fields[FIELDS];
    rewind(file);
    while (fgets(line, sizeof line, file)) {
        if (!line_split(line, fields) || (atoi(fields[0]) == (int)first) != own)
            continue;
        testimony->images++;
        if (own)
            take_first(testimony, fields);
        else
            take_other(testimony, fields);
    }
}

int testimony_read(const char *log, pid_t first, struct testimony *testimony)
{
    *testimony = (struct testimony){.images = 0};
    FILE *file = fopen(log, "re");
    if (!file)
        return -errno;
    read_lines(file, first, true, testimony);
    read_lines(file, first, false, testimony);
    fclose(file);
    return 0;
}
