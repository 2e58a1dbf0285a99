/*
 * fork, exec, read: by hand only.  The driver asks once for all processes and passes the answers as --cpus and
 * --events, so no measured process of a comparison ever forks.  The child runs without LD_PRELOAD: lab-resolve is not
 * what is being measured.
 *
 * Thread safety: main thread, before the region.
 */
#define _GNU_SOURCE
#include "perf/measure/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESOLVER      "lab-resolve"
#define ARGUMENTS_MAX 8
#define EXEC_FAILED   127

/* Reads to the end.  0, or -errno; -EMSGSIZE when it does not fit. */
static int read_all(int file, char *text, size_t bytes)
{
    size_t length = 0;
    for (;;) {
        ssize_t count = read(file, text + length, bytes - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        length += (size_t)count;
        if (length == bytes)
            return -EMSGSIZE;
        text[length] = '\0';
        if (count == 0)
            return 0;
    }
}

int lab_read_text(const char *path, char *text, size_t bytes, struct lab_error *error)
{
    int file = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return lab_error_set(error, -errno, "cannot open %s: %s", path, strerror(errno));
    int status = read_all(file, text, bytes);
    if (file != STDIN_FILENO)
        close(file);
    return status == 0 ? 0 : lab_error_set(error, status, "cannot read %s: %s", path, strerror(-status));
}

/* Path of lab-resolve: in the folder of this program. */
static int resolver_path(char *path, size_t bytes, struct lab_error *error)
{
    ssize_t length = readlink("/proc/self/exe", path, bytes - 1);
    if (length < 0)
        return lab_error_set(error, -errno, "cannot read /proc/self/exe: %s", strerror(errno));
    path[length] = '\0';
    char *name = strrchr(path, '/') + 1;
    if ((size_t)(name - path) + sizeof RESOLVER > bytes)
        return lab_error_set(error, -ENAMETOOLONG, "the path of %s is too long", RESOLVER);
    memcpy(name, RESOLVER, sizeof RESOLVER);
    return 0;
}

__attribute__((noreturn)) static void child_exec(const char *path, const char *const arguments[], int output)
{
    char *argv[ARGUMENTS_MAX + 2] = {(char *)path};
    for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i] != NULL; i++)
        argv[i + 1] = (char *)arguments[i];
    unsetenv("LD_PRELOAD");
    dup2(output, STDOUT_FILENO);
    execv(path, argv);
    _exit(EXEC_FAILED);
}

int lab_ask(const char *const arguments[], char *answer, size_t bytes, struct lab_error *error)
{
    char path[PATH_MAX];
    int ends[2], wait_status;
    int status = resolver_path(path, sizeof path, error);
    if (status != 0)
        return status;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return lab_error_set(error, -errno, "cannot make a pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0)
        child_exec(path, arguments, ends[1]);
    close(ends[1]);
    status = child < 0 ? -errno : read_all(ends[0], answer, bytes);
    close(ends[0]);
    if (child < 0 || waitpid(child, &wait_status, 0) != child)
        return lab_error_set(error, -ECHILD, "cannot run %s", path);
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == EXEC_FAILED)
        return lab_error_set(error, -ENOENT, "cannot run %s; `make` builds it", path);
    if (wait_status != 0)
        return lab_error_set(error, -EINVAL, "%s %s refused (see above)", RESOLVER, arguments[0]);
    return status == 0 ? 0
                       : lab_error_set(error, status, "cannot read the answer of %s: %s", RESOLVER, strerror(-status));
}
