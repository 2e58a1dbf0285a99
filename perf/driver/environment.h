#ifndef LAB_DRIVER_ENVIRONMENT_H
#define LAB_DRIVER_ENVIRONMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Environment of one measured process. */
struct environment {
    const char **variables; /* "NAME=value", ending with NULL; what posix_spawn wants */
    size_t count;
};

/*
 * The variables of the harness's own environment that are handed on (a fixed list: those that an allocator or the
 * dynamic linker reads), LD_PRELOAD when `preload` is not NULL, and a padding variable.
 *
 * `padding` bytes move the stack of the process; it is chosen by round.  `balance` is the length of whatever else
 * differs between arms and lands on the same stack (paths): the padding is shortened by it and by LD_PRELOAD's length,
 * so that all arms of a round start at the same offset.
 */
void environment_make(struct environment *environment, const char *preload, size_t padding, size_t balance);

/*
 * The same with everything that the harness itself was given, but LD_PRELOAD and what is the lab's own: for programs
 * that are not ours and may need their PATH, HOME or LANG.
 */
void environment_make_whole(struct environment *environment, size_t padding, size_t balance);
void environment_free(struct environment *environment);

/* The variables handed on, by name, for run.json. */
json_t *environment_describe(void);

#endif
