/*
 * Starting a program and waiting for it, while its tree's memory is sampled.
 *
 * The exact peak of a single process is its ru_maxrss.  Of a tree nothing exact exists, so the sum over its processes
 * is sampled; the larger of the two is the peak.  Reading /proc takes a few tens of microseconds on another CPU, at
 * most once in SAMPLE_SHARE of the time that has passed, within limits.
 *
 * SIGCHLD is blocked and waited for, so that the end is seen when it happens and not with the next sample.  As
 * subreaper this process inherits what the program leaves behind; nothing of it is left when launch_run returns.
 */
#define _GNU_SOURCE
#include "perf/program/launch.h"

#include "perf/measure/clock.h"
#include "perf/program/tree.h"
#include "perf/program/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAMPLE_SHARE  64       /* of the time passed lies between two samples */
#define SAMPLE_MIN_NS 4000000  /* short programs get some samples as well */
#define SAMPLE_MAX_NS 50000000 /* and long ones do not miss a peak that lasts */

#define KIB_BYTES 1024 /* ru_maxrss is in KiB */

/* What the child says before it is the program: that something failed, or the CPUs it is bound to. */
struct message {
    int code; /* errno; 0 never sent on success of exec */
    char what[24];
};

static int bind_to(const struct lab_cpu_list *cpus)
{
    cpu_set_t wanted, actual;
    if (!cpus->count)
        return 0;
    CPU_ZERO(&wanted);
    for (size_t i = 0; i < cpus->count; i++)
        CPU_SET(cpus->cpu[i], &wanted);
    if (sched_setaffinity(0, sizeof wanted, &wanted) || sched_getaffinity(0, sizeof actual, &actual))
        return errno;
    return CPU_EQUAL(&wanted, &actual) ? 0 : EXDEV;
}

/* Makes a file the descriptor `to` of the program. */
static int redirect(const char *path, int flags, int to)
{
    int file = open(path, flags, 0666);
    if (file < 0 || dup2(file, to) < 0)
        return errno;
    close(file);
    return 0;
}

/* What the child needs to know. */
struct birth {
    const struct launch *launch;
    int channel;  /* for a message */
    pid_t parent; /* that it shall not survive */
};

/* In the child: becomes the program, or tells why not. */
static void become(void *context)
{
    const struct birth *birth = context;
    const struct launch *launch = birth->launch;
    sigset_t none;
    struct message message = {.what = "pin it"};
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != birth->parent)
        _exit(1); /* the parent ended before that was set */
    message.code = bind_to(launch->cpus);
    if (!message.code) {
        strcpy(message.what, "write its output");
        message.code = redirect(launch->output, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    }
    if (!message.code && launch->input) {
        strcpy(message.what, "read its input");
        message.code = redirect(launch->input, O_RDONLY, STDIN_FILENO);
    }
    if (!message.code) {
        setenv("LD_PRELOAD", launch->preload, 1);
        setenv(WITNESS_VARIABLE, launch->log, 1);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execvp(launch->argv[0], launch->argv);
        strcpy(message.what, "start it");
        message.code = errno;
    }
    if (write(birth->channel, &message, sizeof message) != sizeof message)
        _exit(1);
    _exit(0);
}

/* Waits until the program runs or could not be started; the pipe's other end closes when it is executed. */
static int hear(int channel, const char *program, struct lab_error *error)
{
    struct message message;
    ssize_t length;
    while ((length = read(channel, &message, sizeof message)) < 0 && errno == EINTR)
        ;
    if (length != sizeof message)
        return 0;
    message.what[sizeof message.what - 1] = '\0';
    return lab_error_set(error, -message.code, "%s: cannot %s: %s", program, message.what, strerror(message.code));
}

static void await(struct launch_end *end, uint64_t began_ns, const sigset_t *child)
{
    for (;;) {
        int status;
        pid_t pid;
        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
            if (pid != end->pid)
                continue;
            end->elapsed_ns = lab_monotonic_ns() - began_ns;
            end->status = status;
            return;
        }
        uint64_t wait_ns = (lab_monotonic_ns() - began_ns) / SAMPLE_SHARE;
        wait_ns = wait_ns < SAMPLE_MIN_NS ? SAMPLE_MIN_NS : wait_ns > SAMPLE_MAX_NS ? SAMPLE_MAX_NS : wait_ns;
        struct timespec wait = {.tv_nsec = (long)wait_ns};
        if (sigtimedwait(child, NULL, &wait) > 0)
            continue;
        uint64_t now_bytes = tree_rss_bytes();
        end->peak_rss_bytes = now_bytes > end->peak_rss_bytes ? now_bytes : end->peak_rss_bytes;
    }
}

/* Empty files, so that what an earlier run left cannot be taken for this one's. */
static int prepare_files(const struct launch *launch, struct lab_error *error)
{
    int file = open(launch->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0)
        return lab_error_set(error, -errno, "cannot write %s: %s", launch->log, strerror(errno));
    close(file);
    return 0;
}

static void conclude(struct launch_end *end)
{
    getrusage(RUSAGE_CHILDREN, &end->usage);
    uint64_t largest_bytes = (uint64_t)end->usage.ru_maxrss * KIB_BYTES;
    end->peak_rss_bytes = largest_bytes > end->peak_rss_bytes ? largest_bytes : end->peak_rss_bytes;
    end->left_running = tree_end();
}

/* Forks, under counters. */
static int begin(struct counted_start *start, const char *program, struct lab_error *error)
{
    int status = counted_start(start);
    if (!status && start->pid < 0) {
        counted_stop();
        status = -start->error;
    }
    return status ? lab_error_set(error, status, "cannot start %s: %s", program, strerror(-status)) : 0;
}

int launch_run(const struct launch *launch, struct launch_end *end, struct lab_error *error)
{
    int channel[2];
    sigset_t child;
    *end = (struct launch_end){.cpus = *launch->cpus};
    int status = prepare_files(launch, error);
    if (status)
        return status;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) || pipe2(channel, O_CLOEXEC))
        return lab_error_set(error, -errno, "cannot prepare to start %s: %s", launch->argv[0], strerror(errno));
    struct birth birth = {.launch = launch, .channel = channel[1], .parent = getpid()};
    struct counted_start start = {.counted = launch->counted, .become = become, .context = &birth};
    status = begin(&start, launch->argv[0], error);
    close(channel[1]);
    if (!status) {
        end->pid = start.pid;
        status = hear(channel[0], launch->argv[0], error);
        if (!status)
            await(end, start.began_ns, &child);
        counted_stop();
    }
    close(channel[0]);
    if (status)
        tree_end();
    else
        conclude(end);
    return status;
}
