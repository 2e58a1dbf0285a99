/*
 * A library as programs load it: it allocates in its constructor, in its destructor, in its threads' exit, and in the
 * handlers that prepare a fork.  The last is where an allocator whose own handlers came too late would lock up.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

void *plugin_make(size_t size);
char *plugin_copy(const char *text);

static __thread char *volatile per_thread; /* a library's thread-local storage is allocated when first used */
static void *kept;

static void allocate(void)
{
    void *volatile block = malloc(3000);
    free(block);
}

__attribute__((constructor)) static void on_load(void)
{
    kept = malloc(1000);
    pthread_atfork(allocate, allocate, allocate);
}

__attribute__((destructor)) static void on_unload(void)
{
    free(kept);
    allocate();
}

void *plugin_make(size_t size)
{
    return memset(malloc(size), 1, size);
}

char *plugin_copy(const char *text)
{
    per_thread = strdup(text);
    return per_thread;
}
