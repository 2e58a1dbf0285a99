/*
 * The sequence that is never entered: two instructions that nobody jumps to.  The kernel wants a place to go to if a
 * thread is found inside, with a signature in front of it; no thread is, and the place ends the process.
 */
#define _GNU_SOURCE
#include <features.h>

#include "perf/measure/switched.h"

#if LAB_HAVE_RSEQ

extern const char lab_switched_start[], lab_switched_end[], lab_switched_abort[];

#define TEXT_OF(macro) TEXT(macro)
#define TEXT(words)    #words
#if defined(__x86_64__)
#define NO_WAY_ON "ud2"
#else
#define NO_WAY_ON "brk #1"
#endif

__asm__(".pushsection .text\n"
        ".balign 8\n"
        "lab_switched_start: nop\n"
        "lab_switched_end: " NO_WAY_ON "\n"
        ".balign 4\n"
        ".long " TEXT_OF(RSEQ_SIG) "\n"
                                   "lab_switched_abort: " NO_WAY_ON "\n"
                                   ".popsection\n");

struct rseq_cs lab_switched_never __attribute__((aligned(32))); /* as rseq(2) wants it */
bool lab_switched_known;

bool lab_switched_init(void)
{
    lab_switched_never.start_ip = (uint64_t)(uintptr_t)lab_switched_start;
    lab_switched_never.post_commit_offset = (uint64_t)(lab_switched_end - lab_switched_start);
    lab_switched_never.abort_ip = (uint64_t)(uintptr_t)lab_switched_abort;
    lab_switched_known = __rseq_size > 0;
    return lab_switched_known;
}

#else

bool lab_switched_init(void)
{
    return false;
}

#endif
