#ifndef LAB_DRIVER_LIBRARY_H
#define LAB_DRIVER_LIBRARY_H

#include "perf/driver/status.h"

#include <stdbool.h>

/*
 * Whether the file can be preloaded as an allocator: a shared object for this machine that defines malloc and free.
 * STATUS_USAGE and a message that says what is wrong with it otherwise.
 */
int library_check(const char *path, struct lab_error *error);

/* The same machine code: both files have a .text section, and the two are equal byte by byte. */
bool library_same_code(const char *path, const char *other);

/* SHA-256 of a file in hexadecimal, NULL when it cannot be had; the caller frees it. */
char *library_sha256(const char *path);

#endif
