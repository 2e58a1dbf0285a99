/*
 * Carrying out a self-test.
 *
 *      calibrate      how much one turn of the slowed allocator's loop costs, for each workload: once
 *      each trial     copies of the files, the comparison, one line in trials.jsonl, new figures in selftest.json
 *      at the end     the lab's own cost
 *
 * Copies are made anew for each trial, so that their pages lie elsewhere in memory each time, and a lucky or unlucky
 * place is not repeated forty times.
 */
#define _GNU_SOURCE
#include "perf/driver/selftest.h"

#include "perf/driver/delay_file.h"
#include "perf/driver/file.h"
#include "perf/driver/interrupt.h"
#include "perf/driver/lab_cost.h"
#include "perf/driver/monotonic.h"
#include "perf/driver/progress.h"
#include "perf/driver/selftest_figures.h"
#include "perf/driver/text.h"
#include "perf/driver/selftest_trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CALIBRATION_ROUNDS = 11,
    CALIBRATION_STEPS = 6,      /* tries to find a burn that can be measured well */
    CALIBRATION_BURN = 1 << 16, /* turns to begin with: twice the time of most workloads */
    CALIBRATION_GROWTH = 16     /* at most, from one try to the next */
};

/* So great a slowdown that noise of some percent is little beside it; what it costs by the turn is the same for all. */
#define CALIBRATION_LOW    100.0 /* percent */
#define CALIBRATION_HIGH   500.0
#define CALIBRATION_WANTED 200.0

#define CALIBRATION_SAMPLE_S 0.06 /* at least: a busy machine takes turns of some ms */

static int copies_begin(const struct selftest *selftest, char **copies, struct lab_error *error)
{
    *copies = text_format("%s/.copies", selftest->store.folder);
    int code = file_remove_folder(*copies);
    if (!code)
        code = file_make_folder(*copies);
    return code ? lab_error_set(error, STATUS_FAILED, "cannot create %s: %s", *copies, strerror(-code)) : STATUS_DONE;
}

static int run_request(const struct selftest *selftest, struct selftest_request *request, json_t **trial,
                       struct lab_error *error)
{
    char *folder = text_format("%s/.trial", selftest->store.folder);
    file_remove_folder(folder); /* what a crash left */
    request->folder = folder;
    request->options = selftest->options;
    int status = selftest_trial_run(selftest->paths, request, trial, error);
    free(folder);
    return status;
}

/* Compares the slowed allocator with itself less the slowdown. */
static int run_slowed(const struct selftest *selftest, uint64_t burn, struct selftest_request *request, json_t **trial,
                      struct lab_error *error)
{
    char *copies = NULL;
    int status = copies_begin(selftest, &copies, error);
    char *quick = text_format("%s/liblab-delay-none.so", copies),
         *slow = text_format("%s/liblab-delay-some.so", copies);
    if (!status)
        status = delay_file_write(selftest->slowed, quick, 0, error);
    if (!status)
        status = delay_file_write(selftest->slowed, slow, burn, error);
    request->candidate = slow;
    request->baseline = quick;
    if (!status)
        status = run_request(selftest, request, trial, error);
    file_remove_folder(copies);
    free(copies);
    free(quick);
    free(slow);
    return status;
}

/* Compares an allocator with a copy of itself. */
static int run_again(const struct selftest *selftest, const struct allocator *allocator,
                     struct selftest_request *request, json_t **trial, struct lab_error *error)
{
    char *copies = NULL;
    int status = copies_begin(selftest, &copies, error);
    char *copy = text_format("%s/lib%s-again.so", copies, allocator->label);
    int code = status ? 0 : file_copy(allocator->library, copy);
    if (code)
        status =
            lab_error_set(error, STATUS_FAILED, "cannot copy %s to %s: %s", allocator->library, copy, strerror(-code));
    request->candidate = copy;
    request->baseline = allocator->library;
    if (!status)
        status = run_request(selftest, request, trial, error);
    file_remove_folder(copies);
    free(copies);
    free(copy);
    return status;
}

/* The slowdown of a calibration in percent; NaN when it failed. */
static double slowdown_of(const json_t *trial)
{
    json_t *ratio = json_object_get(json_object_get(trial, "speed"), "ratio");
    return json_is_number(ratio) ? 100 * (1 / json_number_value(ratio) - 1) : NAN;
}

/* Finds how many turns make one percent on a workload. */
static int calibrate(struct selftest *selftest, const char *workload, double *turns_per_percent,
                     struct lab_error *error)
{
    double burn = CALIBRATION_BURN, slowdown = NAN;
    int status = STATUS_DONE;
    for (int step = 0; step < CALIBRATION_STEPS && !status; step++) {
        json_t *trial = NULL;
        struct selftest_request request = {.workload = workload,
                                           .sample_s = fmax(selftest->sample_s, CALIBRATION_SAMPLE_S),
                                           .rounds = CALIBRATION_ROUNDS,
                                           .seed = selftest->options->seed + (uint64_t)step};
        status = run_slowed(selftest, (uint64_t)burn, &request, &trial, error);
        slowdown = slowdown_of(trial);
        json_decref(trial);
        if (status || isnan(slowdown) || (slowdown >= CALIBRATION_LOW && slowdown <= CALIBRATION_HIGH))
            break;
        burn *= fmin(CALIBRATION_WANTED / fmax(slowdown, 0.1), CALIBRATION_GROWTH);
    }
    if (!status && !(slowdown >= CALIBRATION_LOW && slowdown <= CALIBRATION_HIGH))
        status = lab_error_set(error, STATUS_FAILED,
                               "cannot calibrate a slowdown on %s: %.0f turns made it %.1f %% slower; is the machine "
                               "very busy, or does the workload hardly call malloc?",
                               workload, burn, slowdown);
    *turns_per_percent = burn / slowdown;
    return status;
}

static int calibrate_all(struct selftest *selftest, struct progress *progress, struct lab_error *error)
{
    int status = STATUS_DONE;
    json_t *calibration = json_object_get(selftest->store.head, "calibration");
    for (size_t i = 0; i < selftest->workload_count && !status; i++) {
        double turns = NAN;
        const char *workload = selftest->workloads[i].name;
        if (json_object_get(calibration, workload))
            continue;
        char *what = text_format("calibrating the slowdown of %s", workload);
        progress_show(progress, what, -1);
        free(what);
        status = calibrate(selftest, workload, &turns, error);
        if (!status)
            json_object_set_new(calibration, workload, json_pack("{s:f}", "turns_per_percent", turns));
    }
    return status;
}

static int run_trial(struct selftest *selftest, size_t index, struct lab_error *error)
{
    struct agenda_item item = agenda_item(&selftest->agenda, index);
    struct workload *workload = &selftest->workloads[item.workload];
    struct selftest_request request = {.workload = workload->name,
                                       .seed = selftest->options->seed + index,
                                       .sample_s = selftest->sample_s,
                                       .rounds = selftest->rounds,
                                       .means = true};
    json_t *calibration = json_object_get(json_object_get(selftest->store.head, "calibration"), workload->name);
    double turns = item.effect_percent * json_number_value(json_object_get(calibration, "turns_per_percent"));
    const struct allocator *allocator = &selftest->allocators[item.allocator];
    json_t *trial = NULL;
    int status = item.effect_percent ? run_slowed(selftest, (uint64_t)llround(turns), &request, &trial, error)
                                     : run_again(selftest, allocator, &request, &trial, error);
    if (status)
        return status;
    json_object_set_new(trial, "trial", json_integer((json_int_t)index));
    json_object_set_new(trial, "effect_percent", json_integer(item.effect_percent));
    json_object_set_new(trial, "allocator", json_string(item.effect_percent ? "lab-delay" : allocator->label));
    status = selftest_store_append(&selftest->store, trial, error);
    json_decref(trial);
    return status;
}

/* Operations of the latest trial on a workload, for the cost. */
static int64_t usual_ops(const struct selftest *selftest, const char *workload)
{
    for (size_t i = json_array_size(selftest->store.trials); i--;) {
        json_t *trial = json_array_get(selftest->store.trials, i);
        if (!strcmp(json_string_value(json_object_get(trial, "workload")), workload))
            return json_integer_value(json_object_get(trial, "ops"));
    }
    return 1;
}

/* Figures and state, to selftest->whole and to the folder. */
static int save(struct selftest *selftest, bool ended, struct lab_error *error)
{
    bool complete = json_array_size(selftest->store.trials) == agenda_length(&selftest->agenda);
    json_t *figures = selftest_figures(selftest->store.trials);
    if (ended && json_array_size(selftest->store.trials)) {
        const char *workload = selftest->workloads[0].name;
        char *record = text_format("%s/.record.json", selftest->store.folder);
        json_object_set_new(figures, "cost",
                            lab_cost_measure(selftest->paths, workload, usual_ops(selftest, workload), record));
        free(record);
    }
    const char *state = complete && ended ? "complete" : "partial";
    int status = selftest_store_save(&selftest->store, state, figures, error);
    json_decref(selftest->whole);
    selftest->whole = json_copy(selftest->store.head);
    json_object_set_new(selftest->whole, "state", json_string(state));
    json_object_update(selftest->whole, figures);
    json_decref(figures);
    return status;
}

static void show(struct progress *progress, const struct selftest *selftest, size_t index, double per_trial_s)
{
    size_t all = agenda_length(&selftest->agenda);
    struct agenda_item item = agenda_item(&selftest->agenda, index);
    char effect[32] = "nothing";
    if (item.effect_percent)
        snprintf(effect, sizeof effect, "%d %% slower", item.effect_percent);
    char *what = text_format("trial %zu of %zu: %s", index + 1, all, effect);
    progress_show(progress, what, per_trial_s < 0 ? -1 : per_trial_s * (double)(all - index));
    free(what);
}

static int run_trials(struct selftest *selftest, struct progress *progress, double started_s, struct lab_error *error)
{
    size_t first = json_array_size(selftest->store.trials), all = agenda_length(&selftest->agenda);
    double limit_s = selftest->options->time_limit_s, began_s = monotonic_s();
    int status = STATUS_DONE;
    for (size_t i = first; i < all && !status; i++) {
        double now_s = monotonic_s();
        if (limit_s > 0 && now_s - started_s >= limit_s)
            break;
        if (interrupt_came())
            break;
        show(progress, selftest, i, i == first ? -1 : (now_s - began_s) / (double)(i - first));
        status = run_trial(selftest, i, error);
        if (!status)
            status = save(selftest, false, error);
    }
    return status;
}

static json_t *settings_json(const struct selftest *selftest)
{
    const struct options *options = selftest->options;
    json_t *workloads = json_array(), *allocators = json_array();
    for (size_t i = 0; i < selftest->workload_count; i++)
        json_array_append_new(workloads, json_string(selftest->workloads[i].name));
    for (size_t i = 0; i < selftest->allocator_count; i++)
        json_array_append_new(allocators, json_pack("{s:s, s:s?}", "label", selftest->allocators[i].label, "sha256",
                                                    selftest->allocators[i].sha256));
    return json_pack("{s:b, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:s, s:f, s:s?}", "quick", options->quick, "workloads",
                     workloads, "allocators", allocators, "aa_trials", (json_int_t)selftest->agenda.again,
                     "effect_trials", (json_int_t)selftest->agenda.slowed, "rounds", (json_int_t)selftest->rounds,
                     "ops", (json_int_t)options->ops, "seed", (json_int_t)options->seed, "pin",
                     options->pin ? options->pin : "compact", "sample_s", selftest->sample_s, "slowed_sha256",
                     selftest->slowed_sha256);
}

int selftest_run(struct selftest *selftest, struct lab_error *error)
{
    struct progress progress;
    struct lab_error later;
    double started_s = monotonic_s();
    char *parent = text_format("%s/results", selftest->paths->root);
    json_t *settings = settings_json(selftest);
    int status = selftest_store_open(&selftest->store, parent, selftest->options->resume, selftest->options->out,
                                     settings, selftest->machine, error);
    json_decref(settings);
    free(parent);
    if (status)
        return status;
    progress_begin(&progress);
    if (selftest->store.resumed)
        progress_note(&progress, "going on with %s, %zu of %zu trials are done", selftest->store.folder,
                      json_array_size(selftest->store.trials), agenda_length(&selftest->agenda));
    status = save(selftest, false, error); /* from here on it can be gone on with */
    if (!status)
        status = calibrate_all(selftest, &progress, error);
    if (!status)
        status = run_trials(selftest, &progress, started_s, error);
    progress_end(&progress);
    /* Ctrl-C ends the helpers that plan a trial as well, and what fails then has not failed. */
    if (interrupt_came())
        status = lab_error_set(error, STATUS_INTERRUPTED, "interrupted");
    interrupt_forget();
    if (!selftest->whole)
        return status;
    int saved = save(selftest, true, status ? &later : error);
    return status ? status : saved;
}
