/*
 * Asking lab-resolve, the program beside this one, for what needs hwloc or libpfm4: the measured process links
 * neither, because their set-up would allocate from the allocator under test.
 */
#ifndef LAB_ASK_H
#define LAB_ASK_H

#include <stddef.h>

#include "perf/measure/error.h"

/*
 * Runs `lab-resolve arguments[0] ...` (NULL-terminated) and reads its standard output into `answer`.  What it prints on
 * standard error is the user's to see.  0, or -errno with a sentence; -EINVAL when it refused.
 */
int lab_ask(const char *const arguments[], char *answer, size_t bytes, struct lab_error *error);

/* Reads a whole file ("-" is standard input) into `text`.  0, or -errno with a sentence. */
int lab_read_text(const char *path, char *text, size_t bytes, struct lab_error *error);

#endif
