/*
 * What a self-test consists of.  All that its outcome depends on is in its settings: two with equal settings on one
 * machine are one self-test, and a second run goes on with the first.
 */
#define _GNU_SOURCE
#include "perf/driver/selftest.h"

#include "perf/driver/library.h"
#include "perf/driver/machine.h"
#include "perf/driver/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    AGAIN_DEFAULT = 40, /* trials of an allocator against itself: with no false claim, the chance is below 9 % */
    SLOWED_SHARE = 2,   /* one trial of each slowdown for so many against itself */
    SLOWED_QUICK_SHARE = 4,
    ROUNDS_QUICK = 12 /* short samples, but enough that one disturbed round does not decide an interval */
};

#define SAMPLE_S       0.2  /* a full self-test takes less than an hour on a quiet machine */
#define SAMPLE_QUICK_S 0.02 /* the whole takes two minutes */

static int add_allocator(struct selftest *selftest, const char *name, struct lab_error *error)
{
    if (selftest->allocator_count == SELFTEST_ALLOCATORS_MAX)
        return lab_error_set(error, STATUS_USAGE, "selftest takes at most %d allocators", SELFTEST_ALLOCATORS_MAX);
    struct allocator *allocator = &selftest->allocators[selftest->allocator_count];
    int status = allocator_find(selftest->paths, name, allocator, error);
    if (status)
        return status;
    selftest->allocator_count++;
    if (!allocator->library)
        return lab_error_set(error, STATUS_USAGE,
                             "%s is no shared object of its own, of which a copy could be preloaded", name);
    allocator->sha256 = library_sha256(allocator->library);
    return STATUS_DONE;
}

static int plan_allocators(struct selftest *selftest, struct lab_error *error)
{
    const struct options *options = selftest->options;
    int status = STATUS_DONE;
    for (size_t i = 0; i < options->word_count && !status; i++)
        status = add_allocator(selftest, options->words[i], error);
    if (options->word_count)
        return status;
    status = add_allocator(selftest, "hakmem", error);
    if (!status && allocator_installed("mimalloc"))
        status = add_allocator(selftest, "mimalloc", error);
    return status;
}

static int plan_slowed(struct selftest *selftest, struct lab_error *error)
{
    selftest->slowed = text_format("%s/liblab-delay.so", selftest->paths->lib);
    if (access(selftest->slowed, R_OK))
        return lab_error_set(error, STATUS_FAILED,
                             "%s is not there: run make (a build with a sanitizer has none; use a plain one)",
                             selftest->slowed);
    selftest->slowed_sha256 = library_sha256(selftest->slowed);
    return STATUS_DONE;
}

int selftest_plan(struct selftest *selftest, const struct paths *paths, const struct options *options,
                  struct lab_error *error)
{
    *selftest = (struct selftest){.paths = paths, .options = options, .store.lines = -1};
    selftest->sample_s = options->quick ? SAMPLE_QUICK_S : SAMPLE_S;
    selftest->rounds = options->rounds ? options->rounds : options->quick ? ROUNDS_QUICK : 0;
    if (options->resume && options->out)
        return lab_error_set(error, STATUS_USAGE, "--resume names the folder already: leave --out away");
    int status = plan_allocators(selftest, error);
    if (!status)
        status = plan_slowed(selftest, error);
    if (!status)
        status = workloads_find(paths, options->workload ? options->workload : "random_mixed", &selftest->workloads,
                                &selftest->workload_count, error);
    if (status)
        return status;
    size_t again = options->trials ? (size_t)options->trials : AGAIN_DEFAULT;
    size_t share = options->quick ? SLOWED_QUICK_SHARE : SLOWED_SHARE;
    selftest->agenda = (struct agenda){.again = again,
                                       .slowed = (again + share - 1) / share,
                                       .workloads = selftest->workload_count,
                                       .allocators = selftest->allocator_count};
    selftest->machine = machine_describe();
    return STATUS_DONE;
}

void selftest_free(struct selftest *selftest)
{
    selftest_store_close(&selftest->store);
    for (size_t i = 0; i < selftest->allocator_count; i++)
        allocator_free(&selftest->allocators[i]);
    workloads_free(selftest->workloads, selftest->workload_count);
    json_decref(selftest->machine);
    json_decref(selftest->whole);
    free(selftest->slowed);
    free(selftest->slowed_sha256);
}
