/*
 * Single-stepping with ptrace(2).
 *
 * The program stops itself at marks (breakpoint instructions) that leave the address of a function in rax.  From there
 * it is stepped: a few instructions until the function is entered, then those of the function until it has returned,
 * which is when the stack pointer is above the return address and the next instruction is the one it names.
 *
 * Only the main thread is traced; other threads run freely.
 */
#define _GNU_SOURCE
#include "perf/driver/stepper.h"

#include "perf/driver/interrupt.h"
#include "perf/driver/process.h"
#include "perf/driver/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    APPROACH_MAX = 100,     /* instructions from the mark to the function's first: a handful */
    WALK_MAX = 2000000,     /* of one call: above the slowest that an allocator ever makes */
    LIFE_S = 60,            /* of the program, against one that hangs */
    CODE_BYTES = 16,        /* one instruction, at most 15 */
    EXIT_CANNOT_START = 127 /* as shells have it */
};

static int failed(struct lab_error *error, const char *what)
{
    return lab_error_set(error, STATUS_FAILED, "census: %s: %s; is ptrace allowed here?", what, strerror(errno));
}

static _Noreturn void become(const char *const *argv, const char *const *envp, pid_t parent)
{
    sigset_t none;
    process_end_with(parent);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere >= 0) {
        dup2(nowhere, STDIN_FILENO);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
    personality(ADDR_NO_RANDOMIZE);
    alarm(LIFE_S);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
        execve(argv[0], (char *const *)argv, (char *const *)envp);
    _exit(EXIT_CANNOT_START);
}

/* Waits for the next stop; a signal that is not the tracer's own is handed on.  0 stopped, 1 ended with status 0. */
static int await(struct stepper *stepper, int request, struct lab_error *error)
{
    int status;
    for (;;) {
        if (waitpid(stepper->pid, &status, 0) != stepper->pid)
            return -failed(error, "cannot wait for the program");
        if (interrupt_came())
            return -lab_error_set(error, STATUS_INTERRUPTED, "interrupted");
        if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP)
            return 0;
        if (WIFSTOPPED(status) && ptrace((enum __ptrace_request)request, stepper->pid, NULL, WSTOPSIG(status)) == 0)
            continue;
        stepper->pid = 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            return 1;
        if (WIFEXITED(status))
            return -lab_error_set(error, STATUS_FAILED, "the program that census steps ended with status %d",
                                  WEXITSTATUS(status));
        int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        if (number == SIGALRM)
            return -lab_error_set(error, STATUS_FAILED,
                                  "the program that census steps was not done after %d s; try a smaller --size",
                                  LIFE_S);
        return -lab_error_set(error, STATUS_FAILED, "the program that census steps was ended by signal %d (%s)", number,
                              strsignal(number));
    }
}

int stepper_start(struct stepper *stepper, const char *const *argv, const char *const *envp, struct lab_error *error)
{
    char path[32];
    pid_t parent = getpid();
    *stepper = (struct stepper){.pid = fork(), .memory = -1};
    if (stepper->pid == 0)
        become(argv, envp, parent);
    if (stepper->pid < 0)
        return failed(error, "cannot start a process");
    int stopped = await(stepper, PTRACE_CONT, error);
    if (stopped != 0)
        return stopped < 0 ? -stopped : STATUS_FAILED;
    snprintf(path, sizeof path, "/proc/%d/mem", (int)stepper->pid);
    stepper->memory = open(path, O_RDONLY | O_CLOEXEC);
    if (stepper->memory < 0 || ptrace(PTRACE_SETOPTIONS, stepper->pid, NULL, PTRACE_O_EXITKILL) != 0)
        return failed(error, "cannot trace the program");
    return STATUS_DONE;
}

void stepper_end(struct stepper *stepper)
{
    if (stepper->memory >= 0)
        close(stepper->memory);
    if (stepper->pid <= 0)
        return;
    kill(stepper->pid, SIGKILL);
    waitpid(stepper->pid, NULL, 0);
    stepper->pid = 0;
}

#if defined(__x86_64__)

/* Lets it run on as `request` says, to the next stop; as await(). */
static int proceed(struct stepper *stepper, int request, struct lab_error *error)
{
    if (ptrace((enum __ptrace_request)request, stepper->pid, NULL, NULL) != 0)
        return -failed(error, "cannot let the program run");
    return await(stepper, request, error);
}

static int registers_read(const struct stepper *stepper, struct user_regs_struct *registers, struct lab_error *error)
{
    if (ptrace(PTRACE_GETREGS, stepper->pid, NULL, registers) != 0)
        return failed(error, "cannot read registers");
    return STATUS_DONE;
}

int stepper_next_mark(struct stepper *stepper, uint64_t *entry, struct lab_error *error)
{
    struct user_regs_struct registers;
    *entry = 0;
    int stopped = proceed(stepper, PTRACE_CONT, error);
    if (stopped != 0)
        return stopped < 0 ? -stopped : STATUS_DONE;
    int status = registers_read(stepper, &registers, error);
    *entry = registers.rax;
    return status;
}

/* One instruction; then the registers. */
static int step(struct stepper *stepper, struct user_regs_struct *registers, struct lab_error *error)
{
    int stopped = proceed(stepper, PTRACE_SINGLESTEP, error);
    if (stopped > 0)
        return lab_error_set(error, STATUS_FAILED, "the program that census steps ended in the middle of a call");
    return stopped < 0 ? -stopped : registers_read(stepper, registers, error);
}

static int approach(struct stepper *stepper, uint64_t entry, struct user_regs_struct *registers,
                    struct lab_error *error)
{
    int status = registers_read(stepper, registers, error);
    for (int i = 0; !status && registers->rip != entry; i++) {
        if (i == APPROACH_MAX)
            return lab_error_set(error, STATUS_FAILED, "census: the call behind a mark did not come");
        status = step(stepper, registers, error);
    }
    return status;
}

int stepper_walk(struct stepper *stepper, uint64_t entry, void (*visit)(void *context, const struct step *step),
                 void *context, struct lab_error *error)
{
    struct user_regs_struct registers;
    uint8_t code[CODE_BYTES];
    uint64_t back = 0;
    int status = approach(stepper, entry, &registers, error);
    uint64_t stack = registers.rsp;
    if (!status && pread(stepper->memory, &back, sizeof back, (off_t)stack) != sizeof back)
        status = failed(error, "cannot read the stack");
    for (int i = 0; !status && !(registers.rip == back && registers.rsp > stack); i++) {
        ssize_t length = pread(stepper->memory, code, sizeof code, (off_t)registers.rip);
        struct step now = {.registers = &registers, .code = code, .length = length > 0 ? (size_t)length : 0};
        if (i == WALK_MAX)
            return lab_error_set(error, STATUS_FAILED, "census: a call did not return within %d instructions",
                                 WALK_MAX);
        visit(context, &now);
        status = step(stepper, &registers, error);
    }
    return status;
}

#else

int stepper_next_mark(struct stepper *stepper, uint64_t *entry, struct lab_error *error)
{
    (void)stepper, (void)entry;
    return lab_error_set(error, STATUS_FAILED, "census: this processor is not supported yet, only x86-64 is");
}

int stepper_walk(struct stepper *stepper, uint64_t entry, void (*visit)(void *context, const struct step *step),
                 void *context, struct lab_error *error)
{
    (void)visit, (void)context;
    return stepper_next_mark(stepper, &entry, error);
}

#endif
