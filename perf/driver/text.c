/*
 * Small tools for texts: formatting into fresh memory, cutting lists, strict numbers.  Numbers are strict because
 * "--rounds 12x" must be an error, not 12.
 */
#define _GNU_SOURCE
#include "perf/driver/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

char *text_format(const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    return text;
}

char *text_copy(const char *text)
{
    return text_format("%s", text);
}

void *memory_take(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

char *text_next(char **rest, char separator)
{
    char *piece = *rest;
    if (!piece)
        return NULL;
    char *end = strchr(piece, separator);
    if (end)
        *end++ = '\0';
    *rest = end;
    return piece;
}

char *text_trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

const char *text_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool text_to_integer(const char *text, int64_t min, int64_t max, int64_t *value)
{
    char *end;
    if (!isdigit((unsigned char)text[0]) && text[0] != '-')
        return false;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return !errno && end != text && !*end && *value >= min && *value <= max;
}

bool text_to_number(const char *text, double min, double max, double *value)
{
    char *end;
    if (!isdigit((unsigned char)text[0]) && text[0] != '.')
        return false;
    errno = 0;
    *value = strtod(text, &end);
    return !errno && end != text && !*end && isfinite(*value) && *value >= min && *value <= max;
}

char *text_grouped(uint64_t value)
{
    char digits[32];
    char grouped[48];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    char *out = grouped;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
    return text_copy(grouped);
}

char *text_file_line(const char *path)
{
    char line[512];
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    char *text = fgets(line, sizeof line, file) ? text_trim(line) : NULL;
    fclose(file);
    return text && *text ? text_copy(text) : NULL;
}

char *text_time_now(void)
{
    struct timespec now;
    struct tm utc;
    char text[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    return text_format("%s.%03ldZ", text, now.tv_nsec / 1000000);
}
