/*
 * An allocator for the harness's own tests: it hands out memory in a row and takes none back.  Built with
 *      -DSPEED=200            what the stub workload shall claim of it, in percent
 *      -DIDENTITY='"..."'     what it calls itself
 *      -DAT_CALL_1000=...     a statement, to make it crash or hang in the middle of a workload
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef AT_CALL_1000
#define AT_CALL_1000
#endif

enum { ARENA_BYTES = 64 << 20, ALIGNMENT = 16, HEADER_BYTES = 16 };

int stub_speed = SPEED;
static char arena[ARENA_BYTES] __attribute__((aligned(4096)));
static size_t used;
static int calls;

const char *hakmem_version_string(void)
{
    return IDENTITY;
}

static void *take(size_t size, size_t alignment)
{
    if (++calls == 1000) {
        AT_CALL_1000;
    }
    size_t start = (used + HEADER_BYTES + alignment - 1) / alignment * alignment;
    if (size > ARENA_BYTES - start)
        return NULL;
    used = start + size;
    memcpy(arena + start - HEADER_BYTES, &size, sizeof size);
    return arena + start;
}

void *malloc(size_t size)
{
    return take(size, ALIGNMENT);
}

void free(void *block)
{
    (void)block;
}

void *calloc(size_t count, size_t size)
{
    return take(count * size, ALIGNMENT);
}

void *realloc(void *block, size_t size)
{
    size_t old = 0;
    void *fresh = take(size, ALIGNMENT);
    if (block && fresh) {
        memcpy(&old, (char *)block - HEADER_BYTES, sizeof old);
        memcpy(fresh, block, old < size ? old : size);
    }
    return fresh;
}

void *memalign(size_t alignment, size_t size)
{
    return take(size, alignment);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return take(size, alignment);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = take(size, alignment);
    return *block ? 0 : ENOMEM;
}
