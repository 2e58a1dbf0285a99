/*
 * Ctrl-C, and the end of a terminal or a connection, without losing results.
 *
 * SIGINT, SIGTERM and SIGHUP stay blocked except inside interrupt_poll(), so a signal can neither be missed between a
 * test and a wait nor break a write.  The measured processes run in process groups of their own: the terminal's Ctrl-C
 * reaches the harness alone, which then ends them.  A full disk must be an error that write() returns, hence SIGXFSZ is
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
static sigset_t watched;     /* SIGINT, SIGTERM and, unless nohup ignores it, SIGHUP */

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
enum { NUMBER_COUNT = sizeof numbers / sizeof numbers[0] };

static void note(int signal)
{
    (void)signal;
    atomic_store_explicit(&came, true, memory_order_relaxed);
}

void interrupt_prepare(void)
{
    struct sigaction action = {.sa_handler = note}, former;
    sigemptyset(&watched);
    for (int i = 0; i < NUMBER_COUNT; i++)
        if (numbers[i] != SIGHUP || (sigaction(SIGHUP, NULL, &former) == 0 && former.sa_handler != SIG_IGN))
            sigaddset(&watched, numbers[i]);
    sigprocmask(SIG_BLOCK, &watched, &normal_mask);
    for (int i = 0; i < NUMBER_COUNT; i++) {
        if (sigismember(&watched, numbers[i]) != 1)
            continue;
        sigdelset(&normal_mask, numbers[i]);
        sigaction(numbers[i], &action, NULL);
    }
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

bool interrupt_came(void)
{
    sigset_t pending;
    bool waits = false;
    sigpending(&pending);
    for (int i = 0; i < NUMBER_COUNT; i++)
        waits = waits || (sigismember(&pending, numbers[i]) == 1 && sigismember(&watched, numbers[i]) == 1);
    return waits || atomic_load_explicit(&came, memory_order_relaxed);
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
