/*
 * One run of a program, to its end, with what it cost the whole process tree.
 */
#ifndef LAB_PROGRAM_LAUNCH_H
#define LAB_PROGRAM_LAUNCH_H

#include "perf/measure/pin.h"
#include "perf/program/counted.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* What to run, and how. */
struct launch {
    char *const *argv;               /* of the program; searched for in PATH */
    const char *preload;             /* LD_PRELOAD of it */
    const char *log;                 /* file for the witnesses' lines; made anew */
    const char *output;              /* file for its standard output; made anew */
    const char *input;               /* file that is its standard input; NULL: as this process has it */
    const struct lab_cpu_list *cpus; /* it and its children may run on these; count 0: anywhere */
    struct counted *counted;         /* events of the whole tree, stopped when this is over */
};

/* What came of it. */
struct launch_end {
    pid_t pid;                /* of the first process */
    int status;               /* as waitpid gives it */
    uint64_t elapsed_ns;      /* from before it was started until its end was seen */
    struct rusage usage;      /* of every process of the tree whose end was waited for */
    uint64_t peak_rss_bytes;  /* the largest process's high-water mark, or the largest sum seen over the tree */
    size_t left_running;      /* processes that outlived the first one and were killed */
    struct lab_cpu_list cpus; /* that it was bound to, read back before it was executed */
};

/* 0, or -errno with a sentence when it cannot be started.  One at a time: it waits for any child of this process. */
int launch_run(const struct launch *launch, struct launch_end *end, struct lab_error *error);

#endif
