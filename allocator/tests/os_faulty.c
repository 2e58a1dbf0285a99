/*
 * The operating system's memory with faults on order: os.c itself, whose system calls pass through here.
 * While os_faults.armed, calls are counted; the one numbered `at` fails, and with `all_after` every later one too.
 */
#define _GNU_SOURCE /* mremap, mincore */
#include "os_faulty.h"
#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>

struct os_faults os_faults;

static int fails(void)
{
    if (!os_faults.armed)
        return 0;
    unsigned number = ++os_faults.calls;
    if (number == os_faults.at || (os_faults.all_after && number > os_faults.at)) {
        errno = ENOMEM;
        return 1;
    }
    return 0;
}

static void *faulty_mmap(void *start, size_t bytes, int protection, int flags, int file, off_t offset)
{
    return fails() ? MAP_FAILED : mmap(start, bytes, protection, flags, file, offset);
}
static int faulty_munmap(void *start, size_t bytes)
{
    return fails() ? -1 : munmap(start, bytes);
}
static int faulty_mprotect(void *start, size_t bytes, int protection)
{
    return fails() ? -1 : mprotect(start, bytes, protection);
}
static int faulty_madvise(void *start, size_t bytes, int advice)
{
    return fails() ? -1 : madvise(start, bytes, advice);
}
static void *faulty_mremap(void *start, size_t bytes, size_t new_bytes, int flags)
{
    return fails() ? MAP_FAILED : mremap(start, bytes, new_bytes, flags);
}
static int faulty_mincore(void *start, size_t bytes, unsigned char *state)
{
    return fails() ? -1 : mincore(start, bytes, state);
}

#define mincore  faulty_mincore
#define mmap     faulty_mmap
#define munmap   faulty_munmap
#define mprotect faulty_mprotect
#define madvise  faulty_madvise
#define mremap   faulty_mremap
#include "allocator/os.c"
