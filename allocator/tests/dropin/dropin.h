/*
 * What a drop-in malloc must get right, seen from a program that knows only the C library's names.  The same program
 * is linked with the archive, linked with the shared library, and run with the library preloaded.
 */
#ifndef DROPIN_H
#define DROPIN_H

#include <stddef.h>

/* Notes a failed check, with its place, without allocating. */
void check_failed(const char *file, int line, const char *what);

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            check_failed(__FILE__, __LINE__, #condition);                                                              \
    } while (0)

/* Keeps the compiler from knowing where a pointer or a size comes from. */
void *launder(void *p);
size_t launder_size(size_t size);

/* One row of a list of checks. */
struct check {
    const char *name;
    void (*run)(void);
};

/* The lists, ended by a name of NULL. */
extern const struct check interface_checks[];
extern const struct check process_checks[];

#endif
