/* Threads, forks, signals and loaded libraries around malloc. */
#define _GNU_SOURCE /* pthread_timedjoin_np */
#include "dropin.h"
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { births = 2000, threads_at_once = 4, plugin_loops = 50, forks = 12, child_seconds = 60, slots = 128 };

static void in_thread(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, body, argument) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static long rss_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* --- births and deaths ----------------------------------------------------------------------------------------------
 */

static _Atomic(void *) handed_on;

/* Leaves a block to the next thread, which frees it: ids, heaps and pages change hands all the time. */
static void *short_life(void *unused)
{
    void *mine[20];
    for (size_t i = 0; i < 20; i++)
        memset(mine[i] = malloc(50 + i * 300), 1, 50 + i * 300);
    free(atomic_exchange(&handed_on, mine[0]));
    for (size_t i = 1; i < 20; i++)
        free(mine[i]);
    return unused;
}

static void thousands_of_threads_are_born_and_die(void)
{
    long peak = 0;
    for (int i = 0; i < births / threads_at_once; i++) {
        pthread_t threads[threads_at_once];
        for (int t = 0; t < threads_at_once; t++)
            CHECK(pthread_create(&threads[t], NULL, short_life, NULL) == 0);
        for (int t = 0; t < threads_at_once; t++)
            pthread_join(threads[t], NULL);
        if (i == births / threads_at_once / 4)
            peak = rss_kib();
    }
    CHECK(rss_kib() < peak + 4096);
    free(atomic_exchange(&handed_on, NULL));
}

/* --- frees after the heap is torn down ---------------------------------------------------------------------------- */

static pthread_key_t key;

static void free_late(void *block)
{
    free(block);
    free(malloc(200));
}

static void *with_destructor(void *unused)
{
    pthread_setspecific(key, malloc(300));
    return unused;
}

static void thread_exit_handlers_may_free_and_allocate(void)
{
    CHECK(pthread_key_create(&key, free_late) == 0);
    for (int i = 0; i < 200; i++)
        in_thread(with_destructor, NULL);
    pthread_key_delete(key);
}

/* --- threads that only free --------------------------------------------------------------------------------------- */

enum { batch = 20000 };
static void *handed[batch];

static void *free_all(void *unused)
{
    for (int i = 0; i < batch; i++)
        free(handed[i]);
    return unused;
}

static void what_another_thread_frees_serves_again(void)
{
    long peak = 0;
    for (int round = 0; round < 12; round++) {
        for (size_t i = 0; i < batch; i++)
            memset(handed[i] = malloc(100 + i % 500), 1, 100);
        in_thread(free_all, NULL);
        if (round == 3)
            peak = rss_kib();
    }
    CHECK(rss_kib() < peak + peak / 4);
}

/* --- fork --------------------------------------------------------------------------------------------------------- */

static _Atomic int keep_going;
static _Atomic(void *) shared[slots];

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void exchange_some(uint64_t seed, int count)
{
    uint64_t random = seed * 2654435761u + 1;
    for (int i = 0; i < count; i++) {
        uint64_t r = next_random(&random);
        free(atomic_exchange(&shared[r % slots], malloc(r >> 20 & (r % 32 == 0 ? 0xfffff : 0x3ff))));
    }
}

static void *churn(void *seed)
{
    for (uint64_t i = 0; atomic_load_explicit(&keep_going, memory_order_relaxed); i++)
        exchange_some((uintptr_t)seed + i, 50);
    return NULL;
}

static void start_churn(pthread_t threads[2])
{
    atomic_store(&keep_going, 1);
    for (uintptr_t t = 0; t < 2; t++)
        CHECK(pthread_create(&threads[t], NULL, churn, (void *)(t * 1000 + 1)) == 0);
}

static void stop_churn(pthread_t threads[2])
{
    atomic_store(&keep_going, 0);
    for (int t = 0; t < 2; t++)
        pthread_join(threads[t], NULL);
}

static void children_of_a_program_with_threads_work(void)
{
    pthread_t threads[2];
    start_churn(threads);
    for (uint64_t i = 0; i < forks; i++) {
        pid_t child = fork();
        if (child == 0) {
            pthread_t own;
            alarm(child_seconds);
            exchange_some(i, 3000);
            atomic_store(&keep_going, 0);
            _exit(pthread_create(&own, NULL, with_destructor, NULL) == 0 && pthread_join(own, NULL) == 0 ? 0 : 1);
        }
        int status = -1;
        waitpid(child, &status, 0);
        CHECK(status == 0);
    }
    stop_churn(threads);
}

/* --- signals ------------------------------------------------------------------------------------------------------ */

static volatile sig_atomic_t signals_seen;

static void on_signal(int number)
{
    (void)number;
    signals_seen = signals_seen + 1;
}

static void signals_do_not_disturb(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    const struct itimerval often = {{0, 500}, {0, 500}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    pthread_t threads[2];
    sigaction(SIGPROF, &action, NULL);
    start_churn(threads);
    setitimer(ITIMER_PROF, &often, NULL);
    for (uint64_t i = 0; signals_seen < 20 && i < 100000; i++)
        exchange_some(i, 1000);
    setitimer(ITIMER_PROF, &never, NULL);
    stop_churn(threads);
    CHECK(signals_seen >= 20);
}

/* --- loaded libraries --------------------------------------------------------------------------------------------- */

static void libraries_come_and_go(void)
{
    char path[1000];
    snprintf(path, sizeof path, "%s/dropin-plugin.so", getenv("DROPIN_LIBRARIES"));
    if (access(path, R_OK) != 0)
        return; /* a static program loads none */
    for (int i = 0; i < plugin_loops; i++) {
        void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        CHECK(plugin != NULL);
        if (plugin == NULL)
            return;
        void *(*make)(size_t) = (void *(*)(size_t))(uintptr_t)dlsym(plugin, "plugin_make");
        char *(*copy)(const char *) = (char *(*)(const char *))(uintptr_t)dlsym(plugin, "plugin_copy");
        void *block = make(5000);
        char *text = copy("a block that outlives its library");
        CHECK(dlclose(plugin) == 0);
        CHECK(malloc_usable_size(block) >= 5000);
        CHECK(strcmp(text, "a block that outlives its library") == 0);
        free(block);
        free(text);
    }
}

const struct check process_checks[] = {
    {"thousands of threads are born and die", thousands_of_threads_are_born_and_die},
    {"thread-exit handlers may free and allocate", thread_exit_handlers_may_free_and_allocate},
    {"what another thread frees serves again", what_another_thread_frees_serves_again},
    {"children of a program with threads work", children_of_a_program_with_threads_work},
    {"signals do not disturb", signals_do_not_disturb},
    {"libraries come and go", libraries_come_and_go},
    {NULL, NULL},
};
