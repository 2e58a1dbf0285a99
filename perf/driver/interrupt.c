/*
 * Ctrl-C without losing results.
 *
 * SIGINT and SIGTERM stay blocked except inside interrupt_poll(), so a signal can neither be missed between a test and
 * a wait nor break a write.  The measured processes run in process groups of their own: the terminal's Ctrl-C reaches
 * the harness alone, which then ends them.  A full disk must be an error that write() returns, hence SIGXFSZ is
 * ignored.
 */
#define _GNU_SOURCE
#include "perf/driver/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

static atomic_bool came;     /* set by the handler, on whichever thread it runs; lock-free, no order needed */
static sigset_t normal_mask; /* as it was at the start: lets the signals through */
static sigset_t watched;     /* SIGINT and SIGTERM */

static void note(int signal)
{
    (void)signal;
    atomic_store_explicit(&came, true, memory_order_relaxed);
}

void interrupt_prepare(void)
{
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&watched);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGTERM);
    sigprocmask(SIG_BLOCK, &watched, &normal_mask);
    sigdelset(&normal_mask, SIGINT);
    sigdelset(&normal_mask, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

bool interrupt_came(void)
{
    sigset_t pending;
    sigpending(&pending);
    return atomic_load_explicit(&came, memory_order_relaxed) || sigismember(&pending, SIGINT) == 1 ||
           sigismember(&pending, SIGTERM) == 1;
}

void interrupt_forget(void)
{
    struct timespec at_once = {0};
    while (sigtimedwait(&watched, NULL, &at_once) > 0)
        ;
    atomic_store_explicit(&came, false, memory_order_relaxed);
}

int interrupt_poll(struct pollfd *fds, unsigned count, double timeout_s)
{
    struct timespec limit = {.tv_sec = (time_t)timeout_s, .tv_nsec = (long)((timeout_s - (time_t)timeout_s) * 1e9)};
    return ppoll(fds, count, timeout_s < 0 ? NULL : &limit, &normal_mask);
}
