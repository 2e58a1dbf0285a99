#ifndef LAB_DRIVER_FILE_H
#define LAB_DRIVER_FILE_H

#include <stddef.h>

/* Files as wholes.  All functions return 0 or -errno. */

/* The file's bytes, with a 0 behind them; *bytes is the caller's to free. */
int file_load(const char *path, char **bytes, size_t *length);

/* Writes the file: whole, under a temporary name, then renamed; `mode` as of open(2). */
int file_save(const char *path, const void *bytes, size_t length, unsigned mode);

/* Another file of the same content that may be executed. */
int file_copy(const char *from, const char *to);

/* mkdir -p. */
int file_make_folder(const char *path);

/* Removes a folder and all that is in it; one that is not there is fine. */
int file_remove_folder(const char *path);

#endif
