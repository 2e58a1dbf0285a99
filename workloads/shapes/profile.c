/*
 * See profile.h.  Reading is strict: what is not understood is refused with the line it stands on, because a row that
 * is taken for another one measures something else and looks right.  No memory is allocated.
 */
#define _GNU_SOURCE
#include "workloads/shapes/profile.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_LINE "hakmem-profile-1"
#define BLANKS     " \t"

enum { WEIGHT, SIZE_MIN, SIZE_MAX_FIELD, LIFETIME_MIN, LIFETIME_MAX, FIELDS };

static const char *const field_names[FIELDS] = {"weight", "size-min", "size-max", "lifetime-min", "lifetime-max"};

__attribute__((format(printf, 2, 3))) static bool refuse(struct profile_fault *fault, const char *words, ...)
{
    va_list arguments;
    va_start(arguments, words);
    vsnprintf(fault->words, sizeof fault->words, words, arguments);
    va_end(arguments);
    return false;
}

/* A decimal number without a sign, from `min` to `max`. */
static bool number_parse(const char *text, const char *name, uint64_t min, uint64_t max, uint64_t *number,
                         struct profile_fault *fault)
{
    uint64_t value = 0;
    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0')
        return refuse(fault, "%s '%.40s' is no whole number; write digits alone", name, text);
    for (const char *digit = text; *digit != '\0' && value <= max; digit++)
        value = value * 10 + (uint64_t)(*digit - '0'); /* cannot overflow: max is below UINT64_MAX / 10 */
    if (value < min)
        return refuse(fault, "%s is %s, and has to be at least %" PRIu64 "; leave the row out, or raise it", name, text,
                      min);
    if (value > max)
        return refuse(fault, "%s %.40s is too large; at most %" PRIu64, name, text, max);
    *number = value;
    return true;
}

static bool lifetime_parse(const char *text, const char *name, uint64_t *lifetime, struct profile_fault *fault)
{
    *lifetime = PROFILE_END;
    if (strcmp(text, "end") == 0)
        return true;
    if (text[0] < '0' || text[0] > '9')
        return refuse(fault, "%s '%.40s' is neither a whole number nor `end`; write one of them", name, text);
    return number_parse(text, name, 0, PROFILE_COUNT_MAX, lifetime, fault);
}

static bool bounds_check(const struct profile_row *row, struct profile_fault *fault)
{
    if (row->size_min > row->size_max)
        return refuse(fault, "size-min %" PRIu64 " is above size-max %" PRIu64 "; swap them", row->size_min,
                      row->size_max);
    if ((row->lifetime_min == PROFILE_END) != (row->lifetime_max == PROFILE_END))
        return refuse(fault, "only one lifetime is `end`; write `end end`, or two numbers");
    if (row->lifetime_min > row->lifetime_max)
        return refuse(fault, "lifetime-min %" PRIu64 " is above lifetime-max %" PRIu64 "; swap them", row->lifetime_min,
                      row->lifetime_max);
    return true;
}

static bool row_parse(char *const fields[FIELDS], struct profile *profile, struct profile_fault *fault)
{
    struct profile_row row;
    uint64_t weight;
    if (profile->rows == PROFILE_ROWS_MAX)
        return refuse(fault, "more than %u rows; put similar ones together", PROFILE_ROWS_MAX);
    if (!number_parse(fields[WEIGHT], field_names[WEIGHT], 1, PROFILE_COUNT_MAX, &weight, fault) ||
        !number_parse(fields[SIZE_MIN], field_names[SIZE_MIN], 1, PROFILE_SIZE_MAX, &row.size_min, fault) ||
        !number_parse(fields[SIZE_MAX_FIELD], field_names[SIZE_MAX_FIELD], 1, PROFILE_SIZE_MAX, &row.size_max, fault) ||
        !lifetime_parse(fields[LIFETIME_MIN], field_names[LIFETIME_MIN], &row.lifetime_min, fault) ||
        !lifetime_parse(fields[LIFETIME_MAX], field_names[LIFETIME_MAX], &row.lifetime_max, fault) ||
        !bounds_check(&row, fault))
        return false;
    row.below = weight + (profile->rows > 0 ? profile_weight(profile) : 0);
    profile->row[profile->rows++] = row;
    return true;
}

static bool blocks_parse(char *const fields[FIELDS], size_t count, struct profile *profile, struct profile_fault *fault)
{
    if (count != 2)
        return refuse(fault, "`allocations` takes one number; write: allocations 100000");
    if (profile->blocks > 0 || profile->rows > 0)
        return refuse(fault, "`allocations` stands once, before the rows; move or remove this line");
    return number_parse(fields[1], "allocations", 1, PROFILE_BLOCKS_MAX, &profile->blocks, fault);
}

/* Cuts `line` at blanks; returns how many fields it has, of which the first FIELDS are kept. */
static size_t fields_split(char *line, char *fields[FIELDS])
{
    size_t count = 0;
    char *rest = NULL;
    for (char *field = strtok_r(line, BLANKS, &rest); field != NULL; field = strtok_r(NULL, BLANKS, &rest), count++)
        if (count < FIELDS)
            fields[count] = field;
    return count;
}

static bool line_parse(char *line, struct profile *profile, struct profile_fault *fault)
{
    char *fields[FIELDS];
    if (fault->line == 1)
        return strcmp(line, FIRST_LINE) == 0 ||
               refuse(fault, "the first line is not '" FIRST_LINE "'; is this a profile, and of this version?");
    line[strcspn(line, "#")] = '\0';
    const size_t count = fields_split(line, fields);
    if (count == 0)
        return true;
    if (strcmp(fields[0], "allocations") == 0)
        return blocks_parse(fields, count, profile, fault);
    if (count != FIELDS)
        return refuse(fault, "%zu fields; a row has %d: weight size-min size-max lifetime-min lifetime-max", count,
                      FIELDS);
    return row_parse(fields, profile, fault);
}

bool profile_parse(char *text, size_t length, struct profile *profile, struct profile_fault *fault)
{
    char *const end = text + length;
    profile->rows = 0;
    profile->blocks = 0;
    *fault = (struct profile_fault){.line = 1};
    for (char *line = text, *next; line < end || fault->line == 1; line = next, fault->line++) {
        char *const stop = memchr(line, '\n', (size_t)(end - line));
        next = stop != NULL ? stop + 1 : end;
        if (memchr(line, '\0', (size_t)(next - line)) != NULL)
            return refuse(fault, "a NUL byte; a profile is plain text");
        if (stop != NULL)
            *stop = '\0';
        if (!line_parse(line, profile, fault))
            return false;
    }
    fault->line = 0;
    if (profile->rows == 0)
        return refuse(fault, "no row; add one: weight size-min size-max lifetime-min lifetime-max");
    if (profile->blocks == 0)
        profile->blocks = PROFILE_BLOCKS_UNSET;
    return true;
}

const struct profile_row *profile_row_at(const struct profile *profile, uint64_t weight)
{
    size_t low = 0, high = profile->rows - 1;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (weight < profile->row[middle].below)
            high = middle;
        else
            low = middle + 1;
    }
    return &profile->row[low];
}
