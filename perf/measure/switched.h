/*
 * Was the processor taken from this thread since a moment ago?  Told without a system call, so that single calls of
 * some nanoseconds can be asked about.
 *
 * The kernel clears a thread's pointer to a restartable sequence (rseq(2)) when the thread comes back from a switch, or
 * from a signal, and is not inside the sequence.  So the thread points at a sequence that it never enters, and finds
 * the pointer gone if it was away.  Interrupts that lead to no switch, and time that the hypervisor took, are not seen.
 *
 * Known where the C library registers the thread (glibc 2.35 and later, unless GLIBC_TUNABLES says otherwise), on
 * x86-64 and aarch64; elsewhere nothing is ever said to have switched.  Every thread asks for itself.
 */
#ifndef LAB_SWITCHED_H
#define LAB_SWITCHED_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__GLIBC__) && (defined(__x86_64__) || defined(__aarch64__)) && __has_include(<sys/rseq.h>)
#define LAB_HAVE_RSEQ 1
#include <sys/rseq.h>
#else
#define LAB_HAVE_RSEQ 0
#endif

/* Before any thread asks; whether switches will be known. */
bool lab_switched_init(void);

#if LAB_HAVE_RSEQ
extern struct rseq_cs lab_switched_never; /* the sequence that no thread enters; written by lab_switched_init */
extern bool lab_switched_known;           /* written by lab_switched_init */

static inline volatile struct rseq *lab_switched_thread(void)
{
    return (volatile struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

/* The moment. */
static inline void lab_switched_begin(void)
{
    if (lab_switched_known)
        lab_switched_thread()->rseq_cs = (uint64_t)(uintptr_t)&lab_switched_never;
}

/* Since the last lab_switched_begin. */
static inline bool lab_switched(void)
{
    return lab_switched_known && lab_switched_thread()->rseq_cs == 0;
}
#else
static inline void lab_switched_begin(void) {}

static inline bool lab_switched(void)
{
    return false;
}
#endif

#endif
