/*
 * The first process of the machine with performance counters (make test-pmu): runs the commands of /commands one after
 * the other and powers the machine off.
 *
 * A line of /commands is a name, a user id and a program with its arguments, parted by single blanks; there is no
 * shell.  On the console each command's output stands between two lines, which the test on the other side looks for:
 *
 *     @begin NAME
 *     ...
 *     @end NAME STATUS
 *
 * STATUS is that of wait(2).  Single-threaded; a failure of its own is said on the console and ends the machine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 32, LINE_BYTES = 1024 };

static void power_off(void)
{
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
}

static void fail(const char *what)
{
    printf("@init failed: %s: %s\n", what, strerror(errno));
    power_off();
}

static void mount_on(const char *type, const char *folder)
{
    mkdir(folder, 0755);
    if (mount(type, folder, type, 0, NULL) != 0 && errno != EBUSY)
        fail(folder);
}

/* Replaces the process, its output going to `output`; the user id is given up before the program starts. */
static void become(uid_t user, char **words, int output)
{
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (setgid(user) == 0 && setuid(user) == 0)
        execv(words[0], words);
    printf("cannot start %s: %s\n", words[0], strerror(errno));
    fflush(stdout);
    _exit(127);
}

/* Copies until every writer has ended.  Through a pipe, because what is no terminal gets plain lines. */
static void copy_to_console(int from)
{
    char buffer[4096];
    ssize_t length;
    while ((length = read(from, buffer, sizeof buffer)) > 0)
        fwrite(buffer, 1, (size_t)length, stdout);
}

static void run(const char *name, uid_t user, char **words)
{
    int status = -1;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        fail("pipe");
    printf("\n@begin %s\n", name);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        become(user, words, ends[1]);
    close(ends[1]);
    copy_to_console(ends[0]);
    close(ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    printf("\n@end %s %d\n", name, status);
    fflush(stdout);
}

static void run_line(char *line)
{
    char *words[WORDS_MAX + 1], *place = NULL;
    size_t count = 0;
    for (char *word = strtok_r(line, " \n", &place); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \n", &place))
        words[count++] = word;
    words[count] = NULL;
    if (count >= 3)
        run(words[0], (uid_t)atoi(words[1]), words + 2);
}

int main(void)
{
    char line[LINE_BYTES];
    mount_on("devtmpfs", "/dev");
    mount_on("proc", "/proc");
    mount_on("sysfs", "/sys");
    mount_on("tmpfs", "/tmp");
    chmod("/tmp", 01777);
    FILE *commands = fopen("/commands", "re");
    if (commands == NULL)
        fail("/commands");
    setenv("PATH", "/hakmem/build/bin", 1);
    while (commands != NULL && fgets(line, sizeof line, commands) != NULL)
        run_line(line);
    printf("@done\n");
    power_off();
    return 0;
}
