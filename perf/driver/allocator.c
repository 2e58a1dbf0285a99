/*
 * The catalog of allocators: from a name on the command line to a file that can be preloaded.
 *
 * Known allocators are looked up in the dynamic linker's cache, because that is what a preload by name would load, and
 * then in the folders where a hand-installed one would be.  Everything is checked before anything runs: that the file
 * is there, is for this machine and defines malloc.
 */
#define _GNU_SOURCE
#include "perf/driver/allocator.h"

#include "perf/driver/library.h"
#include "perf/driver/process.h"
#include "perf/driver/text.h"
#include "perf/driver/utf8.h"

#include <dirent.h>
#include <dlfcn.h>
#include <glob.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const allocator_kind_names[] = {"phase", "system", "installed", "path", "floor"};

/* The sonames to look for, best first. */
struct known {
    const char *name;
    const char *prefixes[3]; /* file names start with one of these and go on with .so */
    const char *package;     /* what installs it, for the message when it is missing; NULL: it is in no package */
};

static const struct known known_table[] = {
    {"mimalloc", {"libmimalloc"}, "scripts/setup"},
    {"jemalloc", {"libjemalloc"}, "scripts/setup --peers"},
    {"tcmalloc", {"libtcmalloc_minimal", "libtcmalloc"}, "scripts/setup --peers"},
    {"tbbmalloc", {"libtbbmalloc_proxy"}, "scripts/setup --peers"},
    {"rpmalloc", {"librpmallocwrap", "librpmalloc"}, NULL},
    {"snmalloc", {"libsnmallocshim"}, NULL},
};
enum { KNOWN_COUNT = sizeof known_table / sizeof known_table[0] };

const char *const allocator_known_names[KNOWN_COUNT + 1] = {"mimalloc",  "jemalloc", "tcmalloc",
                                                            "tbbmalloc", "rpmalloc", "snmalloc"};

static int ascending(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

/* The phases that make says there are, of which only those count that are built. */
static size_t phases_listed(const struct paths *paths, char *list, int numbers[PHASES_MAX])
{
    size_t count = 0;
    char *word;
    while (count < PHASES_MAX && (word = text_next(&list, ' '))) {
        int64_t number;
        char *library = text_format("%s/libhakmem-phase%s.so", paths->lib, word);
        if (text_to_integer(word, 0, INT_MAX, &number) && access(library, R_OK) == 0)
            numbers[count++] = (int)number;
        free(library);
    }
    return count;
}

static size_t phases_present(const struct paths *paths, int numbers[PHASES_MAX])
{
    size_t count = 0;
    DIR *folder = opendir(paths->lib);
    if (!folder)
        return 0;
    struct dirent *entry;
    while (count < PHASES_MAX && (entry = readdir(folder))) {
        int number, end = 0;
        if (sscanf(entry->d_name, "libhakmem-phase%d.so%n", &number, &end) == 1 && end && !entry->d_name[end])
            numbers[count++] = number;
    }
    closedir(folder);
    return count;
}

size_t allocator_phases(const struct paths *paths, int numbers[PHASES_MAX])
{
    char *path = text_format("%s/phases", paths->lib);
    char *list = text_file_line(path);
    size_t count = list ? phases_listed(paths, list, numbers) : phases_present(paths, numbers);
    qsort(numbers, count, sizeof *numbers, ascending);
    free(list);
    free(path);
    return count;
}

/* The path at the end of ldconfig's line "  libfoo.so.2 (libc6,x86-64) => /lib/libfoo.so.2" if it is the library. */
static const char *cache_line_path(char *line, const char *prefix)
{
    char *name = text_trim(line);
    size_t length = strlen(prefix);
    char *arrow = strstr(name, " => ");
    return arrow && !strncmp(name, prefix, length) && !strncmp(name + length, ".so", 3) ? arrow + 4 : NULL;
}

static char *search_cache(const char *prefix)
{
    struct lab_error ignored;
    const char *argv[] = {"/sbin/ldconfig", "-p", NULL};
    char *cache = process_output(argv);
    char *rest = cache, *line, *found = NULL;
    while (!found && (line = text_next(&rest, '\n'))) {
        const char *path = cache_line_path(line, prefix);
        if (path && library_check(path, &ignored) == STATUS_DONE)
            found = realpath(path, NULL);
    }
    free(cache);
    return found;
}

static char *search_folders(const char *prefix)
{
    static const char *const folders[] = {"/usr/local/lib", "/usr/local/lib64", "/usr/lib64", "/usr/lib", "/opt/*/lib"};
    struct lab_error ignored;
    char *found = NULL;
    for (size_t i = 0; !found && i < sizeof folders / sizeof folders[0]; i++) {
        char *pattern = text_format("%s/%s.so*", folders[i], prefix);
        glob_t matches;
        int code = glob(pattern, 0, NULL, &matches);
        for (size_t j = 0; !code && !found && j < matches.gl_pathc; j++)
            if (library_check(matches.gl_pathv[j], &ignored) == STATUS_DONE)
                found = realpath(matches.gl_pathv[j], NULL);
        if (!code)
            globfree(&matches);
        free(pattern);
    }
    return found;
}

static char *known_search(const struct known *known)
{
    char *found = NULL;
    for (size_t i = 0; !found && i < sizeof known->prefixes / sizeof known->prefixes[0] && known->prefixes[i]; i++)
        found = search_cache(known->prefixes[i]);
    for (size_t i = 0; !found && i < sizeof known->prefixes / sizeof known->prefixes[0] && known->prefixes[i]; i++)
        found = search_folders(known->prefixes[i]);
    return found;
}

static const struct known *known_named(const char *name)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (!strcmp(known_table[i].name, name))
            return &known_table[i];
    return NULL;
}

bool allocator_installed(const char *name)
{
    const struct known *known = known_named(name);
    char *path = known ? known_search(known) : NULL;
    free(path);
    return path != NULL;
}

char *allocator_system_library(void)
{
    Dl_info info;
    if (dladdr((void *)(size_t)gnu_get_libc_version, &info) && info.dli_fname)
        return realpath(info.dli_fname, NULL);
    return NULL;
}

static int find_phase(const struct paths *paths, int wanted, struct allocator *allocator, struct lab_error *error)
{
    int numbers[PHASES_MAX];
    char list[256] = "";
    size_t count = allocator_phases(paths, numbers), used = 0;
    if (!count)
        return lab_error_set(error, STATUS_FAILED,
                             "no phase of hakmem is built: %s has no libhakmem-phaseN.so; run make", paths->lib);
    if (wanted < 0)
        wanted = numbers[count - 1];
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == wanted) {
            allocator->kind = KIND_PHASE;
            allocator->label = text_format("phase%d", wanted);
            allocator->library = text_format("%s/libhakmem-phase%d.so", paths->lib, wanted);
            allocator->archive = text_format("%s/libhakmem-phase%d.a", paths->lib, wanted);
            return STATUS_DONE;
        }
        used += (size_t)snprintf(list + used, sizeof list - used, "%sphase%d", i ? ", " : "", numbers[i]);
        used = used < sizeof list ? used : sizeof list - 1;
    }
    return lab_error_set(error, STATUS_USAGE, "there is no phase%d; the phases are %s", wanted, list);
}

/* "./libfoo-2.so.1" -> "foo-2"; of hakmem's own variants, "phase3-without-branch_hints" */
static char *label_of_path(const char *path)
{
    const char *name = text_base_name(path);
    if (!strncmp(name, "lib", 3) && strncmp(name, "lib.", 4))
        name += 3;
    if (!strncmp(name, "hakmem-phase", 12))
        name += strlen("hakmem-");
    char *label = text_copy(name);
    char *end = strstr(label, ".so");
    if (end && end != label)
        *end = '\0';
    for (char *c = label; *c; c++)
        if (*c == '#' || *c == ',' || *c == '\x7f' || (*c >= 0 && *c <= ' '))
            *c = '_';
    return label;
}

static int find_path(const char *path, struct allocator *allocator, struct lab_error *error)
{
    int status = library_check(path, error);
    if (status != STATUS_DONE)
        return status;
    allocator->kind = KIND_PATH;
    allocator->library = realpath(path, NULL);
    if (!allocator->library)
        return lab_error_set(error, STATUS_USAGE, "cannot resolve the path %s", path);
    if (!utf8_valid(allocator->library))
        return lab_error_set(error, STATUS_USAGE,
                             "the path %s is not UTF-8 text, and the records can hold nothing else; rename it, or name "
                             "a copy in another folder",
                             allocator->library);
    allocator->label = label_of_path(path);
    return STATUS_DONE;
}

static int find_known(const char *name, struct allocator *allocator, struct lab_error *error)
{
    const struct known *known = known_named(name);
    bool like_library = strstr(name, ".so") != NULL;
    if (!known)
        return lab_error_set(
            error, STATUS_USAGE,
            "unknown allocator '%s'; know phase0..N, hakmem, system, mimalloc, jemalloc, tcmalloc, tbbmalloc, "
            "rpmalloc, snmalloc, all, or a path with a slash (./%s%s%s); './harness list' shows what is here",
            name, like_library ? "" : "lib", name, like_library ? "" : ".so");
    allocator->library = known_search(known);
    if (!allocator->library)
        return lab_error_set(error, STATUS_USAGE,
                             "%s is not on this machine (no %s.so in the linker's cache or /usr/local/lib); %s%s", name,
                             known->prefixes[0],
                             known->package ? "install it with " : "it is in no package: build it and name its path",
                             known->package ? known->package : "");
    allocator->kind = KIND_INSTALLED;
    allocator->label = text_copy(name);
    return STATUS_DONE;
}

static int find(const struct paths *paths, const char *name, struct allocator *allocator, struct lab_error *error)
{
    int64_t number;
    if (!strncmp(name, "phase", 5) && text_to_integer(name + 5, 0, INT_MAX, &number))
        return find_phase(paths, (int)number, allocator, error);
    if (!strcmp(name, "hakmem"))
        return find_phase(paths, -1, allocator, error);
    if (strchr(name, '/'))
        return find_path(name, allocator, error);
    if (strcmp(name, "system") && strcmp(name, "floor"))
        return find_known(name, allocator, error);
    allocator->kind = name[0] == 's' ? KIND_SYSTEM : KIND_FLOOR;
    allocator->label = text_copy(name);
    return STATUS_DONE;
}

int allocator_find(const struct paths *paths, const char *name, struct allocator *allocator, struct lab_error *error)
{
    *allocator = (struct allocator){0};
    int status = find(paths, name, allocator, error);
    if (status)
        allocator_free(allocator);
    return status;
}

void allocator_free(struct allocator *allocator)
{
    free(allocator->label);
    free(allocator->library);
    free(allocator->archive);
    free(allocator->sha256);
    free(allocator->identity);
    *allocator = (struct allocator){0};
}
