/*
 * A JSON writer over a buffer of the caller's: the measured process writes its record without allocating.
 *
 * Open an object or an array, add members, close it.  Inside an array `key` is NULL.  When the buffer is full the
 * writer remembers it and lab_json_save refuses, so callers need not check every call.
 */
#ifndef LAB_JSON_H
#define LAB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "perf/measure/error.h"

struct lab_json {
    char *text;      /* the caller's buffer, always terminated */
    size_t capacity; /* its size in bytes */
    size_t length;   /* bytes written so far */
    bool full;       /* something did not fit */
};

void lab_json_init(struct lab_json *json, char *buffer, size_t bytes);

void lab_json_open(struct lab_json *json, const char *key, char bracket);
void lab_json_close(struct lab_json *json, char bracket);

/* NULL is written as null.  Bytes that are not UTF-8 (a path may hold any) become U+FFFD. */
void lab_json_string(struct lab_json *json, const char *key, const char *value);
void lab_json_u64(struct lab_json *json, const char *key, uint64_t value);
void lab_json_bool(struct lab_json *json, const char *key, bool value);
void lab_json_null(struct lab_json *json, const char *key);
/* Fifteen significant digits; not-a-number and infinities are written as null, which is what they are in JSON. */
void lab_json_double(struct lab_json *json, const char *key, double value);

/* Writes the text and a newline to PATH.PID.tmp and renames it to PATH; "-" is standard output.  0, or -errno. */
int lab_json_save(const struct lab_json *json, const char *path, struct lab_error *error);

#endif
