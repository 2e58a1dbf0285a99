#ifndef LAB_DRIVER_PROCESS_H
#define LAB_DRIVER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The descriptor under which a child gets `shared_fd`. */
enum { PROCESS_SHARED_FD = 3 };

/* One program to run to its end. */
struct process {
    const char *const *argv; /* argv[0] is the path; searched for in PATH when it has no slash */
    const char *const *envp; /* NULL: the harness's own environment */
    double timeout_s;        /* then its whole process group is killed; <= 0: no limit */
    bool wants_output;       /* keep standard output; otherwise it goes to /dev/null */
    int shared_fd;           /* the child's descriptor PROCESS_SHARED_FD; 0: none */
    double tick_s;           /* > 0: call `tick` this often while it runs; needed where several threads run processes */
    void (*tick)(void *context, pid_t pid); /* NULL: only look for Ctrl-C */
    void *context;
};

/* How it ended. */
struct process_end {
    int exit_status;     /* -1 when a signal ended it */
    int signal;          /* 0 when it exited */
    bool timed_out;      /* killed at its limit */
    bool interrupted;    /* killed because of Ctrl-C */
    bool flooded;        /* killed because it printed without end */
    uint64_t wall_ns;    /* from start to end */
    char *output;        /* standard output, at most 64 MiB, if wanted; the caller frees it; else NULL */
    char opening[256];   /* first line of its standard error */
    char complaint[256]; /* last line of its standard error */
};

/*
 * Returns 0 and fills `end`, or -errno when the program could not be started.  The process gets its own group, of which
 * nothing is left when this returns.  process_end_free() frees what `end` holds.
 */
int process_run(const struct process *process, struct process_end *end);
void process_end_free(struct process_end *end);

/* In a child between fork and exec: has the kernel kill it, and what it becomes, when its parent ends. */
void process_end_with(pid_t parent);

/* Runs a helper program and returns its standard output if it exits with 0 within 60 s, else NULL. */
char *process_output(const char *const *argv);

/* Says how a process ended, such as "killed after 20 s" or "exit status 1: corruption at slot 3"; the caller frees it.
 */
char *process_end_text(const struct process_end *end, double timeout_s);

#endif
