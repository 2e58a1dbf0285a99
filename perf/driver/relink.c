/*
 * Layout randomisation by link order.
 *
 * Where functions lie, and how they are aligned against cache lines and the branch predictor's tables, can make a
 * program some percent faster or slower; a comparison of one build with another then compares two such accidents.
 * Here the same objects are linked in several orders, each round runs all arms in another of them, and the accident
 * becomes part of the spread instead of part of the result.
 *
 *      round:        1   2   3   4   5   6   ...
 *      link order:   2   3   1   2   3   1         (of three)
 *
 * T. Mytkowicz, A. Diwan, M. Hauswirth, P. Sweeney, Producing wrong data without doing anything obviously wrong!,
 * ASPLOS 2009.
 */
#define _GNU_SOURCE
#include "perf/driver/relink.h"

#include "perf/driver/library.h"
#include "perf/driver/make.h"
#include "perf/driver/plan.h"
#include "perf/driver/text.h"

#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = RELINK_MOST * 2 * (PLAN_ALLOCATORS_MAX + 64) };

struct relink {
    size_t orders;
    size_t arm_count;                                      /* in each order */
    struct arm arms[RELINK_MOST][PLAN_ALLOCATORS_MAX + 1]; /* by order, then as in the plan */
    char *files[FILES_MAX];                                /* all of order 0, then all of order 1, ... */
    char *hashes[FILES_MAX];                               /* SHA-256 of each */
    size_t file_count;
};

/* Phases of the tree are built here; leave-one-out variants and what is installed are not. */
static bool is_relinked(const struct arm *arm)
{
    return arm->allocator->kind == KIND_PHASE && !strchr(arm->allocator->label, '-');
}

static void add_file(struct relink *relink, char *owned)
{
    for (size_t i = 0; i < relink->file_count; i++) {
        if (strcmp(relink->files[i], owned))
            continue;
        free(owned);
        return;
    }
    if (relink->file_count == FILES_MAX)
        abort();
    relink->files[relink->file_count++] = owned;
}

/* Where make puts what is linked in an order; without "..", for make knows its targets by one name each. */
static char *build_folder(const struct paths *paths, size_t order)
{
    char *bin = realpath(paths->bin, NULL);
    char *slash = bin ? strrchr(bin, '/') : NULL;
    if (slash)
        *slash = '\0';
    char *folder = text_format("%s/relink/%zu", bin ? bin : "", order + 1);
    free(bin);
    return folder;
}

/* One arm in one order: its programs, and its library when that is built here. */
static void arm_relink(struct relink *relink, size_t order, const struct plan *plan, size_t index,
                       const struct paths *paths)
{
    const struct arm *original = &plan->arms[index];
    struct arm *arm = &relink->arms[order][index];
    char *build = build_folder(paths, order);
    arm_make(arm, paths, original->allocator, plan->linkage);
    if (!original->reference) {
        arm->link_order = order + 1;
        free(arm->folder);
        arm->folder = text_format("%s/bin", build);
        for (size_t i = 0; i < plan->workload_count; i++)
            add_file(relink, arm_program(arm, workload_program(&plan->workloads[i])));
    }
    if (arm->preload && is_relinked(original)) {
        free(arm->preload);
        arm->preload = text_format("%s/lib/%s", build, text_base_name(original->preload));
        add_file(relink, text_copy(arm->preload));
    }
    free(build);
}

/* Link orders that left the code as it was would randomise nothing. */
static int check_orders(const struct relink *relink, struct lab_error *error)
{
    size_t each = relink->file_count / relink->orders;
    for (size_t i = 0; i < each; i++)
        for (size_t order = 1; order < relink->orders; order++)
            if (library_same_code(relink->files[i], relink->files[order * each + i]))
                return lab_error_set(error, STATUS_FAILED,
                                     "--relink: %s and %s are the same code; remove the folder relink and try again",
                                     relink->files[i], relink->files[order * each + i]);
    return STATUS_DONE;
}

int relink_make(struct relink **made, const struct plan *plan, const struct paths *paths, size_t orders,
                struct lab_error *error)
{
    struct relink *relink = memory_take(1, sizeof *relink);
    *made = relink;
    relink->orders = orders;
    relink->arm_count = plan->allocator_count;
    for (size_t order = 0; order < orders; order++)
        for (size_t i = 0; i < relink->arm_count; i++)
            arm_relink(relink, order, plan, i, paths);
    int status = make_files(paths, relink->files, relink->file_count, error);
    for (size_t i = 0; i < relink->file_count && !status; i++)
        relink->hashes[i] = library_sha256(relink->files[i]);
    return status ? status : check_orders(relink, error);
}

int relink_add_repeat(struct relink *relink, const struct plan *plan, const char *folder, struct lab_error *error)
{
    int status = STATUS_DONE;
    for (size_t order = 0; order < relink->orders && !status; order++) {
        struct arm *arms = relink->arms[order];
        char *own = text_format("%s/relink-%zu", folder, order + 1);
        status =
            arm_repeat(&arms[plan->repeat], &arms[plan->repeated], own, plan->workloads, plan->workload_count, error);
        arms[plan->repeat].link_order = order + 1;
        free(own);
    }
    relink->arm_count = plan->repeat + 1;
    return status;
}

const struct arm *relink_arm(const struct relink *relink, size_t arm, size_t round)
{
    return &relink->arms[round % relink->orders][arm];
}

json_t *relink_json(const struct relink *relink)
{
    json_t *files = json_array();
    for (size_t i = 0; i < relink->file_count; i++)
        json_array_append_new(files, json_pack("{s:s, s:s?}", "path", relink->files[i], "sha256", relink->hashes[i]));
    return json_pack("{s:I, s:o}", "orders", (json_int_t)relink->orders, "files", files);
}

char *relink_changed_file(const struct relink *relink)
{
    for (size_t i = 0; i < relink->file_count; i++) {
        char *now = library_sha256(relink->files[i]);
        bool same = now && relink->hashes[i] && !strcmp(now, relink->hashes[i]);
        free(now);
        if (!same)
            return text_copy(relink->files[i]);
    }
    return NULL;
}

void relink_free(struct relink *relink)
{
    if (!relink)
        return;
    for (size_t order = 0; order < relink->orders; order++)
        for (size_t i = 0; i < relink->arm_count; i++)
            arm_free(&relink->arms[order][i]);
    for (size_t i = 0; i < relink->file_count; i++) {
        free(relink->files[i]);
        free(relink->hashes[i]);
    }
    free(relink);
}
