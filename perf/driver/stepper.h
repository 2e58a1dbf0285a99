#ifndef LAB_DRIVER_STEPPER_H
#define LAB_DRIVER_STEPPER_H

#include "perf/driver/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

/* A program that is single-stepped. */
struct stepper {
    pid_t pid;
    int memory; /* its /proc/PID/mem */
};

/* An instruction that is about to run. */
struct step {
    const struct user_regs_struct *registers;
    const uint8_t *code; /* its bytes, and some behind it */
    size_t length;       /* how many there are */
};

/*
 * Starts the program, stopped before its first instruction, without address space randomisation, so that two runs touch
 * the same addresses.  STATUS_FAILED and a message where ptrace is not allowed or the program cannot be started.
 */
int stepper_start(struct stepper *stepper, const char *const *argv, const char *const *envp, struct lab_error *error);

/* Lets it run to its next mark; *entry is the function that it is going to call, 0 when it has ended with status 0. */
int stepper_next_mark(struct stepper *stepper, uint64_t *entry, struct lab_error *error);

/*
 * Steps from the mark into the function and calls `visit` ahead of each of its instructions, the first one and the
 * returning one included, those of the functions that it calls as well.  STATUS_FAILED when it does not return.
 */
int stepper_walk(struct stepper *stepper, uint64_t entry, void (*visit)(void *context, const struct step *step),
                 void *context, struct lab_error *error);

/* Kills what is left of it. */
void stepper_end(struct stepper *stepper);

#endif
