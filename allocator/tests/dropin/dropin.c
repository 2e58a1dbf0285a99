/*
 * Runs the lists of checks, after a first call that is made before any constructor: a program may start with free,
 * realloc or calloc, and libraries' constructors may run before the allocator's own.
 *
 *   dropin LIBRARY-DIRECTORY free|realloc|calloc|malloc
 */
#include "dropin.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const char *hakmem_version_string(void) __attribute__((weak));

static int failures;

void check_failed(const char *file, int line, const char *what)
{
    char text[300];
    int length = snprintf(text, sizeof text, "not ok - %s:%d: %s\n", file, line, what);
    failures++;
    if (length < 0 || write(STDOUT_FILENO, text, (size_t)length) < 0)
        _exit(1);
}

void *launder(void *p)
{
    static void *volatile hidden;
    hidden = p;
    return hidden;
}

size_t launder_size(size_t size)
{
    static volatile size_t hidden;
    hidden = size;
    return hidden;
}

/* --- before every constructor --------------------------------------------------------------------------------------
 */

static unsigned char *first_block;

static void first_call(int count, char **arguments, char **environment)
{
    const char *which = count > 2 ? arguments[2] : "malloc";
    (void)environment;
    if (strcmp(which, "free") == 0)
        free(launder(NULL));
    if (strcmp(which, "realloc") == 0)
        first_block = realloc(launder(NULL), launder_size(100));
    else if (strcmp(which, "calloc") == 0)
        first_block = calloc(launder_size(10), 10);
    else
        first_block = malloc(launder_size(100));
    if (first_block != NULL)
        memset(first_block, 42, 100);
}
__attribute__((section(".preinit_array"), used)) static void (*const preinit)(int, char **, char **) = first_call;

static void the_first_call_was_served(void)
{
    CHECK(first_block != NULL);
    CHECK(first_block != NULL && first_block[99] == 42);
    free(first_block);
}

static void hakmem_is_in_charge(void)
{
    CHECK(hakmem_version_string != NULL);
    CHECK(hakmem_version_string != NULL && strncmp(hakmem_version_string(), "hakmem ", 7) == 0);
}

static const struct check start_checks[] = {
    {"hakmem is in charge", hakmem_is_in_charge},
    {"the first call was served", the_first_call_was_served},
    {NULL, NULL},
};

static void run_all(const struct check *checks)
{
    for (; checks->name != NULL; checks++) {
        int before = failures;
        checks->run();
        if (failures == before)
            printf("ok - %s\n", checks->name);
        else
            printf("not ok - %s\n", checks->name);
        fflush(stdout);
    }
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fprintf(stderr, "usage: dropin LIBRARY-DIRECTORY [free|realloc|calloc|malloc]\n");
        return 2;
    }
    setenv("DROPIN_LIBRARIES", arguments[1], 1);
    run_all(start_checks);
    if (count == 2 || strcmp(arguments[2], "malloc") == 0) {
        run_all(interface_checks);
        run_all(process_checks);
    }
    return failures != 0;
}
