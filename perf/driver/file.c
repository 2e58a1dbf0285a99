/*
 * Files as wholes: read at once, written at once.  What is written appears under its name when it is complete, or not
 * at all.
 */
#define _GNU_SOURCE
#include "perf/driver/file.h"

#include "perf/driver/text.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM_MODE 0755
#define OPEN_FOLDERS 8 /* that nftw may hold open */

static int read_all(int fd, char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t count = read(fd, bytes + done, length - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count ? -errno : -EIO; /* it became shorter */
        done += (size_t)count;
    }
    return 0;
}

int file_load(const char *path, char **bytes, size_t *length)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int code = fstat(fd, &about) ? -errno : S_ISREG(about.st_mode) ? 0 : -EINVAL;
    if (!code) {
        *length = (size_t)about.st_size;
        *bytes = memory_take(*length + 1, 1);
        code = read_all(fd, *bytes, *length);
        if (code)
            free(*bytes);
    }
    close(fd);
    return code;
}

static int write_all(int fd, const char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t count = write(fd, bytes + done, length - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count ? -errno : -ENOSPC;
        done += (size_t)count;
    }
    return 0;
}

int file_save(const char *path, const void *bytes, size_t length, unsigned mode)
{
    char *temporary = text_format("%s.tmp", path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (mode_t)mode);
    int code = fd < 0 ? -errno : write_all(fd, bytes, length);
    if (fd >= 0 && close(fd) && !code)
        code = -errno;
    if (!code && rename(temporary, path))
        code = -errno;
    if (code && fd >= 0)
        unlink(temporary);
    free(temporary);
    return code;
}

int file_copy(const char *from, const char *to)
{
    char *bytes;
    size_t length;
    int code = file_load(from, &bytes, &length);
    if (code)
        return code;
    code = file_save(to, bytes, length, PROGRAM_MODE);
    free(bytes);
    return code;
}

int file_make_folder(const char *path)
{
    char *copy = text_copy(path);
    int code = 0;
    for (char *c = copy + 1; !code; c++) {
        if (*c && *c != '/')
            continue;
        char end = *c;
        *c = '\0';
        if (mkdir(copy, 0777) && errno != EEXIST)
            code = -errno;
        *c = end;
        if (!end)
            break;
    }
    free(copy);
    return code;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about;
    (void)kind;
    (void)place;
    return remove(path) ? errno : 0;
}

int file_remove_folder(const char *path)
{
    if (access(path, F_OK))
        return errno == ENOENT ? 0 : -errno;
    int code = nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
    return code < 0 ? -errno : -code;
}
