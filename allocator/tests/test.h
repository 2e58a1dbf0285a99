/* What every allocator test needs: cmocka and its required headers, the public and the internal interface. */
#ifndef HAKMEM_TEST_H
#define HAKMEM_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "allocator/hakmem.h"
#include "allocator/heap.h"

/* Fails with the broken invariant's text. */
#define assert_heap_sound()                                                                                            \
    do {                                                                                                               \
        const char *broken_ = hakmem_check();                                                                          \
        if (broken_ != NULL)                                                                                           \
            fail_msg("%s", broken_);                                                                                   \
    } while (0)

/* Options are read before main: starts the program again with one set, unless it is.  Where that cannot be done, as
 * under an emulator, it returns, and the option has its default. */
static inline void test_restart_with(const char *option, const char *value, char **argv)
{
    if (getenv(option) != NULL)
        return;
    setenv(option, value, 1);
    execv("/proc/self/exe", argv);
}

/* xorshift64*: small, and the same everywhere.  Source: Vigna, "An experimental exploration of Marsaglia's xorshift
 * generators, scrambled", 2016. */
static inline uint64_t test_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

#endif
