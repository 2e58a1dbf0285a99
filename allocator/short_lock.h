/*
 * A lock that is held for less time than a thread takes to fall asleep and be woken: whoever finds it taken looks again
 * a few times before it sleeps.  In a process of one thread it is left alone, where the C library (glibc) can tell: a
 * process cannot get a second thread while its only one is in here.  All zero is a free one.
 */
#ifndef HAKMEM_SHORT_LOCK_H
#define HAKMEM_SHORT_LOCK_H

#include <pthread.h>
#include <stdbool.h>
#ifdef __GLIBC__
#include <sys/single_threaded.h>
#define SHORT_LOCK_IS_ALONE __libc_single_threaded
#else
#define SHORT_LOCK_IS_ALONE 0
#endif

#define SHORT_LOCK_LOOKS      32
#define SHORT_LOCK_PAUSES_MAX 64 /* between two looks: 1, 2, 4 … of them */

static inline void cpu_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

struct short_lock {
    pthread_mutex_t mutex;
    bool is_taken; /* the mutex is; guarded by it, so that the holder knows what to undo */
};

static inline void short_lock(struct short_lock *lock)
{
    if (SHORT_LOCK_IS_ALONE)
        return;
    unsigned pauses = 1;
    unsigned looks = 0;
    while (looks < SHORT_LOCK_LOOKS && pthread_mutex_trylock(&lock->mutex) != 0) {
        for (unsigned i = 0; i < pauses; i++)
            cpu_pause();
        pauses = pauses < SHORT_LOCK_PAUSES_MAX ? 2 * pauses : pauses;
        looks++;
    }
    if (looks == SHORT_LOCK_LOOKS)
        pthread_mutex_lock(&lock->mutex);
    lock->is_taken = true;
}

static inline void short_unlock(struct short_lock *lock)
{
    if (!lock->is_taken)
        return;
    lock->is_taken = false;
    pthread_mutex_unlock(&lock->mutex);
}

#endif
