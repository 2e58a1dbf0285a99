/*
 * A mutex that is left alone in a process of one thread, where the C library (glibc) can tell: a process cannot get a
 * second thread while its only one is in here.  That is for speed, and for signal handlers of such a process that fork:
 * whatever call of malloc they interrupted, fork does not wait for its lock (fork.c).  All zero is a free one.
 */
#ifndef HAKMEM_LOCK_H
#define HAKMEM_LOCK_H

#include <pthread.h>
#include <stdbool.h>
#ifdef __GLIBC__
#include <sys/single_threaded.h>
#define LOCK_IS_ALONE (__libc_single_threaded != 0)
#else
#define LOCK_IS_ALONE false
#endif

#define LOCK_LOOKS      32
#define LOCK_PAUSES_MAX 64 /* between two looks: 1, 2, 4 … of them */

struct lock {
    pthread_mutex_t mutex;
    bool is_taken; /* the mutex is; guarded by it, so that the holder knows what to undo */
};

static inline void cpu_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static inline void lock_take(struct lock *lock)
{
    if (LOCK_IS_ALONE)
        return;
    pthread_mutex_lock(&lock->mutex);
    lock->is_taken = true;
}

/* Of a lock that is held for less time than a thread takes to fall asleep and be woken: whoever finds it taken looks
 * again a few times before it sleeps. */
static inline void lock_take_short(struct lock *lock)
{
    if (LOCK_IS_ALONE)
        return;
    unsigned pauses = 1;
    unsigned looks = 0;
    while (looks < LOCK_LOOKS && pthread_mutex_trylock(&lock->mutex) != 0) {
        for (unsigned i = 0; i < pauses; i++)
            cpu_pause();
        pauses = pauses < LOCK_PAUSES_MAX ? 2 * pauses : pauses;
        looks++;
    }
    if (looks == LOCK_LOOKS)
        pthread_mutex_lock(&lock->mutex);
    lock->is_taken = true;
}

static inline void lock_give(struct lock *lock)
{
    if (!lock->is_taken)
        return;
    lock->is_taken = false;
    pthread_mutex_unlock(&lock->mutex);
}

#endif
