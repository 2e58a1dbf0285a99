#ifndef LAB_INJECT_DELAY_H
#define LAB_INJECT_DELAY_H

#include <stdint.h>

#define LAB_DELAY_MAGIC "lab-delay-block" /* 16 bytes with its end: found in the file by these */

/*
 * What a slowed allocator shall do, in its read-only data.  The self-test writes it into copies of the file, so that
 * all its arms are the same machine code, started with the same environment, and differ in these bytes alone.
 */
struct lab_delay {
    char magic[16];
    uint64_t burn;  /* turns of an empty loop, each time; 0: none */
    uint64_t every; /* calls of malloc, calloc, realloc and free from one time to the next, by thread; never 0 */
};

#endif
