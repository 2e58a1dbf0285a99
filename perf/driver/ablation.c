/*
 * The plan of an ablation: which variants of hakmem there are to compare, and what each comparison asks.
 *
 * Make knows the features, and which need which (allocator/ablation.mk); it states the questions, one a line:
 *
 *      without:branch_hints:phase3:phase3-without-branch_hints
 *      alone:packed_flags:phase0-with-dual_lists-packed_flags:phase0-with-dual_lists
 *      group:dual_lists+packed_flags:phase0-with-dual_lists-packed_flags:phase0
 *      whole:all:phase3:phase0
 *
 * A variant whose machine code is that of an arm already planned gets none of its own: it would be timed twice under
 * two names.  A question whose two sides are one arm is answered without timing.
 */
#define _GNU_SOURCE
#include "perf/driver/ablation.h"

#include "perf/driver/library.h"
#include "perf/driver/make.h"
#include "perf/driver/text.h"
#include "perf/driver/variant.h"

#include <stdlib.h>
#include <string.h>

void ablation_free(struct ablation *ablation)
{
    if (!ablation)
        return;
    for (size_t i = 0; i < ablation->count; i++) {
        free(ablation->questions[i].feature);
        free(ablation->questions[i].with);
        free(ablation->questions[i].without);
    }
    free(ablation->phase);
    free(ablation);
}

static struct ablation_question *question_like(struct ablation *ablation, const char *feature, enum ablation_mode mode)
{
    for (size_t i = 0; i < ablation->count; i++)
        if (ablation->questions[i].mode == mode && !strcmp(ablation->questions[i].feature, feature))
            return &ablation->questions[i];
    return NULL;
}

const struct ablation_question *ablation_partner(const struct ablation *ablation,
                                                 const struct ablation_question *question)
{
    enum ablation_mode other = question->mode == ABLATION_ALONE ? ABLATION_WITHOUT : ABLATION_ALONE;
    for (size_t i = 0; i < ablation->count; i++)
        if (ablation->questions[i].mode == other && !strcmp(ablation->questions[i].feature, question->feature))
            return &ablation->questions[i];
    return NULL;
}

/* One line of make's; false when it is none. */
static bool read_question(struct ablation *ablation, char *line)
{
    char *kind = text_next(&line, ':');
    char *feature = line ? text_next(&line, ':') : NULL;
    char *with = line ? text_next(&line, ':') : NULL;
    if (!with || !line || ablation->count == ABLATION_QUESTIONS_MAX)
        return false;
    enum ablation_mode mode = strcmp(kind, "without") ? ABLATION_ALONE : ABLATION_WITHOUT;
    bool group = !strcmp(kind, "group");
    struct ablation_question *known = question_like(ablation, feature, mode);
    if (known) {
        known->group = known->group || group;
        return true;
    }
    ablation->questions[ablation->count++] = (struct ablation_question){.feature = text_copy(feature),
                                                                        .mode = mode,
                                                                        .group = group,
                                                                        .with = text_copy(with),
                                                                        .without = text_copy(line)};
    return true;
}

static int ask(struct ablation *ablation, const struct paths *paths, struct lab_error *error)
{
    char *target = text_format("ablation-questions-%s", ablation->phase + strlen("phase"));
    char *answer = make_words(paths, target);
    char *rest = answer, *line;
    bool good = answer != NULL;
    while (good && (line = text_next(&rest, '\n')))
        good = !*text_trim(line) || read_question(ablation, line);
    free(answer);
    int status = STATUS_DONE;
    if (!good)
        status = lab_error_set(error, STATUS_FAILED,
                               "'make %s' does not list the variants; ablate needs the project's tree", target);
    else if (!ablation->count)
        status = lab_error_set(error, STATUS_USAGE, "%s has no feature to leave out; name a later one with --phase",
                               ablation->phase);
    free(target);
    return status;
}

/* Builds all variants at once, which is quicker than one by one. */
static int build(const struct ablation *ablation, const struct paths *paths, struct lab_error *error)
{
    char *files[2 * ABLATION_QUESTIONS_MAX] = {0};
    size_t count = 0;
    for (size_t i = 0; i < ablation->count; i++) {
        files[count++] = variant_library(paths, ablation->questions[i].with);
        files[count++] = variant_library(paths, ablation->questions[i].without);
    }
    int status = make_files(paths, files, count, error);
    for (size_t i = 0; i < count; i++)
        free(files[i]);
    return status;
}

/* The arm of a variant: that of the same name or the same code, or a new one. */
static int arm_of(struct plan *plan, const struct paths *paths, const char *name, size_t *arm, struct lab_error *error)
{
    char *library = variant_library(paths, name);
    bool known = false;
    for (*arm = 0; *arm < plan->allocator_count; ++*arm) {
        const struct allocator *other = &plan->allocators[*arm];
        known = !strcmp(other->label, name) || library_same_code(other->library, library);
        if (known)
            break;
    }
    if (!known && plan->allocator_count == PLAN_ALLOCATORS_MAX - 2) {
        free(library);
        return lab_error_set(error, STATUS_FAILED, "more variants than the %d arms that a run can have",
                             PLAN_ALLOCATORS_MAX - 2);
    }
    if (!known)
        plan->allocators[plan->allocator_count++] =
            (struct allocator){.kind = KIND_PHASE, .label = text_copy(name), .library = library};
    else
        free(library);
    return STATUS_DONE;
}

static bool pair_known(const struct plan *plan, size_t baseline, size_t candidate)
{
    for (size_t i = 0; i < plan->pair_count; i++)
        if (plan->pairs[i].baseline == baseline && plan->pairs[i].candidate == candidate)
            return true;
    return false;
}

static int add_question(struct plan *plan, const struct paths *paths, struct ablation_question *question,
                        struct lab_error *error)
{
    int status = arm_of(plan, paths, question->with, &question->with_arm, error);
    if (!status)
        status = arm_of(plan, paths, question->without, &question->without_arm, error);
    if (!status && question->with_arm != question->without_arm &&
        !pair_known(plan, question->without_arm, question->with_arm))
        plan_add_pair(plan, question->without_arm, question->with_arm);
    return status;
}

/* Interactions: of each group that can be left out, and of the whole. */
static size_t interactions(const struct ablation *ablation)
{
    size_t count = 1;
    for (size_t i = 0; i < ablation->count; i++)
        count += ablation->questions[i].group && ablation_partner(ablation, &ablation->questions[i]);
    return count;
}

int ablation_plan(struct plan *plan, const struct paths *paths, const struct options *options, struct lab_error *error)
{
    size_t arm;
    struct allocator phase;
    char *name = options->phase < 0 ? text_copy("hakmem") : text_format("phase%lld", (long long)options->phase);
    plan_begin(plan, options);
    plan->ablation = memory_take(1, sizeof *plan->ablation);
    int status = allocator_find(paths, name, &phase, error);
    free(name);
    if (status)
        return status;
    plan->ablation->phase = text_copy(phase.label);
    allocator_free(&phase);
    status = ask(plan->ablation, paths, error);
    if (!status)
        status = build(plan->ablation, paths, error);
    if (!status)
        status = arm_of(plan, paths, "phase0", &arm, error);
    if (!status)
        status = arm_of(plan, paths, plan->ablation->phase, &arm, error);
    for (size_t i = 0; i < plan->ablation->count && !status; i++)
        status = add_question(plan, paths, &plan->ablation->questions[i], error);
    if (!status && !plan->pair_count)
        status = lab_error_set(error, STATUS_FAILED, "all variants of %s are the same machine code: nothing to time",
                               plan->ablation->phase);
    if (status)
        return status;
    plan->claims_more = interactions(plan->ablation);
    plan->table_baseline = 0;
    plan->repeated = arm;
    return plan_finish(plan, paths, options, error);
}
