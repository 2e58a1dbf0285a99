/*
 * A mutex that is held for less time than a thread takes to fall asleep and be woken: whoever finds it taken looks
 * again a few times before it sleeps.  In a process of one thread it costs no atomic operation where the C library
 * (glibc) can tell; that is why it is not the library's adaptive mutex, which always takes one.
 */
#ifndef HAKMEM_SHORT_LOCK_H
#define HAKMEM_SHORT_LOCK_H

#include <pthread.h>
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

static inline void short_lock(pthread_mutex_t *lock)
{
    unsigned pauses = 1;
    for (unsigned looks = 0; !SHORT_LOCK_IS_ALONE && looks < SHORT_LOCK_LOOKS; looks++) {
        if (pthread_mutex_trylock(lock) == 0)
            return;
        for (unsigned i = 0; i < pauses; i++)
            cpu_pause();
        pauses = pauses < SHORT_LOCK_PAUSES_MAX ? 2 * pauses : pauses;
    }
    pthread_mutex_lock(lock);
}

#endif
