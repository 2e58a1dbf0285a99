/*
 * What the lab finds out besides times: counts, sizes of code, and what the roadmap says to all of it.
 */
#define _GNU_SOURCE
#include "perf/driver/findings.h"

#include "perf/driver/census_json.h"
#include "perf/driver/code_size.h"
#include "perf/driver/make.h"
#include "perf/driver/roadmap.h"
#include "perf/driver/tally.h"
#include "perf/driver/text.h"
#include "perf/driver/variant.h"

#include <stdlib.h>

#define OPS_SHARE 10 /* of the workload's usual operations, as a divisor: many times what counts need to settle */

int findings_build_counting(const struct plan *plan, const struct paths *paths, size_t *count, struct lab_error *error)
{
    char *files[PLAN_ALLOCATORS_MAX];
    *count = 0;
    for (size_t i = 0; i < plan->allocator_count; i++)
        if (plan->allocators[i].kind == KIND_PHASE)
            files[(*count)++] = variant_counting_library(paths, plan->allocators[i].label);
    int status = make_files(paths, files, *count, error);
    for (size_t i = 0; i < *count; i++)
        free(files[i]);
    return status;
}

static int count_variant(json_t *list, const struct plan *plan, const struct paths *paths, size_t index,
                         const struct workload *workload, struct lab_error *error)
{
    struct allocator allocator = {.kind = KIND_PHASE, .label = plan->allocators[index].label};
    json_t *tally = NULL;
    allocator.library = variant_counting_library(paths, allocator.label);
    int status = tally_take(paths, workload, &allocator, plan->timeout_s, &tally, error);
    if (!status)
        json_array_append_new(list, tally);
    free(allocator.library);
    return status;
}

/* Every variant of hakmem on every workload; the first failure ends it. */
static int count_all(json_t *list, const struct plan *plan, const struct paths *paths, struct lab_error *error)
{
    int status = STATUS_DONE;
    for (size_t i = 0; i < plan->workload_count && !status; i++) {
        struct lab_error ignored;
        struct workload workload = plan->workloads[i];
        workload.params = json_deep_copy(workload.params);
        workload_set(&workload, "ops", workload_usual(&workload, "ops") / OPS_SHARE, &ignored);
        for (size_t j = 0; j < plan->allocator_count && !status; j++)
            if (plan->allocators[j].kind == KIND_PHASE)
                status = count_variant(list, plan, paths, j, &workload, error);
        json_decref(workload.params);
    }
    return status;
}

static void add_census(json_t *run, struct campaign *campaign, const struct paths *paths)
{
    char *reason;
    json_t *census = census_of_plan(campaign->plan, paths, &reason);
    json_object_set_new(run, "census", census);
    if (reason)
        campaign_warn(campaign, text_format("hot paths are missing: %s", reason));
    free(reason);
}

void findings_add(json_t *run, struct campaign *campaign, const struct paths *paths)
{
    struct lab_error error;
    size_t phases = 0;
    json_t *stats = json_array();
    progress_show(&campaign->progress, "counting", -1);
    int status = findings_build_counting(campaign->plan, paths, &phases, &error);
    if (!status && phases)
        status = count_all(stats, campaign->plan, paths, &error);
    progress_end(&campaign->progress);
    if (status)
        campaign_warn(campaign, text_format("counts are missing: %s", error.text));
    json_object_set_new(run, "stats", stats);
    json_object_set_new(run, "code_sizes", code_size_list(campaign->plan));
    add_census(run, campaign, paths);
    json_t *roadmap = roadmap_make(run);
    if (roadmap)
        json_object_set_new(run, "roadmap", roadmap);
}
