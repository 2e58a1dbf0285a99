#ifndef LAB_DRIVER_ARGUMENTS_H
#define LAB_DRIVER_ARGUMENTS_H

#include "perf/driver/workload.h"

#include <stddef.h>

/* A command line being put together; all zero is an empty one. */
struct arguments {
    char **words; /* owned; NULL behind the last, as soon as there is one */
    size_t count;
};

void arguments_add(struct arguments *arguments, char *owned);
/* "--name" with dashes for underscores, and its value unless that is NULL. */
void arguments_add_option(struct arguments *arguments, const char *name, char *owned_value);
/* A workload program, and every parameter of the workload. */
void arguments_add_program(struct arguments *arguments, char *owned_program, const struct workload *workload);
void arguments_free(struct arguments *arguments);

#endif
