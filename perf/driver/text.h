#ifndef LAB_DRIVER_TEXT_H
#define LAB_DRIVER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every text returned here is the caller's to free.  Without memory the harness aborts: it has no use for going on. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *text_copy(const char *text);

/* Zeroed memory for `count` items of `size` bytes; aborts when there is none. */
void *memory_take(size_t count, size_t size);

/* Cuts `text` at the separator; *rest moves on, NULL at the end.  Pieces may be empty.  Like strsep, for one character.
 */
char *text_next(char **rest, char separator);

/* Removes white space from both ends, in place. */
char *text_trim(char *text);

/* The part of a path after its last slash. */
const char *text_base_name(const char *path);

/* A whole decimal number within the limits, and nothing after it. */
bool text_to_integer(const char *text, int64_t min, int64_t max, int64_t *value);
bool text_to_number(const char *text, double min, double max, double *value);

/* "1,250,000" */
char *text_grouped(uint64_t value);

/* First line of a small file, trimmed; NULL when it cannot be read or is empty. */
char *text_file_line(const char *path);

/* Now, as ISO 8601 in UTC with milliseconds: "2025-11-23T10:15:00.123Z". */
char *text_time_now(void);

#endif
