/*
 * The explorer: depth-first search over schedules by replay.
 *
 *   choices[d]   which runnable thread ran after scheduling point d, and how many there were to choose from
 *
 * An execution follows `choices` as far as it is set, then always takes the first alternative (the running thread goes
 * on).  Afterwards the deepest choice with an untried alternative is advanced, and the next execution begins.
 */
#include "explorer.h"
#include <assert.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>
#include <ucontext.h>

#define STACK_BYTES 65536
#define DEPTH_MAX   4000
/* More fruitless looks than any execution needs mean that what is waited for never comes. */
#define LONELY_YIELDS_MAX 20

struct choice {
    int taken;        /* index into the alternatives */
    int alternatives; /* how many there were */
};

static const struct explorer_scenario *scenario;
static struct choice choices[DEPTH_MAX];
static int depth;         /* scheduling points passed in this execution */
static int depth_set;     /* choices to be replayed */
static int switches_left; /* preemptions left in this execution */
static int running = -1;  /* thread, or -1 outside */
static bool finished[EXPLORER_THREADS_MAX];
static bool waiting[EXPLORER_THREADS_MAX]; /* yielded, and no other thread has made a step since */
static bool started[EXPLORER_THREADS_MAX];
static ucontext_t contexts[EXPLORER_THREADS_MAX]; /* where a thread starts */
static jmp_buf places[EXPLORER_THREADS_MAX];      /* where it goes on; unlike swapcontext, no system call */
static jmp_buf home;
static char stacks[EXPLORER_THREADS_MAX][STACK_BYTES] __attribute__((aligned(16)));
static int lonely_yields; /* in this execution */
static bool overflowed;
static bool deadlocked;

/* The alternatives at this point: the running thread first, if it may go on, then the others if a switch is allowed. */
static int list_alternatives(int *threads, bool may_stay, bool switch_is_free)
{
    int count = 0;
    if (may_stay)
        threads[count++] = running;
    for (int t = 0; t < scenario->threads; t++)
        if (t != running && !finished[t] && !waiting[t] && (switch_is_free || switches_left > 0))
            threads[count++] = t;
    return count;
}

static int choose(bool may_stay, bool switch_is_free)
{
    int threads[EXPLORER_THREADS_MAX];
    int count = list_alternatives(threads, may_stay, switch_is_free);
    if (depth == DEPTH_MAX) {
        overflowed = true;
        _longjmp(home, 1);
    }
    if (count == 0)
        return -1;
    if (depth >= depth_set)
        choices[depth] = (struct choice){0, count};
    assert(choices[depth].alternatives == count); /* the code under test is deterministic */
    int next = threads[choices[depth++].taken];
    if (next != running && !switch_is_free)
        switches_left--;
    return next;
}

/* Leaves the current place for good; whoever wants to come back has set places[] before. */
static _Noreturn void go_on(int next)
{
    running = next;
    scenario->on_switch(next);
    if (started[next])
        _longjmp(places[next], 1);
    started[next] = true;
    setcontext(&contexts[next]);
    abort();
}

static void switch_to(int next)
{
    if (next != running && _setjmp(places[running]) == 0)
        go_on(next);
}

void explorer_step(void)
{
    if (running < 0)
        return;
    for (int t = 0; t < scenario->threads; t++)
        waiting[t] = false; /* something may have changed: those who wait may look again */
    switch_to(choose(true, false));
}

void explorer_yield(void)
{
    if (running < 0)
        return;
    waiting[running] = true;
    int next = choose(false, true);
    if (next >= 0) {
        switch_to(next);
        return;
    }
    /* Nobody else can go on.  What is waited for may have come since this thread last looked: it may look again. */
    if (++lonely_yields > LONELY_YIELDS_MAX) {
        deadlocked = true;
        _longjmp(home, 1);
    }
}

static void thread_main(int thread)
{
    scenario->body(thread);
    finished[thread] = true;
    for (int t = 0; t < scenario->threads; t++)
        waiting[t] = false;
    int next = choose(false, true);
    if (next < 0)
        _longjmp(home, 1);
    go_on(next);
}

static void execute(void)
{
    depth = 0;
    lonely_yields = 0;
    switches_left = scenario->preemptions;
    running = -1;
    scenario->setup();
    for (int t = 0; t < scenario->threads; t++) {
        finished[t] = waiting[t] = started[t] = false;
        getcontext(&contexts[t]);
        contexts[t].uc_stack.ss_sp = stacks[t];
        contexts[t].uc_stack.ss_size = STACK_BYTES;
        contexts[t].uc_link = NULL;
        makecontext(&contexts[t], (void (*)(void))thread_main, 1, t);
    }
    if (_setjmp(home) == 0)
        go_on(choose(false, true)); /* any thread may be the first */
    running = -1;
}

/* Advances to the next schedule; false if all were visited. */
static bool next_schedule(void)
{
    while (depth > 0 && choices[depth - 1].taken + 1 == choices[depth - 1].alternatives)
        depth--;
    if (depth == 0)
        return false;
    choices[depth - 1].taken++;
    depth_set = depth;
    return true;
}

const char *explorer_run(const struct explorer_scenario *s, unsigned long *executions)
{
    scenario = s;
    depth_set = 0;
    overflowed = deadlocked = false;
    *executions = 0;
    do {
        execute();
        ++*executions;
        if (overflowed || deadlocked)
            return deadlocked ? "every thread waits" : "an execution did not end";
        const char *broken = scenario->verify();
        if (broken != NULL)
            return broken;
    } while (next_schedule());
    return NULL;
}
