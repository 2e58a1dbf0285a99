/*
 * The operating system's memory: thin wrappers of mmap, mprotect and madvise.
 *
 * Reserved space is PROT_NONE, so that mlockall and strict overcommit do not count it, and left out of core dumps
 * until it is opened.  Huge pages are declined, but see huge_zone.h: they would make a page of small
 * blocks cost 2 MiB.
 */
#define _GNU_SOURCE /* mremap */
#include "os.h"
#include "hakmem_config.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

size_t os_page_bytes(void)
{
    static size_t cached; /* written once with one value; relaxed, any order is right */
    size_t bytes = __atomic_load_n(&cached, __ATOMIC_RELAXED);
    if (bytes == 0) {
        bytes = (size_t)sysconf(_SC_PAGESIZE);
        __atomic_store_n(&cached, bytes, __ATOMIC_RELAXED);
    }
    return bytes;
}

void *os_reserve(size_t bytes)
{
    int saved = errno;
    void *start = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) {
        errno = saved;
        return NULL;
    }
    madvise(start, bytes, MADV_DONTDUMP);
    madvise(start, bytes, MADV_NOHUGEPAGE);
    errno = saved;
    return start;
}

bool os_huge_pages(void *start, size_t bytes, bool wanted)
{
    int saved = errno;
    bool advised = madvise(start, bytes, wanted ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) == 0;
    errno = saved;
    return advised;
}

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1; older ones refuse it */
#endif

void os_collapse(void *start, size_t bytes)
{
    int saved = errno;
    if (madvise(start, bytes, MADV_HUGEPAGE) == 0)
        madvise(start, bytes, MADV_COLLAPSE);
    errno = saved;
}

/* Is "never" what the file says?  It reads "always [madvise] never".  By plain system calls: a lock of ours is held,
 * and programs put functions that allocate in the place of open. */
static bool huge_pages_are_allowed(void)
{
    char text[64] = "";
    long file = syscall(SYS_openat, AT_FDCWD, "/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    bool allowed = syscall(SYS_read, file, text, sizeof text - 1) > 0 && strstr(text, "[never]") == NULL;
    syscall(SYS_close, file);
    return allowed;
}

bool os_may_collapse(void)
{
    static _Atomic int known; /* 0: not yet, 1: no, 2: yes; relaxed, whoever asks first finds the same */
    if (atomic_load_explicit(&known, memory_order_relaxed) == 0) {
        int saved = errno;
        atomic_store_explicit(&known, huge_pages_are_allowed() ? 2 : 1, memory_order_relaxed);
        errno = saved;
    }
    return atomic_load_explicit(&known, memory_order_relaxed) == 2;
}

bool os_open(void *start, size_t bytes)
{
    int saved = errno;
    uintptr_t mask = os_page_bytes() - 1;
    uintptr_t from = (uintptr_t)start & ~mask;
    uintptr_t to = ((uintptr_t)start + bytes + mask) & ~mask;
    bool opened = mprotect((void *)from, to - from, PROT_READ | PROT_WRITE) == 0;
    if (opened)
        madvise((void *)from, to - from, MADV_DODUMP);
    errno = saved;
    return opened;
}

void *os_map(size_t bytes)
{
    int saved = errno;
    void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    errno = saved;
    return start == MAP_FAILED ? NULL : start;
}

void *os_remap(void *start, size_t bytes, size_t new_bytes)
{
    int saved = errno;
    void *moved = mremap(start, bytes, new_bytes, MREMAP_MAYMOVE);
    errno = saved;
    return moved == MAP_FAILED ? NULL : moved;
}

void os_unmap(void *start, size_t bytes)
{
    int saved = errno;
    if (munmap(start, bytes) != 0)
        madvise(start, bytes, MADV_DONTNEED);
    errno = saved;
}

bool os_purge(void *start, size_t bytes)
{
    int saved = errno;
    bool purged = madvise(start, bytes, MADV_DONTNEED) == 0;
    errno = saved;
    return purged;
}

size_t os_resident(void *start, size_t bytes)
{
    unsigned char state[256];
    size_t pages = bytes / os_page_bytes();
    int saved = errno;
    if (pages <= sizeof state && mincore(start, bytes, state) == 0) {
        size_t resident = 0;
        for (size_t i = 0; i < pages; i++)
            resident += state[i] & 1;
        pages = resident;
    }
    errno = saved;
    return pages;
}

uint64_t os_coarse_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

size_t os_address_limit(void)
{
    int saved = errno;
    struct rlimit limit;
    bool known = getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    errno = saved;
    return known ? (size_t)limit.rlim_cur : SIZE_MAX;
}
