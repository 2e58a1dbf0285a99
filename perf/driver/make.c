/*
 * Building on demand: the variants that plain make does not build (counting builds, a phase less one feature) are many,
 * and most runs need none of them.
 *
 * CC and CFLAGS reach make through the environment, as they did when the harness itself was built by its launcher, so
 * that the flavour is the harness's own.
 */
#define _GNU_SOURCE
#include "perf/driver/make.h"

#include "perf/driver/process.h"
#include "perf/driver/progress.h"
#include "perf/driver/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAKE_TIMEOUT_S 600 /* a variant takes a second, all of an ablation's a minute */

enum { FIXED_WORDS = 11 };

/* The path as the Makefile calls it, relative to the root; NULL when it is outside. */
static const char *target_name(const char *root, const char *file)
{
    size_t length = strlen(root);
    return !strncmp(file, root, length) && file[length] == '/' ? file + length + 1 : NULL;
}

static bool can_make(const struct paths *paths, const char *root, const char *file)
{
    char *makefile = text_format("%s/Makefile", paths->root);
    bool can = access(makefile, R_OK) == 0 && root && (!file || target_name(root, file));
    free(makefile);
    return can;
}

static int check_existing(char *const *files, size_t count, struct lab_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (access(files[i], R_OK))
            return lab_error_set(error, STATUS_FAILED,
                                 "%s is not there, and cannot be built outside the project's tree", files[i]);
    return STATUS_DONE;
}

/* argv of a make in the root; the variables of a make that this one runs under must not reach it. */
static const char **make_command(const char *root, size_t targets)
{
    const char **argv = memory_take(FIXED_WORDS + targets + 1, sizeof *argv);
    const char *fixed[FIXED_WORDS] = {"env",       "-u",   "MAKEFLAGS", "-u", "MFLAGS", "-u",
                                      "MAKELEVEL", "make", "-s",        "-C", root};
    memcpy(argv, fixed, sizeof fixed);
    return argv;
}

static int make_run(const char *const *argv, struct lab_error *error)
{
    struct process process = {.argv = argv, .timeout_s = MAKE_TIMEOUT_S};
    struct process_end end;
    int code = process_run(&process, &end);
    int status = STATUS_DONE;
    if (!code && end.interrupted)
        status = lab_error_set(error, STATUS_INTERRUPTED, "interrupted");
    else if (code || end.exit_status)
        status = lab_error_set(error, STATUS_FAILED, "cannot build %s: %s", argv[FIXED_WORDS],
                               code ? strerror(-code) : end.complaint);
    process_end_free(&end);
    return status;
}

int make_files(const struct paths *paths, char *const *files, size_t count, struct lab_error *error)
{
    struct progress progress;
    char *root = realpath(paths->root, NULL);
    int status = STATUS_DONE;
    if (!count || !can_make(paths, root, files[0])) {
        free(root);
        return check_existing(files, count, error);
    }
    const char **argv = make_command(root, count);
    for (size_t i = 0; i < count; i++)
        argv[FIXED_WORDS + i] = target_name(root, files[i]);
    progress_begin(&progress);
    if (check_existing(files, count, error))
        progress_show(&progress, count == 1 ? "building a variant" : "building variants", -1);
    status = make_run(argv, error);
    progress_end(&progress);
    free(argv);
    free(root);
    return status;
}

char *make_words(const struct paths *paths, const char *target)
{
    char *root = realpath(paths->root, NULL);
    char *words = NULL;
    if (can_make(paths, root, NULL)) {
        const char **argv = make_command(root, 1);
        argv[FIXED_WORDS] = target;
        words = process_output(argv);
        free(argv);
    }
    free(root);
    return words;
}
