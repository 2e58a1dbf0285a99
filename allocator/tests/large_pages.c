/*
 * A system with pages of 64 KiB, as some aarch64 and ppc64le kernels have them, on one with pages of 4 KiB.
 *
 * Linked into a test with --wrap, it stands between the allocator and the system calls (large_pages.mk): sysconf names
 * the large page, mappings start at multiples of it, and whatever is given with a length is widened to whole large
 * pages, just as such a kernel does it.  So a purge or a protection that reaches into a neighbour's page destroys the
 * neighbour here as well, and the test that uses it fails.  An address that is no multiple ends the program at once:
 * the kernel would return EINVAL, which the allocator may take for a refusal.
 *
 * Thread safety: no state.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE_PAGE ((size_t)64 << 10)

void *__real_mmap(void *address, size_t bytes, int protection, int flags, int file, off_t offset);
int __real_munmap(void *address, size_t bytes);
int __real_mprotect(void *address, size_t bytes, int protection);
int __real_madvise(void *address, size_t bytes, int advice);
void *__real_mremap(void *address, size_t bytes, size_t new_bytes, int flags, ...);
int __real_mincore(void *address, size_t bytes, unsigned char *state);
long __real_sysconf(int name);
void *__wrap_mmap(void *address, size_t bytes, int protection, int flags, int file, off_t offset);
int __wrap_munmap(void *address, size_t bytes);
int __wrap_mprotect(void *address, size_t bytes, int protection);
int __wrap_madvise(void *address, size_t bytes, int advice);
void *__wrap_mremap(void *address, size_t bytes, size_t new_bytes, int flags, ...);
int __wrap_mincore(void *address, size_t bytes, unsigned char *state);
long __wrap_sysconf(int name);

static size_t whole_pages(size_t bytes)
{
    return (bytes + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
}

static void check(const char *call, const void *address)
{
    if ((uintptr_t)address % LARGE_PAGE == 0)
        return;
    fprintf(stderr, "%s(%p): not on a page of %zu bytes\n", call, address, LARGE_PAGE);
    abort();
}

long __wrap_sysconf(int name)
{
    return name == _SC_PAGESIZE ? (long)LARGE_PAGE : __real_sysconf(name);
}

/* Maps a page more, and gives back what lies before and behind the aligned part. */
void *__wrap_mmap(void *address, size_t bytes, int protection, int flags, int file, off_t offset)
{
    size_t length = whole_pages(bytes);
    check("mmap", address);
    if (flags & MAP_FIXED)
        return __real_mmap(address, length, protection, flags, file, offset);
    if (length < bytes || length > SIZE_MAX - LARGE_PAGE)
        return __real_mmap(address, bytes, protection, flags, file, offset);
    char *start = __real_mmap(NULL, length + LARGE_PAGE, protection, flags, file, offset);
    if (start == MAP_FAILED)
        return start;
    size_t before = -(uintptr_t)start % LARGE_PAGE;
    if (before > 0)
        __real_munmap(start, before);
    __real_munmap(start + before + length, LARGE_PAGE - before);
    return start + before;
}

int __wrap_munmap(void *address, size_t bytes)
{
    check("munmap", address);
    return __real_munmap(address, whole_pages(bytes));
}

int __wrap_mprotect(void *address, size_t bytes, int protection)
{
    check("mprotect", address);
    return __real_mprotect(address, whole_pages(bytes), protection);
}

int __wrap_madvise(void *address, size_t bytes, int advice)
{
    check("madvise", address);
    return __real_madvise(address, whole_pages(bytes), advice);
}

/* Moves always, to a place that is aligned. */
void *__wrap_mremap(void *address, size_t bytes, size_t new_bytes, int flags, ...)
{
    check("mremap", address);
    if (!(flags & MREMAP_MAYMOVE) || whole_pages(new_bytes) < new_bytes)
        return __real_mremap(address, whole_pages(bytes), new_bytes, flags);
    void *place = __wrap_mmap(NULL, new_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED)
        return place;
    return __real_mremap(address, whole_pages(bytes), whole_pages(new_bytes), flags | MREMAP_FIXED, place);
}

/* One answer for each large page: some of it is resident. */
int __wrap_mincore(void *address, size_t bytes, unsigned char *state)
{
    enum { small_page = 4096 };
    unsigned char small[LARGE_PAGE / small_page];
    check("mincore", address);
    for (size_t page = 0; page < whole_pages(bytes) / LARGE_PAGE; page++) {
        if (__real_mincore((char *)address + page * LARGE_PAGE, LARGE_PAGE, small) != 0)
            return -1;
        state[page] = 0;
        for (size_t i = 0; i < sizeof small; i++)
            state[page] |= small[i] & 1;
    }
    return 0;
}
