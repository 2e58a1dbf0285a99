/*
 * A number that an attacker does not know, from what the kernel hands every process (getauxval(3), AT_RANDOM); set by
 * region_init, before the first block exists, but for huge ones: those see to it themselves (guard.c).
 */
#ifndef HAKMEM_SECRET_H
#define HAKMEM_SECRET_H

#include <stdint.h>

extern uint64_t hakmem_secret;

/* Sets the secret, once.  The caller holds the region's lock. */
void secret_init(void);

/* A number for `key` that tells nothing of the secret: splitmix64's finaliser over both. */
static inline uint64_t secret_mix(uint64_t key)
{
    uint64_t z = key + hakmem_secret;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

#endif
