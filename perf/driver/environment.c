/*
 * What the measured processes see of the user's environment.
 *
 * The size of the environment moves the stack and with it the alignment of everything on it, which alone can change a
 * program's speed by several percent (Mytkowicz et al., Producing wrong data without doing anything obviously wrong,
 * 2009).  So the measured processes get a small environment of their own, and its size is varied between rounds on
 * purpose, by the same amount for all arms of a round: the layout becomes part of the noise that is measured.
 */
#define _GNU_SOURCE
#include "perf/driver/environment.h"

#include "perf/driver/preloadable.h"
#include "perf/driver/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

#define PADDING_NAME "HAKMEM_LAB_PADDING="

/* Room for the longest LD_PRELOAD and paths, from which the padding is shortened. */
#define BALANCE_MAX (4 * PATH_MAX)

/* Names, or beginnings of names where they end with '*', that reach an allocator or the dynamic linker. */
static const char *const handed_on[] = {"LD_LIBRARY_PATH", "GLIBC_TUNABLES", "MALLOC_*",     "MIMALLOC_*", "JEMALLOC_*",
                                        "TCMALLOC_*",      "TBB_MALLOC_*",   "RPMALLOC_*",   "SNMALLOC_*", "HAKMEM_*",
                                        "ASAN_OPTIONS",    "TSAN_OPTIONS",   "UBSAN_OPTIONS"};

/* The lab's own variables, which no allocator reads, and the one that it sets itself. */
static const char *const kept_back[] = {"HAKMEM_ROOT", "HAKMEM_LAB_PADDING", "HAKMEM_LAB_WITNESS", "LD_PRELOAD"};

static bool name_matches(const char *name, size_t length, const char *pattern)
{
    size_t fixed = strcspn(pattern, "*");
    return pattern[fixed] ? length >= fixed && !strncmp(name, pattern, fixed)
                          : length == fixed && !strncmp(name, pattern, fixed);
}

static bool is_foreign(const char *variable)
{
    size_t length = strcspn(variable, "=");
    for (size_t i = 0; i < sizeof kept_back / sizeof kept_back[0]; i++)
        if (name_matches(variable, length, kept_back[i]))
            return false;
    return true;
}

/* One of those that matter to an allocator, and may stand in run.json. */
static bool is_handed_on(const char *variable)
{
    size_t length = strcspn(variable, "=");
    if (!is_foreign(variable))
        return false;
    for (size_t i = 0; i < sizeof handed_on / sizeof handed_on[0]; i++)
        if (name_matches(variable, length, handed_on[i]))
            return true;
    return false;
}

static char *padding_variable(size_t length)
{
    size_t prefix = strlen(PADDING_NAME);
    char *variable = memory_take(prefix + length + 1, 1);
    memcpy(variable, PADDING_NAME, prefix);
    memset(variable + prefix, 'x', length);
    return variable;
}

/* Those of the harness's own variables that the rule lets through, with room for three more. */
static void environment_begin(struct environment *environment, bool (*rule)(const char *variable))
{
    size_t own = 0;
    while (environ[own])
        own++;
    environment->variables = memory_take(own + 4, sizeof *environment->variables);
    environment->count = 0;
    for (size_t i = 0; i < own; i++)
        if (rule(environ[i]))
            environment->variables[environment->count++] = text_copy(environ[i]);
}

static void environment_pad(struct environment *environment, size_t padding, size_t balance)
{
    size_t room = BALANCE_MAX > balance ? BALANCE_MAX - balance : 0;
    environment->variables[environment->count++] = padding_variable(room + padding);
}

void environment_make(struct environment *environment, const char *preload, size_t padding, size_t balance)
{
    environment_begin(environment, is_handed_on);
    if (preload) {
        char *path = preloadable_path(preload);
        char *variable = text_format("LD_PRELOAD=%s", path);
        free(path);
        balance += strlen(variable) + 1 + sizeof(char *);
        environment->variables[environment->count++] = variable;
    }
    environment_pad(environment, padding, balance);
}

void environment_make_whole(struct environment *environment, size_t padding, size_t balance)
{
    environment_begin(environment, is_foreign);
    environment_pad(environment, padding, balance);
}

void environment_free(struct environment *environment)
{
    for (size_t i = 0; i < environment->count; i++)
        free((char *)environment->variables[i]);
    free(environment->variables);
}

json_t *environment_describe(void)
{
    json_t *variables = json_object();
    for (size_t i = 0; environ[i]; i++) {
        char *value = strchr(environ[i], '=');
        if (!value || !is_handed_on(environ[i]))
            continue;
        char *name = text_format("%.*s", (int)(value - environ[i]), environ[i]);
        json_object_set_new(variables, name, json_string(value + 1));
        free(name);
    }
    return variables;
}
