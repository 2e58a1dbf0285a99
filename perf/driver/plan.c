/*
 * The plan: which arms, on which workloads, compared how, how long.
 *
 * A comparison is a claim, and several claims made at once at 95 % each would be wrong together far more often than 5
 * %: the error allowed is divided by the number of comparisons on one workload (Bonferroni).  That also decides how
 * many rounds a claim needs, because a sign-test interval of n values cannot be surer than 1 - 2^(1-n).
 */
#define _GNU_SOURCE
#include "perf/driver/plan.h"

#include "perf/driver/ablation.h"
#include "perf/driver/board.h"
#include "perf/driver/lane_budget.h"
#include "perf/driver/lane_order.h"
#include "perf/driver/library.h"
#include "perf/driver/machine.h"
#include "perf/driver/placement.h"
#include "perf/driver/program.h"
#include "perf/driver/scaling.h"
#include "perf/driver/statistics.h"
#include "perf/driver/text.h"
#include "perf/driver/variant.h"
#include "perf/driver/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ROUNDS_DEFAULT = 12, /* before a workload may end on a narrow interval */
    ROUNDS_MOST = 40     /* more would cost minutes for tenths of a percent */
};

/* Lengths in seconds.  The lab's limits leave room for its report within 5 minutes and, quick, within one, where the
 * lanes keep to their least budget: what more they need for many allocators comes on top. */
static const struct {
    double limit_lab, limit_compare, limit_ablate; /* of the whole run */
    double sample_max; /* a sample longer than this buys little: rounds narrow the interval faster */
} lengths[] = {{270, 270, 600, 0.5}, {45, 45, 90, 0.2}};

#define LANES_LOAN      0.75 /* of the lanes' time, what a claim's rounds may take of it on a machine that got slower */
#define SAMPLE_MIN_S    0.02 /* below this, starting the process weighs more than the work */
#define SAMPLE_FIXED_S  0.25 /* with --rounds and no limit */
#define BUDGET_SHARE    0.8  /* of the time limit that is planned; the rest is for calibration, starts and reruns */
#define REFERENCE_SHARE 0.5  /* of a sample's time that the floor is expected to take */

static int add_found(struct plan *plan, struct allocator *found, bool silently, struct lab_error *error)
{
    for (size_t i = 0; i < plan->allocator_count; i++) {
        struct allocator *other = &plan->allocators[i];
        if (strcmp(other->label, found->label))
            continue;
        bool same = found->kind != KIND_PATH || !strcmp(other->library ? other->library : "", found->library);
        int status = STATUS_DONE;
        if (!same) {
            char *label = text_format("%s-%zu", found->label, plan->allocator_count + 1);
            free(found->label);
            found->label = label;
            continue;
        }
        if (!silently)
            status = lab_error_set(
                error, STATUS_USAGE,
                "%s is named twice; the A/A' arm that every run has already compares an allocator with itself",
                found->label);
        allocator_free(found);
        return status;
    }
    if (plan->allocator_count + 1 >= PLAN_ALLOCATORS_MAX) {
        allocator_free(found);
        return lab_error_set(error, STATUS_USAGE, "at most %d allocators can be compared at once",
                             PLAN_ALLOCATORS_MAX - 2);
    }
    plan->allocators[plan->allocator_count++] = *found;
    return STATUS_DONE;
}

/* A variant, such as phase3-without-direct_cache, is built when it is named; any other allocator has to be there. */
static int find_named(const struct paths *paths, const char *name, struct allocator *found, struct lab_error *error)
{
    bool variant = !strncmp(name, "phase", strlen("phase")) && strchr(name, '-') && !strchr(name, '/');
    return variant ? variant_find(paths, name, found, error) : allocator_find(paths, name, found, error);
}

static int add_named(struct plan *plan, const struct paths *paths, const char *name, bool silently,
                     struct lab_error *error)
{
    struct allocator found;
    int status = find_named(paths, name, &found, error);
    if (status)
        return status;
    if (found.kind == KIND_FLOOR) {
        allocator_free(&found);
        return lab_error_set(error, STATUS_USAGE,
                             "floor is no allocator to compare with: it runs in every comparison as the reference");
    }
    return add_found(plan, &found, silently, error);
}

static int add_all(struct plan *plan, const struct paths *paths, bool phases, struct lab_error *error)
{
    int numbers[PHASES_MAX];
    int status = STATUS_DONE;
    for (size_t i = phases ? allocator_phases(paths, numbers) : 0; i-- && !status;) {
        char *name = text_format("phase%d", numbers[i]);
        status = add_named(plan, paths, name, true, error);
        free(name);
    }
    for (size_t i = 0; allocator_known_names[i] && !status; i++)
        if (allocator_installed(allocator_known_names[i]))
            status = add_named(plan, paths, allocator_known_names[i], true, error);
    return status ? status : add_named(plan, paths, "system", true, error);
}

/* The floor, where every workload has its program for it. */
static void add_floor(struct plan *plan, const struct paths *paths)
{
    bool built = true;
    for (size_t i = 0; i < plan->workload_count; i++) {
        char *program = paths_program(paths, workload_program(&plan->workloads[i]), "floor");
        built = built && access(program, X_OK) == 0;
        free(program);
    }
    if (built)
        plan->allocators[plan->allocator_count++] = (struct allocator){.kind = KIND_FLOOR, .label = text_copy("floor")};
}

static int check_linkage(const struct plan *plan, struct lab_error *error)
{
    for (size_t i = 0; i < plan->allocator_count && plan->linkage == LINKAGE_STATIC; i++)
        if (!plan->allocators[i].archive)
            return lab_error_set(
                error, STATUS_USAGE,
                "--linkage static is for phases against phases: %s cannot be linked in; leave the option out, "
                "and every allocator is preloaded into the same program",
                plan->allocators[i].label);
    return STATUS_DONE;
}

void plan_add_pair(struct plan *plan, size_t baseline, size_t candidate)
{
    if (plan->pair_count < PLAN_PAIRS_MAX)
        plan->pairs[plan->pair_count++] = (struct pair){.baseline = baseline, .candidate = candidate};
}

/* Two arms with the same code: whatever difference came out would be noise. */
static int check_codes(const struct plan *plan, struct lab_error *error)
{
    for (size_t i = 0; i < plan->pair_count; i++) {
        const struct allocator *left = &plan->allocators[plan->pairs[i].baseline];
        const struct allocator *right = &plan->allocators[plan->pairs[i].candidate];
        if (left->library && right->library && library_same_code(left->library, right->library))
            return lab_error_set(
                error, STATUS_USAGE,
                "%s and %s are the same machine code (%s, %s): a difference between them could only be noise",
                right->label, left->label, right->library, left->library);
    }
    return STATUS_DONE;
}

int plan_workload_options(struct workload *workload, const struct paths *paths, const struct options *options,
                          struct lab_error *error)
{
    int status = workload_set(workload, "seed", (int64_t)options->seed, error);
    if (!status && options->threads && workload_limit(workload, "threads") > 1)
        status = workload_set(workload, "threads", options->threads, error);
    if (!status && options->ops)
        status = workload_set(workload, "ops", options->ops, error);
    for (size_t i = 0; i < options->param_count && !status; i++)
        status = workload_set(workload, options->params[i].name, options->params[i].value, error);
    return status ? status : placement_find(workload, paths, options->pin, workload_get(workload, "threads"), error);
}

/* A program that is not ours is pinned only if that is asked for: it may have as many threads as it likes. */
static int plan_program(struct plan *plan, const struct paths *paths, const struct options *options,
                        struct lab_error *error)
{
    int status = program_make_workload(paths, options, &plan->workloads, &plan->workload_count, error);
    plan->program = true;
    plan->pin = options->pin ? options->pin : "none";
    int64_t threads = options->threads ? options->threads : 1;
    return status || !options->pin ? status : placement_find(plan->workloads, paths, options->pin, threads, error);
}

static int plan_workloads(struct plan *plan, const struct paths *paths, const struct options *options,
                          struct lab_error *error)
{
    if (options->program)
        return plan_program(plan, paths, options, error);
    bool can_thread = !options->threads;
    int status = workloads_find(paths, options->workload, &plan->workloads, &plan->workload_count, error);
    if (!status && options->thread_count_number > 1)
        status = scaling_expand(plan, options, error);
    for (size_t i = 0; i < plan->workload_count && !status; i++) {
        status = plan_workload_options(&plan->workloads[i], paths, options, error);
        can_thread = can_thread || workload_limit(&plan->workloads[i], "threads") > 1;
    }
    if (!status && !can_thread)
        status =
            lab_error_set(error, STATUS_USAGE, "--threads %lld: none of these workloads can use more than one thread",
                          (long long)options->threads);
    return status;
}

/* Returns what of the lab's limit is theirs. */
static double reserve_for_lanes(struct plan *plan)
{
    struct lane_budget budget = lane_budget_of(lane_pairs(plan), machine_threads(), plan->quick);
    plan->lanes_s = lane_budget_total_s(&budget);
    return lane_budget_least_s(plan->quick);
}

static void plan_lengths(struct plan *plan, const struct options *options)
{
    size_t index = options->quick;
    size_t needed = statistics_rounds_needed(plan->alpha);
    size_t usual = !options->quick && ROUNDS_DEFAULT > needed ? ROUNDS_DEFAULT : needed;
    plan->rounds_min = options->rounds ? (size_t)options->rounds : usual;
    plan->rounds_max = options->rounds                         ? (size_t)options->rounds
                       : options->quick || usual > ROUNDS_MOST ? usual
                                                               : ROUNDS_MOST;
    double limit_s = plan->lab        ? lengths[index].limit_lab
                     : plan->ablation ? lengths[index].limit_ablate
                                      : lengths[index].limit_compare;
    if (options->time_limit_s > 0)
        limit_s = options->time_limit_s;
    else if (options->rounds)
        limit_s = NAN;
    else if (plan->lab && !options->no_lanes)
        limit_s -= reserve_for_lanes(plan);
    plan->time_limit_s = limit_s;
    plan->sample_s = isnan(limit_s) ? SAMPLE_FIXED_S : lengths[index].sample_max;
    if (isnan(limit_s))
        return;
    bool floor = plan->allocators[plan->allocator_count - 1].kind == KIND_FLOOR;
    double arms = (double)(plan->allocator_count + 1 - floor) + floor * REFERENCE_SHARE;
    double blocks = (double)(plan->rounds_min + 1) * (double)plan->workload_count;
    plan->sample_s = fmax(SAMPLE_MIN_S, fmin(plan->sample_s, BUDGET_SHARE * limit_s / (blocks * arms)));
}

double plan_limit_s(const struct plan *plan, size_t round)
{
    return plan->time_limit_s + (round <= plan->rounds_min ? LANES_LOAN * plan->lanes_s : 0);
}

/* Walks through the files that are measured: path and place of its hash.  false at the end. */
static bool next_file(struct plan *plan, size_t index, char **path, char ***hash)
{
    size_t programs = plan->linkage == LINKAGE_PRELOAD ? plan->workload_count : 0;
    if (index < plan->allocator_count) {
        *path = arm_allocator_file(&plan->arms[index]);
        *hash = &plan->allocators[index].sha256;
        return true;
    }
    index -= plan->allocator_count;
    if (index >= programs)
        return false;
    const struct program *program = plan->workloads[index].program;
    *path = program ? text_copy(program->path) : arm_program(&plan->arms[0], workload_program(&plan->workloads[index]));
    *hash = &plan->workloads[index].sha256;
    return true;
}

static void take_hashes(struct plan *plan)
{
    char *path, **hash;
    for (size_t i = 0; next_file(plan, i, &path, &hash); i++) {
        *hash = path ? library_sha256(path) : NULL;
        free(path);
    }
}

char *plan_changed_file(struct plan *plan)
{
    char *path, **hash;
    for (size_t i = 0; next_file(plan, i, &path, &hash); i++) {
        char *now = path ? library_sha256(path) : NULL;
        bool same = !*hash || (now && !strcmp(now, *hash));
        free(now);
        if (!same)
            return path;
        free(path);
    }
    return plan->relink ? relink_changed_file(plan->relink) : NULL;
}

const struct arm *plan_arm(const struct plan *plan, size_t arm, size_t round)
{
    return plan->relink ? relink_arm(plan->relink, arm, round) : &plan->arms[arm];
}

int plan_finish(struct plan *plan, const struct paths *paths, const struct options *options, struct lab_error *error)
{
    int status = check_linkage(plan, error);
    if (!status && !options->same_code)
        status = check_codes(plan, error);
    if (!status)
        status = plan_workloads(plan, paths, options, error);
    if (!status)
        status = counting_find(&plan->counting, paths, options->group ? options->group : COUNTING_GROUPS,
                               options->group != NULL, error);
    if (!status && options->require_pmu && plan->counting.reason)
        status = lab_error_set(error, STATUS_FAILED,
                               "--require-pmu: no hardware counters: %s; './harness doctor' says what would help",
                               plan->counting.reason);
    if (!status && options->relink && plan->program)
        status =
            lab_error_set(error, STATUS_USAGE, "--relink is for the lab's own workloads, not for a program of yours");
    if (status)
        return status;
    plan->simulate = options->simulate || (plan->lab && plan->counting.reason && !options->no_lanes);
    plan->latency_rounds = (int)options->latency_rounds;
    plan->latency = options->latency || (plan->lab && !options->no_lanes);
    plan->memory = options->memory || (plan->lab && !options->no_lanes);
    if (!plan->program && !options->same_code)
        add_floor(plan, paths);
    for (size_t i = 0; i < plan->allocator_count; i++)
        arm_make(&plan->arms[plan->arm_count++], paths, &plan->allocators[i], plan->linkage);
    take_hashes(plan);
    plan->alpha = (1 - CONFIDENCE) / (double)(plan->pair_count + plan->claims_more);
    plan_lengths(plan, options);
    if (options->ops || plan->program)
        plan->sample_s = NAN;
    return options->relink ? relink_make(&plan->relink, plan, paths, (size_t)options->relink, error) : STATUS_DONE;
}

void plan_begin(struct plan *plan, const struct options *options)
{
    *plan = (struct plan){.linkage = options->linkage,
                          .quick = options->quick,
                          .seed = options->seed,
                          .timeout_s = options->timeout_s,
                          .pin = options->pin ? options->pin : "compact",
                          .without_thp = options->without_thp,
                          .repeat = NO_ARM,
                          .table_baseline = NO_ARM};
}

static int add_words(struct plan *plan, const struct paths *paths, const struct options *options,
                     struct lab_error *error)
{
    int status = STATUS_DONE;
    for (size_t i = 0; i < options->word_count && !status; i++)
        status = strcmp(options->words[i], "all") ? add_named(plan, paths, options->words[i], false, error)
                                                  : add_all(plan, paths, !options->board, error);
    return status;
}

/* Finds --baseline among the allocators, adding it when it is not named otherwise. */
static int find_baseline(struct plan *plan, const struct paths *paths, const char *name, struct lab_error *error)
{
    struct allocator wanted;
    int status = find_named(paths, name, &wanted, error);
    if (status)
        return status;
    char *label = text_copy(wanted.label);
    allocator_free(&wanted);
    status = add_named(plan, paths, name, true, error);
    for (size_t i = 0; i < plan->allocator_count && !status; i++)
        if (!strcmp(plan->allocators[i].label, label))
            plan->table_baseline = i;
    free(label);
    return status;
}

int plan_compare(struct plan *plan, const struct paths *paths, const struct options *options, struct lab_error *error)
{
    plan_begin(plan, options);
    int status = add_words(plan, paths, options, error);
    if (!status && options->baseline)
        status = find_baseline(plan, paths, options->baseline, error);
    if (status)
        return status;
    if (options->program && (options->simulate || options->latency || options->memory))
        return lab_error_set(error, STATUS_USAGE,
                             "--simulate, --latency and --memory are for the lab's own workloads, which are built with "
                             "what they need; not for a program of yours");
    if (options->ignore_output && !options->program)
        return lab_error_set(error, STATUS_USAGE, "--ignore-output is for a program behind '--'");
    if (options->input && !options->program)
        return lab_error_set(error, STATUS_USAGE, "--input is for a program behind '--'");
    if (options->prepare && !options->program)
        return lab_error_set(error, STATUS_USAGE, "--prepare is for a program behind '--'");
    if (options->expected_status && !options->program)
        return lab_error_set(error, STATUS_USAGE, "--expect-status is for a program behind '--'");
    if (plan->allocator_count < 2)
        return lab_error_set(error, STATUS_USAGE,
                             "compare needs two allocators or more, such as './harness compare hakmem mimalloc'; "
                             "'./harness list' shows what is here");
    if (options->board && (status = board_check(plan, error)))
        return status;
    if (!options->baseline && plan->allocator_count == 2)
        plan->table_baseline = 1;
    size_t baseline = plan->table_baseline;
    for (size_t i = 0; i < plan->allocator_count; i++) {
        if (baseline != NO_ARM && i != baseline)
            plan_add_pair(plan, baseline, i);
        else if (baseline == NO_ARM && i)
            plan_add_pair(plan, i, 0);
    }
    plan->repeated = baseline == 0;
    /* What is copied for A/A' is what is preloaded: a program that is not ours may not run from another place. */
    if (options->program && !plan->allocators[plan->repeated].library)
        plan->repeated = !plan->repeated;
    return plan_finish(plan, paths, options, error);
}

/* A variant beside the phases, unless it is one of them under another name: that would be timed twice. */
static int add_variant(struct plan *plan, const struct paths *paths, const char *name, struct lab_error *error)
{
    struct allocator found;
    int status = variant_find(paths, name, &found, error);
    if (status)
        return status;
    for (size_t i = 0; i < plan->allocator_count; i++) {
        if (!library_same_code(plan->allocators[i].library, found.library))
            continue;
        plan->remark =
            text_format("%s is the same machine code as %s: no arm of its own", name, plan->allocators[i].label);
        allocator_free(&found);
        return STATUS_DONE;
    }
    return add_found(plan, &found, false, error);
}

/* A phase that is the code of the one before it measures nothing but noise: the run says so. */
static void remark_equal_phases(struct plan *plan, size_t newest)
{
    for (size_t i = 1; i <= newest && !plan->remark; i++)
        if (library_same_code(plan->allocators[i - 1].library, plan->allocators[i].library))
            plan->remark = text_format("%s is the same machine code as %s: what differs between them is noise",
                                       plan->allocators[i].label, plan->allocators[i - 1].label);
}

/* Every arm against phase0; and the phase in question against what is not hakmem. */
static void lab_pairs(struct plan *plan, size_t newest)
{
    for (size_t i = 1; i < plan->allocator_count; i++)
        plan_add_pair(plan, 0, i);
    for (size_t i = newest + 1; i < plan->allocator_count && newest; i++)
        plan_add_pair(plan, i, newest);
}

int plan_lab(struct plan *plan, const struct paths *paths, const struct options *options, struct lab_error *error)
{
    int numbers[PHASES_MAX];
    char *wanted = options->phase < 0 ? text_copy("hakmem") : text_format("phase%lld", (long long)options->phase);
    struct allocator newest;
    plan_begin(plan, options);
    plan->lab = true;
    int status = allocator_find(paths, wanted, &newest, error);
    free(wanted);
    if (status)
        return status;
    size_t count = allocator_phases(paths, numbers);
    for (size_t i = 0; i < count && !status; i++) {
        char *name = text_format("phase%d", numbers[i]);
        status = add_named(plan, paths, name, false, error);
        bool last = !strcmp(name, newest.label);
        free(name);
        if (last)
            break;
    }
    allocator_free(&newest);
    plan->repeated = plan->allocator_count - 1;
    plan->table_baseline = 0;
    if (!status && options->variant)
        status = add_variant(plan, paths, options->variant, error);
    if (!status)
        status = add_named(plan, paths, "mimalloc", false, error);
    if (!status)
        status = add_named(plan, paths, "system", false, error);
    if (status)
        return status;
    remark_equal_phases(plan, plan->repeated);
    lab_pairs(plan, plan->repeated);
    return plan_finish(plan, paths, options, error);
}

int plan_add_repeat(struct plan *plan, const char *folder, struct lab_error *error)
{
    plan->repeat = plan->arm_count++;
    int status = arm_repeat(&plan->arms[plan->repeat], &plan->arms[plan->repeated], folder, plan->workloads,
                            plan->workload_count, error);
    return status || !plan->relink ? status : relink_add_repeat(plan->relink, plan, folder, error);
}

const char *plan_kind(const struct plan *plan)
{
    return plan->ablation ? "ablate" : plan->lab ? "lab" : "compare";
}

void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->arm_count; i++)
        arm_free(&plan->arms[i]);
    for (size_t i = 0; i < plan->allocator_count; i++)
        allocator_free(&plan->allocators[i]);
    counting_free(&plan->counting);
    relink_free(plan->relink);
    free(plan->remark);
    json_decref(plan->provenance);
    ablation_free(plan->ablation);
    workloads_free(plan->workloads, plan->workload_count);
}
