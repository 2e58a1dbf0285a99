/*
 * An error's sentence, filled in by whoever failed and printed by main alone.
 *
 * Fixed size, so that no path through the measured process allocates.
 */
#ifndef LAB_ERROR_H
#define LAB_ERROR_H

#include <stdarg.h>
#include <stdio.h>

struct lab_error {
    char text[400]; /* one sentence: what failed, on what, what to do next */
};

/* Formats the sentence and returns `status`, so that a caller can write `return lab_error_set(error, -EINVAL, ...)`. */
__attribute__((format(printf, 3, 4))) static inline int lab_error_set(struct lab_error *error, int status,
                                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return status;
}

#endif
