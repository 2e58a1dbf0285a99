/*
 * The JSON writer.  Whether a comma is due is read off the last character written: none after an opening bracket or
 * at the start, one after anything else.
 *
 * Thread safety: one writer, one thread.
 */
#include "perf/measure/json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define NUMBER_BYTES      32             /* the longest number, in any format used here, is 24 characters */
#define FIRST_PRINTABLE   0x20           /* below it JSON wants an escape (RFC 8259, 7) */
#define REPLACEMENT       "\xef\xbf\xbd" /* U+FFFD */
#define RECORD_PERMISSION 0644

void lab_json_init(struct lab_json *json, char *buffer, size_t bytes)
{
    *json = (struct lab_json){.text = buffer, .capacity = bytes};
    buffer[0] = '\0';
}

static void put(struct lab_json *json, const char *bytes, size_t count)
{
    if (json->full || count >= json->capacity - json->length) {
        json->full = true;
        return;
    }
    memcpy(json->text + json->length, bytes, count);
    json->length += count;
    json->text[json->length] = '\0';
}

static void put_text(struct lab_json *json, const char *text)
{
    put(json, text, strlen(text));
}

/* Length of the UTF-8 sequence at `text`, or 0 when there is none (RFC 3629: no overlong forms, no surrogates). */
static size_t utf8_length(const unsigned char *text)
{
    unsigned char lead = text[0];
    size_t length = lead < 0x80                   ? 1
                    : lead >= 0xc2 && lead < 0xe0 ? 2
                    : lead >= 0xe0 && lead < 0xf0 ? 3
                    : lead >= 0xf0 && lead < 0xf5 ? 4
                                                  : 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((lead == 0xe0 && text[1] < 0xa0) || (lead == 0xed && text[1] >= 0xa0))
        return 0;
    if ((lead == 0xf0 && text[1] < 0x90) || (lead == 0xf4 && text[1] >= 0x90))
        return 0;
    return length;
}

static void put_escaped(struct lab_json *json, unsigned char c)
{
    char escape[8];
    if (c == '"' || c == '\\')
        snprintf(escape, sizeof escape, "\\%c", c);
    else
        snprintf(escape, sizeof escape, "\\u%04x", c);
    put_text(json, escape);
}

static void put_string(struct lab_json *json, const char *value)
{
    put(json, "\"", 1);
    const unsigned char *c = (const unsigned char *)value;
    while (*c != '\0') {
        size_t length = utf8_length(c);
        if (*c == '"' || *c == '\\' || *c < FIRST_PRINTABLE)
            put_escaped(json, *c);
        else if (length == 0)
            put_text(json, REPLACEMENT);
        else
            put(json, (const char *)c, length);
        c += length == 0 ? 1 : length;
    }
    put(json, "\"", 1);
}

/* What stands before a value: a comma where one is due, and the key. */
static void put_key(struct lab_json *json, const char *key)
{
    if (json->length > 0 && strchr("{[", json->text[json->length - 1]) == NULL)
        put(json, ",", 1);
    if (key == NULL)
        return;
    put_string(json, key);
    put(json, ":", 1);
}

void lab_json_open(struct lab_json *json, const char *key, char bracket)
{
    put_key(json, key);
    put(json, &bracket, 1);
}

void lab_json_close(struct lab_json *json, char bracket)
{
    put(json, &bracket, 1);
}

void lab_json_string(struct lab_json *json, const char *key, const char *value)
{
    if (value == NULL) {
        lab_json_null(json, key);
        return;
    }
    put_key(json, key);
    put_string(json, value);
}

void lab_json_u64(struct lab_json *json, const char *key, uint64_t value)
{
    char number[NUMBER_BYTES];
    snprintf(number, sizeof number, "%" PRIu64, value);
    put_key(json, key);
    put_text(json, number);
}

void lab_json_double(struct lab_json *json, const char *key, double value)
{
    char number[NUMBER_BYTES];
    snprintf(number, sizeof number, "%.15g", value);
    put_key(json, key);
    put_text(json, isfinite(value) ? number : "null");
}

void lab_json_bool(struct lab_json *json, const char *key, bool value)
{
    put_key(json, key);
    put_text(json, value ? "true" : "false");
}

void lab_json_null(struct lab_json *json, const char *key)
{
    put_key(json, key);
    put_text(json, "null");
}

static int write_all(int file, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(file, bytes, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

static int write_line(int file, const struct lab_json *json)
{
    int status = write_all(file, json->text, json->length);
    return status != 0 ? status : write_all(file, "\n", 1);
}

static int save_file(const struct lab_json *json, const char *path, const char *temporary)
{
    int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, RECORD_PERMISSION);
    if (file < 0)
        return -errno;
    int status = write_line(file, json);
    if (close(file) != 0 && status == 0)
        status = -errno;
    if (status == 0 && rename(temporary, path) != 0)
        status = -errno;
    if (status != 0)
        unlink(temporary);
    return status;
}

int lab_json_save(const struct lab_json *json, const char *path, struct lab_error *error)
{
    char temporary[PATH_MAX];
    if (json->full)
        return lab_error_set(error, -EMSGSIZE, "the record is larger than its buffer of %zu bytes", json->capacity);
    int length = snprintf(temporary, sizeof temporary, "%s.%d.tmp", path, (int)getpid());
    int status;
    if (strcmp(path, "-") == 0)
        status = write_line(STDOUT_FILENO, json);
    else if (length < 0 || (size_t)length >= sizeof temporary)
        status = -ENAMETOOLONG;
    else
        status = save_file(json, path, temporary);
    if (status != 0)
        lab_error_set(error, status, "cannot write the record %s: %s", path, strerror(-status));
    return status;
}
