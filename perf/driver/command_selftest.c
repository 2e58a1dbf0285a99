/*
 * `harness selftest`: the lab measures things whose truth it knows, and says how often it was right.
 */
#define _GNU_SOURCE
#include "perf/driver/commands.h"

#include "perf/driver/selftest.h"
#include "perf/driver/selftest_text.h"

#include <stdio.h>

static void print(const struct selftest *selftest, bool json)
{
    if (!selftest->whole)
        return;
    if (json) {
        json_dumpf(selftest->whole, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(10));
        putchar('\n');
    } else {
        selftest_print(stdout, selftest->whole);
    }
    fprintf(json ? stderr : stdout, "results in %s\n", selftest->store.folder);
    fflush(stdout);
}

/* The lab's own verdict on itself. */
static int judge(const struct selftest *selftest, struct lab_error *error)
{
    int failed = (int)json_integer_value(json_object_get(selftest->whole, "failed_trials"));
    if (json_is_true(json_object_get(selftest->whole, "passed")))
        return STATUS_DONE;
    if (failed)
        return lab_error_set(error, STATUS_FAILED, "samples of %d trials failed; see \"failures\" in %s/trials.jsonl",
                             failed, selftest->store.folder);
    return lab_error_set(error, STATUS_FAILED,
                         "the lab claims what is not there more often than in 5 %% of trials: do not trust its "
                         "verdicts on this machine; see %s/trials.jsonl",
                         selftest->store.folder);
}

int command_selftest(const struct paths *paths, const struct options *options, struct invocation typed,
                     struct lab_error *error)
{
    struct selftest selftest;
    (void)typed;
    int status = selftest_plan(&selftest, paths, options, error);
    if (!status) {
        status = selftest_run(&selftest, error);
        print(&selftest, options->json);
    }
    if (status == STATUS_INTERRUPTED)
        lab_error_set(error, status, "interrupted; run it again, and it goes on with %s", selftest.store.folder);
    if (!status)
        status = judge(&selftest, error);
    selftest_free(&selftest);
    return status;
}
