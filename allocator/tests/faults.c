/*
 * Memory runs out.  One scenario that uses the whole interface runs in a fresh child for every system call that it
 * makes, with that call failing: alone, and with all later ones.  Each time every function has to fail as its contract
 * says or to succeed, no block may change, and once memory is back the whole scenario has to succeed.
 *
 * The parent never allocates, so that the reservation of the region is among the calls that fail.
 */
#include "allocator/hakmem.h"
#include "allocator/hakmem_config.h"
#include "os_faulty.h"
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { status_done = 0, status_broken = 1, status_past_the_end = 3, child_seconds = 60 };

/* Ends the child with the reason, without allocating. */
_Noreturn static void broken(const char *what, size_t detail)
{
    char line[200];
    int length = snprintf(line, sizeof line, "%s (%zu); call %u of %s\n", what, detail, os_faults.at,
                          os_faults.all_after ? "all after" : "one");
    if (write(STDOUT_FILENO, line, (size_t)length) < 0)
        _exit(status_broken);
    _exit(status_broken);
}

/* --- calls with faults ----------------------------------------------------------------------------------------------
 */

static int may_fail; /* 0: memory is back, everything has to succeed */

#define WITH_FAULTS(call) (errno = 0, os_faults.armed = may_fail, call)

static void *checked(void *block, size_t size)
{
    int error = errno;
    os_faults.armed = 0;
    if (block == NULL && (!may_fail || error != ENOMEM))
        broken(may_fail ? "a call failed without ENOMEM" : "a call failed although memory is back", size);
    if (block != NULL && hakmem_malloc_usable_size(block) < size)
        broken("a block is smaller than asked for", size);
    return block;
}

static void release(void *block)
{
    errno = 4321;
    os_faults.armed = may_fail;
    hakmem_free(block);
    os_faults.armed = 0;
    if (errno != 4321)
        broken("free changed errno", (size_t)errno);
}

/* --- blocks with a content that is known ------------------------------------------------------------------------ */

enum { ends_bytes = 256 };

static unsigned char pattern_of(size_t size)
{
    return (unsigned char)(size % 251 + 1);
}

/* The two ends are enough, and keep large blocks cheap. */
static void fill(void *block, size_t size)
{
    size_t part = size < ends_bytes ? size : ends_bytes;
    if (block == NULL)
        return;
    memset(block, pattern_of(size), part);
    memset((char *)block + size - part, pattern_of(size), part);
}

static void verify(const void *block, size_t size, size_t filled_as)
{
    size_t part = size < ends_bytes ? size : ends_bytes;
    for (size_t i = 0; block != NULL && i < part; i++)
        if (((const unsigned char *)block)[i] != pattern_of(filled_as))
            broken("a block's content changed", size);
}

/* --- the scenario -------------------------------------------------------------------------------------------------
 */

static const size_t sizes[] = {1, 100, 1000, 5000, 9000, 60000, 100000, 700000, 2000000, 3000000, 9000000};
enum { sizes_count = sizeof sizes / sizeof sizes[0], many = 130 };
static void *blocks[sizes_count];
static void *crowd[many];

static void allocate_every_size(void)
{
    for (size_t i = 0; i < sizes_count; i++) {
        blocks[i] = checked(WITH_FAULTS(hakmem_malloc(sizes[i])), sizes[i]);
        fill(blocks[i], sizes[i]);
    }
    for (size_t i = 0; i < sizes_count; i++)
        verify(blocks[i], sizes[i], sizes[i]);
}

/* Grown and shrunk through every kind of block; a realloc that fails keeps the old one. */
static void resize_every_size(void)
{
    for (size_t i = 0; i < sizes_count; i++) {
        size_t j = (i + 4) % sizes_count;
        size_t size = sizes[i] < sizes[j] ? sizes[i] : sizes[j];
        void *resized = checked(WITH_FAULTS(hakmem_realloc(blocks[i], sizes[j])), sizes[j]);
        if (resized == NULL) {
            verify(blocks[i], sizes[i], sizes[i]);
            continue;
        }
        if (blocks[i] != NULL)
            verify(resized, size, sizes[i]);
        fill(resized, sizes[j]);
        verify(resized, sizes[j], sizes[j]);
        blocks[i] = resized;
    }
}

static void release_every_size(void)
{
    for (size_t i = 0; i < sizes_count; i++) {
        release(blocks[i]);
        blocks[i] = NULL;
    }
}

static void aligned_blocks(void)
{
    for (size_t alignment = 64; alignment <= (size_t)8 << 20; alignment *= 8) {
        void *block = checked(WITH_FAULTS(hakmem_aligned_alloc(alignment, 3 * alignment)), 3 * alignment);
        if ((uintptr_t)block % alignment != 0)
            broken("a block is not aligned", alignment);
        fill(block, 3 * alignment);
        release(block);
        void *out = &out;
        int error = WITH_FAULTS(hakmem_posix_memalign(&out, alignment, alignment + 1));
        os_faults.armed = 0;
        if (error != 0 && (!may_fail || error != ENOMEM || out != &out))
            broken("posix_memalign fails otherwise than it says", (size_t)error);
        if (error == 0)
            release(out);
    }
}

/* Dirty memory goes back to the system, or is refused there; calloc has to be zero in either case. */
static void zeroed_blocks(void)
{
    for (size_t i = 0; i < sizes_count && sizes[i] < 1000000; i++) {
        void *block = checked(WITH_FAULTS(hakmem_malloc(sizes[i])), sizes[i]);
        if (block != NULL)
            memset(block, 0xee, sizes[i]);
        release(block);
        (void)WITH_FAULTS(hakmem_malloc_trim(0));
        os_faults.armed = 0;
        unsigned char *zeroed = checked(WITH_FAULTS(hakmem_calloc(1, sizes[i])), sizes[i]);
        for (size_t at = 0; zeroed != NULL && at < sizes[i]; at++)
            if (zeroed[at] != 0)
                broken("calloc gave what is not zero", sizes[i]);
        release(zeroed);
    }
}

/* More huge blocks than their table has room for, and more of the region than is opened at a time. */
static void crowds(void)
{
    const size_t each[] = {(size_t)3 << 20, (size_t)1 << 20};
    for (size_t kind = 0; kind < 2; kind++) {
        for (size_t i = 0; i < many; i++) {
            crowd[i] = checked(WITH_FAULTS(hakmem_malloc(each[kind])), each[kind]);
            fill(crowd[i], 64);
        }
        for (size_t i = 0; i < many; i++) {
            verify(crowd[i], 64, 64);
            release(crowd[i]);
        }
    }
}

static void *in_thread(void *unused)
{
    void *block = checked(WITH_FAULTS(hakmem_malloc(300)), 300);
    fill(block, 300);
    verify(block, 300, 300);
    release(block);
    return unused;
}

static void scenario(void)
{
    pthread_t thread;
    allocate_every_size();
    resize_every_size();
    if (pthread_create(&thread, NULL, in_thread, NULL) == 0) /* a heap of its own */
        pthread_join(thread, NULL);
    release_every_size();
    aligned_blocks();
    zeroed_blocks();
    crowds();
}

static _Noreturn void run_scenario(unsigned at, int all_after)
{
    os_faults = (struct os_faults){.all_after = all_after, .at = at};
    may_fail = 1;
    scenario();
    if (os_faults.calls < at)
        _exit(status_past_the_end);
    may_fail = 0;
    scenario();
    const char *unsound = hakmem_check();
    if (unsound != NULL)
        broken(unsound, 0);
    _exit(status_done);
}

/* --- real limits ----------------------------------------------------------------------------------------------------
 */

/* Under a limit: allocates until there is no more, twice; the second time as much has to fit. */
static _Noreturn void run_under(int resource, size_t bytes)
{
    const struct rlimit limit = {bytes, bytes};
    size_t filled[2] = {0, 0};
    may_fail = 1;
    if (setrlimit(resource, &limit) != 0)
        broken("setrlimit failed", bytes);
    for (int round = 0; round < 2; round++) {
        struct link {
            struct link *next;
            size_t size;
        } *first = NULL;
        for (size_t i = 0;; i++) {
            size_t size = i % 16 == 0 ? 50000 + i % 7 * 100000 : sizeof(struct link) + i * 37 % 3000;
            struct link *block = checked(WITH_FAULTS(hakmem_malloc(size)), size);
            if (block == NULL)
                break;
            *block = (struct link){first, size};
            first = block;
            filled[round] += size;
        }
        for (struct link *next; first != NULL; first = next) {
            next = first->next;
            release(first);
        }
    }
    if (filled[1] < filled[0] / 10 * 9)
        broken("memory that was freed under a limit is lost", filled[1]);
    if (filled[0] < bytes / 8)
        broken("less than an eighth of a limit can be used", filled[0]);
    _exit(status_done);
}

/* --- the parent ----------------------------------------------------------------------------------------------------
 */

static int status_of(pid_t child)
{
    int status = -1;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
        printf("a child was ended by signal %d\n", WTERMSIG(status));
        return status_broken;
    }
    return WEXITSTATUS(status);
}

/* Returns the number of calls tried, or 0 if one of them went wrong. */
static unsigned every_call_fails(int all_after)
{
    for (unsigned at = 1;; at++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            alarm(child_seconds);
            run_scenario(at, all_after);
        }
        int status = status_of(child);
        if (status == status_past_the_end)
            return at;
        if (status != status_done)
            return 0;
    }
}

static int limits_are_survived(void)
{
    for (size_t mib = 64; mib <= 1024; mib *= 4)
        for (int kind = 0; kind < 2; kind++) {
            fflush(stdout);
            pid_t child = fork();
            if (child == 0) {
                alarm(child_seconds);
                run_under(kind == 0 ? RLIMIT_AS : RLIMIT_DATA, mib << 20);
            }
            if (status_of(child) != status_done) {
                printf("under %s of %zu MiB\n", kind == 0 ? "RLIMIT_AS" : "RLIMIT_DATA", mib);
                return 0;
            }
        }
    return 1;
}

int main(void)
{
    static char buffer[4096]; /* stdio shall not allocate */
    int failed = 0;
    setvbuf(stdout, buffer, _IOLBF, sizeof buffer);
    for (int all_after = 0; all_after < 2; all_after++) {
        unsigned tried = every_call_fails(all_after);
        printf("%s - %u system calls fail in turn%s\n", tried > 100 ? "ok" : "not ok", tried,
               all_after ? ", with all that follow" : "");
        failed += tried <= 100;
    }
    if (HAKMEM_ASAN || HAKMEM_TSAN)
        printf("skipped - limits: a sanitizer's own mappings do not fit\n");
    else
        failed += !limits_are_survived();
    printf("%d failed\n", failed);
    return failed != 0;
}
