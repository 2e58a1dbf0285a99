/* The process's secret: see secret.h. */
#include "secret.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>

/* The kernel's 16 random bytes; the first eight serve the C library's own guards. */
#define RANDOM_OFFSET 8

uint64_t hakmem_secret;

void secret_init(void)
{
    static bool known;
    if (known)
        return;
    known = true;
    const char *bytes = (const char *)getauxval(AT_RANDOM);
    if (bytes != NULL)
        memcpy(&hakmem_secret, bytes + RANDOM_OFFSET, sizeof hakmem_secret);
    hakmem_secret = secret_mix((uintptr_t)&hakmem_secret);
}
