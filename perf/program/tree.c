/*
 * Walking a process tree through /proc/PID/task/TID/children, without allocating.
 *
 * lab-program is the tree's subreaper: a process whose parent has ended becomes its child, so nothing leaves the tree
 * by forking twice.  What is read changes while it is read; a process that is gone by then counts as nothing.
 *
 * Thread safety: one thread.
 */
#define _GNU_SOURCE
#include "perf/program/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PROCESSES_MAX = 4096, /* of one tree; further ones are not counted */
    FILE_BYTES = 8192     /* of a children file: more than a thousand processes of one thread */
};

/* Processes found so far; those from `next` on have not been asked for their children. */
struct tree {
    pid_t processes[PROCESSES_MAX];
    size_t count;
    size_t next;
};

/* First bytes of a file as text; false when it cannot be read. */
static bool read_text(const char *path, char *text, size_t bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, text, bytes - 1);
    if (file >= 0)
        close(file);
    text[length > 0 ? length : 0] = '\0';
    return length >= 0;
}

static void add_children(struct tree *tree, pid_t process, const char *thread)
{
    char path[96], text[FILE_BYTES];
    char *rest = text;
    snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", (int)process, thread);
    if (!read_text(path, text, sizeof text))
        return;
    for (char *end; tree->count < PROCESSES_MAX; rest = end) {
        long child = strtol(rest, &end, 10);
        if (end == rest)
            return;
        tree->processes[tree->count++] = (pid_t)child;
    }
}

static void visit(struct tree *tree, pid_t process)
{
    char path[48];
    struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%d/task", (int)process);
    DIR *threads = opendir(path);
    while (threads && (entry = readdir(threads)))
        if (entry->d_name[0] != '.')
            add_children(tree, process, entry->d_name);
    if (threads)
        closedir(threads);
}

static void tree_read(struct tree *tree)
{
    tree->count = tree->next = 0;
    visit(tree, getpid());
    while (tree->next < tree->count)
        visit(tree, tree->processes[tree->next++]);
}

uint64_t tree_rss_bytes(void)
{
    static struct tree tree;
    uint64_t pages = 0;
    tree_read(&tree);
    for (size_t i = 0; i < tree.count; i++) {
        char path[48], text[128];
        unsigned long resident = 0;
        snprintf(path, sizeof path, "/proc/%d/statm", (int)tree.processes[i]);
        if (read_text(path, text, sizeof text) && sscanf(text, "%*u %lu", &resident) == 1)
            pages += resident;
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

size_t tree_end(void)
{
    static struct tree tree;
    size_t running = 0;
    tree_read(&tree);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    for (size_t i = 0; i < tree.count; i++)
        running += kill(tree.processes[i], SIGKILL) == 0;
    while (waitpid(-1, NULL, 0) > 0)
        ;
    return running;
}
