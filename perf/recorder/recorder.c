/*
 * The recorder: preloaded into a program, it passes every call of malloc and its relatives on to the malloc behind it,
 * notes when each block was made and freed, and at the end of the process writes the joint histogram of sizes and
 * lifetimes as a profile (workloads/shapes/profile.h) into the folder that HAKMEM_RECORD_FOLDER names.  Without that
 * variable it only passes on.  scripts/record-profile is what people call.
 *
 * The child of a fork records nothing; a program that a process executes records for itself.  Blocks made before the
 * recorder's constructor runs, which are those of the dynamic linker and of some libraries' constructors, are not seen,
 * and neither are their frees; nor is what a process does that ends by a signal.
 *
 * Thread safety: as malloc's.  Not to be linked with a sanitizer, whose malloc stands where this one does.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "perf/recorder/recording.h"

#define EXPORTED      __attribute__((visibility("default")))
#define FOLDER        "HAKMEM_RECORD_FOLDER"
#define EARLY_BYTES   16384u /* for what dlsym may ask for while it looks for malloc */
#define EARLY_ALIGN   16u
#define NEW_FILE_MODE 0600

static struct {
    void *(*malloc)(size_t size);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *block, size_t size);
    void *(*memalign)(size_t alignment, size_t size);
    void *(*aligned_alloc)(size_t alignment, size_t size);
    int (*posix_memalign)(void **block, size_t alignment, size_t size);
    void (*free)(void *block);
} next; /* the malloc behind; set once, before a second thread can be */

static char early[EARLY_BYTES] __attribute__((aligned(EARLY_ALIGN)));
static size_t early_used; /* before a second thread can be */
static atomic_int owner;  /* the process that records, 0 before and after; relaxed: it is only compared */

static void *early_make(size_t size)
{
    const size_t whole = (size + EARLY_ALIGN - 1) & ~(size_t)(EARLY_ALIGN - 1);
    if (whole < size || whole > sizeof early - early_used)
        return NULL;
    early_used += whole;
    return early + early_used - whole;
}

static bool is_early(const void *block)
{
    return (uintptr_t)block - (uintptr_t)early < sizeof early;
}

/* False while the malloc behind is being looked for. */
static bool ready(void)
{
    static bool looking;
    if (__builtin_expect(next.free != NULL, 1))
        return true;
    if (looking)
        return false;
    looking = true;
    *(void **)&next.malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&next.calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&next.realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&next.memalign = dlsym(RTLD_NEXT, "memalign");
    *(void **)&next.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
    *(void **)&next.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
    *(void **)&next.free = dlsym(RTLD_NEXT, "free");
    return true;
}

EXPORTED void *malloc(size_t size)
{
    if (!ready())
        return early_make(size);
    void *block = next.malloc(size);
    recording_made(block, size);
    return block;
}

EXPORTED void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    if (!ready())
        return early_make(bytes);
    void *block = next.calloc(count, size);
    recording_made(block, bytes);
    return block;
}

EXPORTED void free(void *block)
{
    struct birth birth;
    if (block == NULL || is_early(block) || !ready())
        return;
    if (recording_take(block, &birth))
        recording_died(&birth);
    next.free(block);
}

/* What is early cannot grow in its place, and how large it is nobody knows: as much is copied as there can be. */
static void *early_move(const void *block, size_t size)
{
    const size_t there = (size_t)(early + sizeof early - (const char *)block);
    void *moved = malloc(size);
    return moved != NULL ? memcpy(moved, block, size < there ? size : there) : NULL;
}

EXPORTED void *realloc(void *block, size_t size)
{
    struct birth birth;
    if (!ready() || is_early(block))
        return block != NULL ? early_move(block, size) : early_make(size);
    const bool known = recording_take(block, &birth);
    void *resized = next.realloc(block, size);
    const bool failed = resized == NULL && block != NULL && size > 0;
    if (known && failed)
        recording_lives(&birth);
    else if (known)
        recording_died(&birth);
    recording_made(resized, size);
    return resized;
}

EXPORTED void *memalign(size_t alignment, size_t size)
{
    void *block = ready() ? next.memalign(alignment, size) : NULL;
    recording_made(block, size);
    return block;
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size)
{
    void *block = ready() ? next.aligned_alloc(alignment, size) : NULL;
    recording_made(block, size);
    return block;
}

EXPORTED int posix_memalign(void **block, size_t alignment, size_t size)
{
    const int error = ready() ? next.posix_memalign(block, alignment, size) : ENOMEM;
    if (error == 0)
        recording_made(*block, size);
    return error;
}

/* Under another name first, so that a file of the last one is never half a profile. */
static void write_profile(const char *folder)
{
    char name[PATH_MAX], part[PATH_MAX + sizeof ".part"];
    snprintf(name, sizeof name, "%s/%s.%d.profile", folder, program_invocation_short_name, (int)getpid());
    snprintf(part, sizeof part, "%s.part", name);
    const int file = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, NEW_FILE_MODE);
    const bool written = file >= 0 && recording_write(file, program_invocation_short_name);
    if (file < 0 || !written || close(file) != 0 || rename(part, name) != 0)
        dprintf(STDERR_FILENO, "recorder: %s: %s; nothing was recorded of %s\n", part, strerror(errno),
                program_invocation_short_name);
}

static void stop_in_child(void)
{
    recording_stop();
    atomic_store_explicit(&owner, 0, memory_order_relaxed);
}

__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv(FOLDER);
    if (folder == NULL || *folder == '\0' || !ready())
        return;
    pthread_atfork(NULL, NULL, stop_in_child);
    atomic_store_explicit(&owner, (int)getpid(), memory_order_relaxed);
    recording_start();
}

/* Once, and not in a vfork's child, which shares all of this with its parent. */
__attribute__((destructor)) static void finish(void)
{
    int self = (int)getpid();
    if (!atomic_compare_exchange_strong_explicit(&owner, &self, 0, memory_order_relaxed, memory_order_relaxed))
        return;
    const char *folder = getenv(FOLDER);
    if (folder != NULL)
        write_profile(folder);
}

/* Shells and some others leave without the destructors. */
EXPORTED __attribute__((noreturn)) void _exit(int status)
{
    finish();
    for (;;)
        syscall(SYS_exit_group, status);
}

EXPORTED __attribute__((noreturn)) void _Exit(int status)
{
    _exit(status);
}
