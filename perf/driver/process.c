/*
 * Running one child process: start, wait with a limit, clean up.
 *
 * Children are forked from this small program, so that none begins with a large parent's memory behind it, and end with
 * it however it ends: the kernel kills them when the thread that started them, and waits for them here, is gone.  A
 * pidfd makes "ended, too late or Ctrl-C" one poll.  Standard error and wanted output go to memory files, never to
 * pipes: a child must not wait for the harness to read.
 */
#define _GNU_SOURCE
#include "perf/driver/process.h"

#include "perf/driver/interrupt.h"
#include "perf/driver/text.h"
#include "perf/driver/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_CANNOT_START = 127 }; /* as shells have it */

#define COMPLAINT_MAX_BYTES (1 << 20)  /* what is read of standard error: its first and last line are of interest */
#define WRITTEN_MAX_BYTES   (64 << 20) /* of either: above what anybody says, and less than any machine's memory */
#define WRITTEN_LOOK_S      0.25       /* between two looks at that: some microseconds of another process */

extern char **environ;

/* Memory files that a child writes to. */
struct written {
    int complaint; /* its standard error */
    int output;    /* its standard output; -1: nobody wants that */
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void process_end_with(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        raise(SIGKILL); /* it ended before that was set, and will not end again */
}

/* Makes `from` the descriptor `to` of the program. */
static bool place(int from, int to)
{
    return from == to ? fcntl(from, F_SETFD, 0) == 0 : dup2(from, to) == to;
}

static bool place_files(const struct process *process, int output, int complaint)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool placed = nothing >= 0 && place(nothing, STDIN_FILENO) &&
                  place(output >= 0 ? output : nothing, STDOUT_FILENO) && place(complaint, STDERR_FILENO);
    return placed && (!process->shared_fd || place(process->shared_fd, PROCESS_SHARED_FD));
}

static void reset_signals(void)
{
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child, which may call only what is safe after the fork of one thread of several: becomes the program, with
 * default signals and in its own group, or tells why not. */
static _Noreturn void become(const struct process *process, int output, int complaint, int channel, pid_t parent)
{
    char *const *envp = process->envp ? (char *const *)process->envp : environ;
    channel = fcntl(channel, F_DUPFD_CLOEXEC, PROCESS_SHARED_FD + 1);
    process_end_with(parent);
    setpgid(0, 0);
    if (place_files(process, output, complaint)) {
        reset_signals();
        execvpe(process->argv[0], (char *const *)process->argv, envp);
    }
    int code = errno;
    _exit(write(channel, &code, sizeof code) == sizeof code ? EXIT_CANNOT_START : 0);
}

/* Waits until the program runs, which closes the pipe's other end, or could not be started; 0 or an errno. */
static int hear(int channel, pid_t pid)
{
    int code = 0;
    ssize_t length;
    while ((length = read(channel, &code, sizeof code)) < 0 && errno == EINTR)
        ;
    if (length != sizeof code)
        return 0;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return code;
}

/* Starts it; returns 0 or an errno. */
static int spawn(const struct process *process, int output, int complaint, pid_t *pid)
{
    int channel[2];
    pid_t parent = getpid();
    if (pipe2(channel, O_CLOEXEC))
        return errno;
    *pid = fork();
    if (*pid == 0)
        become(process, output, complaint, channel[1], parent);
    int code = *pid < 0 ? errno : 0;
    close(channel[1]);
    code = code ? code : hear(channel[0], *pid);
    close(channel[0]);
    return code;
}

/* Whether a memory file has become too large: it takes memory that nobody would get back before the end. */
static bool is_flood(int fd)
{
    struct stat about;
    return fd >= 0 && fstat(fd, &about) == 0 && about.st_size > WRITTEN_MAX_BYTES;
}

/* Waits for the end, the limit, a flood or Ctrl-C, whichever comes first.  Of several threads one alone is woken by
 * Ctrl-C: the others see it at their next tick. */
static void watch(const struct process *process, const struct written *written, pid_t pid, uint64_t started_ns,
                  struct process_end *end)
{
    struct pollfd ended = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    int ready = 0;
    do {
        double wait_s = -1;
        if (process->timeout_s > 0)
            wait_s = fmax(process->timeout_s - (double)(now_ns() - started_ns) / 1e9, 0);
        end->timed_out = wait_s == 0;
        double tick_s = process->tick_s > 0 ? fmin(process->tick_s, WRITTEN_LOOK_S) : WRITTEN_LOOK_S;
        if (wait_s < 0 || wait_s > tick_s)
            wait_s = tick_s;
        ready = interrupt_poll(&ended, 1, wait_s);
        if (ready < 0 && errno != EINTR)
            break;
        end->interrupted = interrupt_came();
        end->flooded = ready <= 0 && (is_flood(written->complaint) || is_flood(written->output));
        if (ready == 0 && process->tick && process->tick_s > 0)
            process->tick(process->context, pid);
    } while (ready <= 0 && !end->interrupted && !end->timed_out && !end->flooded);
    end->timed_out = end->timed_out && ready <= 0;
    close(ended.fd);
}

/* Waits, and leaves nothing of the group running. */
static void await(const struct process *process, const struct written *written, pid_t pid, uint64_t started_ns,
                  struct process_end *end)
{
    int status = 0;
    watch(process, written, pid, started_ns, end);
    if (end->timed_out || end->interrupted || end->flooded)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    end->wall_ns = now_ns() - started_ns;
    kill(-pid, SIGKILL);
    end->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* What was written to a memory file, up to `most` bytes of it; NULL when that is nothing. */
static char *file_text(int fd, size_t most)
{
    struct stat about;
    if (fstat(fd, &about) || about.st_size <= 0)
        return NULL;
    size_t size = (size_t)about.st_size < most ? (size_t)about.st_size : most;
    char *text = memory_take(size + 1, 1);
    ssize_t length = pread(fd, text, size, 0);
    text[length > 0 ? length : 0] = '\0';
    return text;
}

static void keep_lines(int fd, struct process_end *end)
{
    char *text = file_text(fd, COMPLAINT_MAX_BYTES);
    if (!text)
        return;
    char *trimmed = text_trim(text);
    snprintf(end->opening, sizeof end->opening, "%.*s", (int)strcspn(trimmed, "\n"), trimmed);
    const char *line = strrchr(trimmed, '\n');
    snprintf(end->complaint, sizeof end->complaint, "%s", line ? line + 1 : trimmed);
    utf8_clean(end->opening);
    utf8_clean(end->complaint);
    free(text);
}

int process_run(const struct process *process, struct process_end *end)
{
    pid_t pid = -1;
    *end = (struct process_end){.exit_status = -1};
    int complaint = memfd_create("stderr", MFD_CLOEXEC);
    int output = process->wants_output ? memfd_create("stdout", MFD_CLOEXEC) : -1;
    struct written written = {.complaint = complaint, .output = output};
    if (complaint < 0 || (process->wants_output && output < 0))
        return -errno;
    uint64_t started_ns = now_ns();
    int code = spawn(process, output, complaint, &pid);
    if (!code) {
        await(process, &written, pid, started_ns, end);
        keep_lines(complaint, end);
        if (output >= 0)
            end->output = file_text(output, WRITTEN_MAX_BYTES);
    }
    close(complaint);
    if (output >= 0)
        close(output);
    return -code;
}

void process_end_free(struct process_end *end)
{
    free(end->output);
    end->output = NULL;
}

char *process_output(const char *const *argv)
{
    struct process process = {.argv = argv, .timeout_s = 60, .wants_output = true};
    struct process_end end;
    if (process_run(&process, &end))
        return NULL;
    if (end.exit_status == 0 && end.output)
        return end.output;
    process_end_free(&end);
    return NULL;
}

char *process_end_text(const struct process_end *end, double timeout_s)
{
    if (end->flooded)
        return text_format("killed: it had written more than %d MiB to standard output or error",
                           WRITTEN_MAX_BYTES >> 20);
    if (end->timed_out)
        return text_format("killed after %g s, its limit (--timeout)", timeout_s);
    const char *separator = *end->complaint ? ": " : "";
    if (end->signal)
        return text_format("ended by signal %d (%s)%s%s", end->signal, strsignal(end->signal), separator,
                           end->complaint);
    return text_format("exit status %d%s%s", end->exit_status, separator, end->complaint);
}
