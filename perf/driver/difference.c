/*
 * How one output differs from another, said in one line.
 *
 * An output may be large: both files are read in step, and all that is kept is the place where they part.
 */
#define _GNU_SOURCE
#include "perf/driver/difference.h"

#include "perf/driver/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 40 }; /* of a line, from a little before the place where it differs */
enum { SHOWN_BEFORE = 10 };

/* Where the two part. */
struct parting {
    long offset;     /* of the first byte that differs */
    long line;       /* from 1 */
    long line_start; /* its offset */
    bool found;
};

static struct parting find(FILE *one, FILE *other)
{
    struct parting parting = {.line = 1};
    for (;; parting.offset++) {
        int left = getc(one), right = getc(other);
        if (left != right)
            parting.found = true;
        if (left != right || left == EOF)
            return parting;
        if (left == '\n') {
            parting.line++;
            parting.line_start = parting.offset + 1;
        }
    }
}

/* The part of the line around where it differs; false when the file has ended there. */
static bool shown(FILE *file, const struct parting *parting, char text[SHOWN_MAX + 1])
{
    long start =
        parting->offset - parting->line_start > SHOWN_BEFORE ? parting->offset - SHOWN_BEFORE : parting->line_start;
    size_t length = 0;
    if (fseek(file, parting->offset, SEEK_SET) || getc(file) == EOF || fseek(file, start, SEEK_SET))
        return false;
    for (int c; length < SHOWN_MAX && (c = getc(file)) != EOF && c != '\n';)
        text[length++] = c >= ' ' && c <= '~' ? (char)c : '?';
    text[length] = '\0';
    return true;
}

static char *describe(FILE *file, FILE *expected, const struct parting *parting)
{
    char is[SHOWN_MAX + 1], was[SHOWN_MAX + 1];
    bool more = shown(file, parting, is), wanted = shown(expected, parting, was);
    if (more && wanted)
        return text_format("line %ld has '%s' instead of '%s'", parting->line, is, was);
    if (more)
        return text_format("it goes on after byte %ld, in line %ld, with '%s'", parting->offset, parting->line, is);
    return text_format("it ends after byte %ld, in line %ld, where '%s' is missing", parting->offset, parting->line,
                       was);
}

char *difference_text(const char *path, const char *expected_path)
{
    char *text = NULL;
    FILE *file = fopen(path, "re"), *expected = fopen(expected_path, "re");
    if (!file || !expected) {
        text = text_format("it cannot be read again: %s", strerror(errno));
    } else {
        struct parting parting = find(file, expected);
        text = parting.found ? describe(file, expected, &parting) : NULL;
    }
    if (file)
        fclose(file);
    if (expected)
        fclose(expected);
    return text;
}
