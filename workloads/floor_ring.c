/*
 * The floor for remote_free: each producer's blocks are freed in the order in which they were made, and no more of them
 * are live than its ring has slots, one in the producer's hand and one in the consumer's.  A pointer that goes round a
 * window of so many blocks of the largest size hands out distinct memory, and free has nothing to do.  Since no memory
 * has to find its way back to the producer, this is below what any real allocator can reach.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/mman.h>

#include "perf/measure/workload.h"
#include "workloads/floor.h"

#define ALIGNMENT 16u /* bytes: what malloc must be aligned to */
#define IN_HANDS  2u  /* blocks live besides those in the ring */

static __thread char *next;  /* where the next block starts */
static __thread char *start; /* of the window */
static __thread char *limit; /* a block must start at or below this */

static size_t rounded(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static __attribute__((noinline, cold)) void window_begin(void)
{
    const struct lab_params *params = lab_params_in_force();
    size_t largest = rounded(params->max_size);
    size_t bytes = (params->slots + IN_HANDS + 1) * largest; /* one more: what is too short at the end is skipped */
    start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED)
        lab_fail("floor: cannot map %zu bytes", bytes);
    next = start;
    limit = start + bytes - largest;
}

void *floor_malloc(size_t size)
{
    if (__builtin_expect(start == NULL, 0))
        window_begin();
    char *block = next <= limit ? next : start;
    next = block + rounded(size);
    return block;
}

void floor_free(void *block)
{
    (void)block;
}

const char *floor_version_string(void);
const char *floor_version_string(void)
{
    return "floor " HAKMEM_VERSION " ring";
}
