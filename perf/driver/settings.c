/*
 * Options that allocators take from the environment.  A mistyped one is ignored by every allocator without a word, and
 * the run would be one of the defaults under another name.
 *
 * An allocator can only read an option whose name its file contains, so that is what is looked for: in the shared
 * object, or for the system's malloc in libc and the dynamic linker, which reads the tunables.  Values are not checked
 * here; an allocator that objects to one does so on standard error, and then the sample has failed (sample.c).
 */
#define _GNU_SOURCE
#include "perf/driver/settings.h"

#include "perf/driver/environment.h"
#include "perf/driver/text.h"

#include <ctype.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* How the options of an allocator are called. */
struct family {
    const char *prefix;    /* of the variable */
    const char *allocator; /* label; "phase" for every phase of hakmem */
    bool bare;             /* the file has the name without the prefix, in lower case */
    char separator;        /* between several options in one value "name=1:other=2"; 0: the variable is the option */
    char assign;           /* between an option's name and its value there */
};

static const struct family families[] = {
    {"HAKMEM_", "phase", false, 0, 0},
    {"MIMALLOC_", "mimalloc", true, 0, 0},
    {"TCMALLOC_", "tcmalloc", false, 0, 0},
    {"TBB_MALLOC_", "tbbmalloc", false, 0, 0},
    {"RPMALLOC_", "rpmalloc", false, 0, 0},
    {"SNMALLOC_", "snmalloc", false, 0, 0},
    {"MALLOC_CONF", "jemalloc", false, ',', ':'},
    {"JEMALLOC_", "jemalloc", false, 0, 0},
    {"GLIBC_TUNABLES", "system", false, ':', '='},
    {"MALLOC_", "system", false, 0, 0},
};

static const struct family *family_of(const char *name)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (!strncmp(name, families[i].prefix, strlen(families[i].prefix)))
            return &families[i];
    return NULL;
}

static bool is_meant(const struct family *family, const struct allocator *allocator)
{
    return !strcmp(family->allocator, "phase") ? allocator->kind == KIND_PHASE
                                               : !strcmp(family->allocator, allocator->label);
}

static bool contains(const char *path, const char *name)
{
    struct stat about;
    bool found = false;
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0 && fstat(file, &about) == 0 && about.st_size > 0) {
        void *content = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (content != MAP_FAILED) {
            found = memmem(content, (size_t)about.st_size, name, strlen(name)) != NULL;
            munmap(content, (size_t)about.st_size);
        }
    }
    if (file >= 0)
        close(file);
    return found;
}

/* The dynamic linker, which reads glibc's tunables. */
static bool linker_contains(const char *name)
{
    Dl_info linker;
    return dladdr((void *)getauxval(AT_BASE), &linker) && contains(linker.dli_fname, name);
}

static bool knows(const struct allocator *allocator, const struct arm *arm, const char *option)
{
    char *path = arm_allocator_file(arm);
    bool known = contains(path, option) || (allocator->kind == KIND_SYSTEM && linker_contains(option));
    free(path);
    return known;
}

/* The option's name as the file has it: "MIMALLOC_PURGE_DELAY" -> "purge_delay". */
static char *option_name(const struct family *family, const char *text, size_t length)
{
    size_t skip = family->bare ? strlen(family->prefix) : 0;
    char *name = text_format("%.*s", (int)(length - skip), text + skip);
    for (char *c = name; family->bare && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return name;
}

/* Which allocators know it.  What is given by its path may be anybody's. */
static json_t *known_by(const struct plan *plan, const struct family *family, const char *option, bool *meant)
{
    json_t *labels = json_array();
    for (size_t i = 0; i < plan->allocator_count; i++) {
        const struct allocator *allocator = &plan->allocators[i];
        bool own = is_meant(family, allocator);
        *meant = *meant || own;
        if ((own || allocator->kind == KIND_PATH) && knows(allocator, &plan->arms[i], option))
            json_array_append_new(labels, json_string(allocator->label));
    }
    return labels;
}

/* One option of a variable; takes over the name. */
static int add_option(const struct plan *plan, const struct family *family, char *option, const char *variable,
                      const char *value, json_t *settings, struct lab_error *error)
{
    bool meant = false;
    json_t *labels = known_by(plan, family, option, &meant);
    bool lost = meant && !json_array_size(labels);
    int status = STATUS_DONE;
    if (lost)
        status = lab_error_set(error, STATUS_USAGE,
                               "%s is set, but no allocator of this run knows an option '%s': it would take no effect; "
                               "correct it or unset it",
                               variable, option);
    json_array_append_new(settings, json_pack("{s:s, s:s, s:s, s:o}", "variable", variable, "option", option, "value",
                                              value, "allocators", labels));
    free(option);
    return status;
}

/* Every option of a variable such as "narenas:1,tcache:false". */
static int add_list(const struct plan *plan, const struct family *family, const char *variable, const char *value,
                    json_t *settings, struct lab_error *error)
{
    char *copy = text_copy(value), *rest = copy, *piece;
    int status = STATUS_DONE;
    while (!status && (piece = text_next(&rest, family->separator))) {
        char *assign = strchr(piece, family->assign);
        char *name = text_format("%.*s", (int)(assign ? assign - piece : (long)strlen(piece)), piece);
        status = add_option(plan, family, name, variable, assign ? assign + 1 : "", settings, error);
    }
    free(copy);
    return status;
}

int settings_find(const struct plan *plan, json_t **settings, struct lab_error *error)
{
    const char *name;
    json_t *value, *variables = environment_describe();
    int status = STATUS_DONE;
    *settings = json_array();
    json_object_foreach (variables, name, value) {
        const struct family *family = family_of(name);
        const char *text = json_string_value(value);
        if (!family || status)
            continue;
        if (family->separator)
            status = add_list(plan, family, name, text, *settings, error);
        else
            status = add_option(plan, family, option_name(family, name, strlen(name)), name, text, *settings, error);
    }
    json_decref(variables);
    return status;
}
