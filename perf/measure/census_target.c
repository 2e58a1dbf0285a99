/*
 * lab-census-target OP SIZE: the program that `harness census` single-steps.
 *
 * It warms one operation up, then makes CALLS calls of it, each behind a mark: a breakpoint instruction with the
 * address of the function in a register.  The function is looked up with dlsym and called through a pointer, so that
 * the tracer steps from the first instruction of the allocator's function to its return, and no PLT is in between.
 *
 *     malloc, calloc   a block of SIZE; it is freed again behind the mark
 *     free             a block of SIZE that was allocated right before
 *     realloc          a block of SIZE to SIZE: in place for any allocator that looks
 *     remote_free      blocks that another thread, still alive, has allocated
 *
 * LIVE blocks of the same size stay allocated, so that no page turns empty or full by the calls that are stepped.
 *
 * Exit status: 0 done, 1 out of memory, 2 wrong usage.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    CALLS = 33,         /* stepped; odd, and enough for one call in ten to be slow without hiding the usual one */
    WARM_PAIRS = 1000,  /* before them */
    LIVE = 100,         /* blocks that stay */
    REMOTE_BLOCKS = 512 /* of the other thread; the first ones are freed without a mark */
};

static size_t size;
static void *live[LIVE];
static void *remote[REMOTE_BLOCKS];
static pthread_barrier_t made;

static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
} call; /* the functions that every object in the process calls by these names */

/* Stops for the tracer and tells it where the next call goes. */
static inline void mark(uintptr_t function)
{
#if defined(__x86_64__)
    __asm__ volatile("int3" ::"a"(function) : "memory");
#else
    (void)function; /* the harness refuses this processor before it starts anything */
#endif
}

static void *checked(void *block)
{
    if (block == NULL)
        _exit(EXIT_FAILED);
    /* Used, as a program would: its first page exists before it is freed. */
    *(volatile char *)block = 1;
    return block;
}

static void step_malloc(int marked)
{
    if (marked)
        mark((uintptr_t)call.malloc);
    void *block = call.malloc(size);
    call.free(checked(block));
}

static void step_calloc(int marked)
{
    if (marked)
        mark((uintptr_t)call.calloc);
    void *block = call.calloc(1, size);
    call.free(checked(block));
}

static void step_free(int marked)
{
    void *block = checked(call.malloc(size));
    if (marked)
        mark((uintptr_t)call.free);
    call.free(block);
}

static void step_realloc(int marked)
{
    void *block = checked(call.malloc(size));
    if (marked)
        mark((uintptr_t)call.realloc);
    block = call.realloc(block, size);
    call.free(checked(block));
}

static void step_remote_free(int marked)
{
    static size_t next;
    if (next == REMOTE_BLOCKS)
        return;
    void *block = remote[next++];
    if (marked)
        mark((uintptr_t)call.free);
    call.free(block);
}

static void *own_remote(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < REMOTE_BLOCKS; i++)
        remote[i] = checked(call.malloc(size));
    pthread_barrier_wait(&made);
    for (;;)
        pause();
    return NULL;
}

static void make_remote(void)
{
    pthread_t owner;
    pthread_barrier_init(&made, NULL, 2);
    if (pthread_create(&owner, NULL, own_remote, NULL) != 0)
        _exit(EXIT_FAILED);
    pthread_barrier_wait(&made);
}

static const struct {
    const char *name;
    void (*step)(int marked);
    int warm; /* steps without a mark, before those with one */
} operations[] = {{"malloc", step_malloc, WARM_PAIRS},
                  {"free", step_free, WARM_PAIRS},
                  {"calloc", step_calloc, WARM_PAIRS},
                  {"realloc", step_realloc, WARM_PAIRS},
                  {"remote_free", step_remote_free, REMOTE_BLOCKS - CALLS - 1}};

static void run(size_t operation)
{
    *(void **)&call.malloc = dlsym(RTLD_DEFAULT, "malloc");
    *(void **)&call.calloc = dlsym(RTLD_DEFAULT, "calloc");
    *(void **)&call.realloc = dlsym(RTLD_DEFAULT, "realloc");
    *(void **)&call.free = dlsym(RTLD_DEFAULT, "free");
    for (size_t i = 0; i < LIVE; i++)
        live[i] = checked(call.malloc(size));
    if (operations[operation].step == step_remote_free)
        make_remote();
    for (int i = 0; i < operations[operation].warm; i++)
        operations[operation].step(0);
    for (int i = 0; i < CALLS; i++)
        operations[operation].step(1);
}

int main(int argc, char **argv)
{
    if (argc == 3)
        size = strtoull(argv[2], NULL, 10);
    for (size_t i = 0; size != 0 && i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(argv[1], operations[i].name) != 0)
            continue;
        run(i);
        _exit(EXIT_DONE);
    }
    fputs("usage: lab-census-target malloc|free|calloc|realloc|remote_free SIZE   (harness census runs it)\n", stderr);
    return EXIT_USAGE;
}
