/*
 * What the witness, which is inside of every process of a measured program, tells lab-program.
 */
#ifndef LAB_PROGRAM_WITNESS_H
#define LAB_PROGRAM_WITNESS_H

#include "perf/measure/proof.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define WITNESS_VARIABLE   "HAKMEM_LAB_WITNESS" /* names the file that lines are appended to */
#define WITNESS_LINE_BYTES (2 * PATH_MAX + LAB_IDENTITY_BYTES + 64)

/* What the lines of one run say. */
struct testimony {
    char linkage[16];                  /* of the first process, as in struct lab_proof; empty: it left no line */
    char object[PATH_MAX];             /* where its malloc is */
    char identity[LAB_IDENTITY_BYTES]; /* what that says it is; empty when it does not tell */
    char other[PATH_MAX];              /* another process's malloc, where that differs; empty when none does */
    char other_program[PATH_MAX];      /* whose it is */
    size_t images;                     /* program images that left a line */
};

/*
 * Reads the file; `first` is the process that the run started with.  Lines of the other processes are held against its
 * line.  0, or -errno when the file cannot be read.
 */
int testimony_read(const char *log, pid_t first, struct testimony *testimony);

#endif
