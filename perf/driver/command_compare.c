/*
 * `harness compare` and `harness lab`: plan, measure, write, print, report.  They differ in how the plan is made.
 *
 * Whatever happens after the results folder exists, what was measured is kept there: Ctrl-C, failed samples and a
 * report that cannot be made all leave a readable run.json.
 */
#define _GNU_SOURCE
#include "perf/driver/commands.h"

#include "perf/driver/ablation.h"
#include "perf/driver/board.h"
#include "perf/driver/campaign.h"
#include "perf/driver/counter_table.h"
#include "perf/driver/findings.h"
#include "perf/driver/huge_pages.h"
#include "perf/driver/interrupt.h"
#include "perf/driver/lanes.h"
#include "perf/driver/machine.h"
#include "perf/driver/placement.h"
#include "perf/driver/program.h"
#include "perf/driver/provenance.h"
#include "perf/driver/report.h"
#include "perf/driver/roadmap.h"
#include "perf/driver/selftest_recall.h"
#include "perf/driver/scaling.h"
#include "perf/driver/summary.h"
#include "perf/driver/table.h"
#include "perf/driver/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_SHARE_MAX 0.5 /* of the hardware threads busy before the run: worth a warning */

static json_t *command_json(struct invocation typed)
{
    json_t *command = json_array();
    json_array_append_new(command, json_string("harness"));
    for (int i = 1; i < typed.argc; i++)
        json_array_append_new(command, json_string(typed.argv[i]));
    return command;
}

/* "lab-phase1" or "compare-phase1-mimalloc" */
static char *folder_name(const struct plan *plan)
{
    char name[80];
    size_t used = (size_t)snprintf(name, sizeof name, "%s%s%s", plan_kind(plan), plan->program ? "-" : "",
                                   plan->program ? plan->workloads[0].name : "");
    for (size_t i = 0; i < plan->allocator_count; i++) {
        bool named = plan->lab || plan->ablation ? i == plan->repeated : plan->allocators[i].kind != KIND_FLOOR;
        if (named && used < sizeof name)
            used += (size_t)snprintf(name + used, sizeof name - used, "-%s", plan->allocators[i].label);
    }
    return text_copy(name);
}

static void warn_of_placement(struct campaign *campaign)
{
    const struct plan *plan = campaign->plan;
    for (size_t i = 0; i < plan->workload_count; i++) {
        const struct workload *workload = &plan->workloads[i];
        char *warning = placement_warning(workload);
        if (warning)
            campaign_warn(campaign, warning);
        if (!workload->cpus && strcmp(plan->pin, "none"))
            campaign_warn(campaign,
                          text_format("%s is not pinned: more threads than CPUs, or no lab-resolve", workload->name));
    }
}

/* Options of allocators that are not in this run. */
static void warn_of_settings(struct campaign *campaign)
{
    size_t i;
    json_t *setting;
    json_array_foreach (json_object_get(campaign->plan->provenance, "settings"), i, setting) {
        if (!json_array_size(json_object_get(setting, "allocators")))
            campaign_warn(campaign, text_format("%s is set, and no allocator of this run reads it",
                                                json_string_value(json_object_get(setting, "variable"))));
    }
}

static void warn_of_machine(struct campaign *campaign)
{
    double load = machine_load();
    char *governor = machine_governor();
    bool program = campaign->plan->program;
    if (campaign->plan->counting.reason)
        campaign_warn(campaign, text_format("no hardware counters: %s", campaign->plan->counting.reason));
    if (campaign->plan->remark)
        campaign_warn(campaign, text_copy(campaign->plan->remark));
    if (load > LOAD_SHARE_MAX * machine_threads())
        campaign_warn(campaign,
                      text_format("the machine was busy at the start: load %.2f on %u CPUs", load, machine_threads()));
    if (governor && strcmp(governor, "performance"))
        campaign_warn(campaign, text_format("the CPU frequency governor is %s, not performance", governor));
    if (getenv("LD_PRELOAD"))
        campaign_warn(campaign, text_copy("LD_PRELOAD was set; the measured processes did not get it"));
    if (!program && campaign->plan->allocators[campaign->plan->allocator_count - 1].kind != KIND_FLOOR)
        campaign_warn(campaign, text_copy("no floor: bench_*_floor is not built"));
    warn_of_placement(campaign);
    warn_of_settings(campaign);
    free(governor);
}

static int measure(struct campaign *campaign, struct lab_error *error)
{
    int status = counting_write(&campaign->plan->counting, campaign->results->scratch, error);
    if (status)
        return status;
    warn_of_machine(campaign);
    return campaign_run(campaign, error);
}

/* A build that replaces a library during a run: its samples are of two allocators under one name. */
static int check_files(struct campaign *campaign, struct lab_error *error)
{
    char *changed = plan_changed_file(campaign->plan);
    const char *part = changed ? NULL : provenance_changed(campaign->plan->provenance);
    changed = part ? text_copy(part) : changed;
    if (!changed || interrupt_came()) { /* another Ctrl-C ended what would have told */
        free(changed);
        return STATUS_DONE;
    }
    campaign_warn(campaign, text_format("%s was replaced during the run: do not trust its rows", changed));
    int status =
        lab_error_set(error, STATUS_FAILED, "%s was replaced during the run; measure again without building", changed);
    free(changed);
    return status;
}

/* With --require-pmu a run whose counters were accepted and then counted nothing has failed. */
static int require_counts(const struct campaign *campaign, struct lab_error *error)
{
    const char *reason = counter_metrics_reason(campaign->counter_metrics);
    if (!reason)
        return STATUS_DONE;
    return lab_error_set(error, STATUS_FAILED, "--require-pmu: no sample has a hardware count: %s", reason);
}

/* The whole of run.json.  Lanes and findings are measured here: Ctrl-C may come in between. */
static json_t *make_run(struct campaign *campaign, const struct paths *paths, const struct options *options,
                        const char *state)
{
    json_t *run = summary_make(campaign, state);
    selftest_attach(run, paths);
    if (!campaign->interrupted && !strcmp(state, "complete"))
        lanes_add(run, campaign, paths);
    if (campaign->interrupted)
        json_object_set_new(run, "state", json_string("partial"));
    if (campaign->plan->lab && !campaign->interrupted)
        findings_add(run, campaign, paths);
    if (campaign->plan->ablation)
        json_object_set_new(run, "ablation", ablation_rows(campaign, run));
    if (options->board)
        json_object_set_new(run, "board", board_make(campaign, run));
    return run;
}

/* A board and an ablation have one table of their own. */
static void print_tables(FILE *file, const json_t *run)
{
    if (json_object_get(run, "board") || json_object_get(run, "ablation")) {
        board_print(file, run);
        ablation_print(file, run);
        table_print_remarks(file, run);
        return;
    }
    table_print(file, run);
    placement_print(file, run);
    scaling_print(file, run);
    counter_table_print(file, run);
    lanes_print(file, run);
    roadmap_print(file, run);
}

/* Writes run.json for good and prints it, as a table or as it is. */
static int conclude(struct campaign *campaign, const struct paths *paths, const struct options *options,
                    const char *state, struct lab_error *error)
{
    json_t *run = make_run(campaign, paths, options, state);
    int status = results_save(campaign->results, run, error);
    if (!status && options->require_pmu)
        status = require_counts(campaign, error);
    if (options->json) {
        json_dumpf(run, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else {
        print_tables(stdout, run);
    }
    json_decref(run);
    fflush(stdout);
    return status;
}

static int make_report(const struct campaign *campaign, const struct paths *paths, const struct options *options,
                       struct lab_error *error)
{
    char *report = NULL;
    FILE *remarks = options->json ? stderr : stdout;
    fprintf(remarks, "results in %s\n", campaign->results->folder);
    struct report_request request = {.folder = campaign->results->folder};
    int status = options->no_report ? STATUS_DONE : report_make(paths, &request, &report, error);
    if (report)
        fputs(report, remarks);
    fflush(remarks);
    free(report);
    return status;
}

static int tell_failures(const struct campaign *campaign, struct lab_error *error)
{
    size_t failures = json_array_size(campaign->failures);
    if (!failures)
        return STATUS_DONE;
    return lab_error_set(error, STATUS_FAILED, "%zu sample%s failed; see \"failures\" in %s/run.json", failures,
                         failures == 1 ? "" : "s", campaign->results->folder);
}

/* Everything after measuring, which ended with `measured`.  The first thing that went wrong is what is told. */
static int finish(struct campaign *campaign, const struct paths *paths, const struct options *options, int measured,
                  struct lab_error *error)
{
    struct lab_error later;
    bool interrupted = campaign->interrupted;
    if (interrupted)
        interrupt_forget(); /* what helps to conclude must not end with what was measured */
    const char *state = measured || campaign->interrupted ? "partial" : "complete";
    int status = measured ? measured : check_files(campaign, error);
    int concluded = conclude(campaign, paths, options, state, status ? &later : error);
    interrupted = campaign->interrupted;
    status = status ? status : concluded;
    if (measured || concluded)
        return status;
    interrupt_forget();
    int reported = make_report(campaign, paths, options, status ? &later : error);
    status = status ? status : reported;
    if (interrupted)
        return lab_error_set(error, STATUS_INTERRUPTED, "interrupted; what was measured is in %s, marked partial",
                             campaign->results->folder);
    return status ? status : tell_failures(campaign, error);
}

static int open_results(struct results *results, const struct plan *plan, const struct paths *paths,
                        const struct options *options, struct lab_error *error)
{
    char *parent = text_format("%s/results", paths->root);
    char *name = folder_name(plan);
    int status = results_open(results, options->out, parent, name, error);
    free(parent);
    free(name);
    return status;
}

/* The last that can be refused: what needs a folder to try.  No folder is left then. */
static int complete_plan(struct plan *plan, const struct paths *paths, struct results *results, struct lab_error *error)
{
    int status = plan_add_repeat(plan, results->scratch, error);
    if (!status && plan->program)
        status = program_learn(plan->workloads, paths, results->scratch, plan->timeout_s, error);
    if (status)
        results_discard(results);
    return status;
}

int plan_carry_out(struct plan *plan, const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error)
{
    struct results results = {.samples = -1};
    int status = provenance_make(plan, &plan->provenance, error);
    if (!status && plan->without_thp)
        status = huge_pages_refuse(error);
    if (!status)
        status = open_results(&results, plan, paths, options, error);
    if (!status)
        status = complete_plan(plan, paths, &results, error);
    if (!status) {
        struct campaign campaign;
        campaign_begin(&campaign, plan, &results, command_json(typed));
        status = finish(&campaign, paths, options, measure(&campaign, error), error);
        campaign_end(&campaign);
    }
    results_close(&results);
    return status;
}

int command_compare(const struct paths *paths, const struct options *options, struct invocation typed,
                    struct lab_error *error)
{
    struct plan plan;
    int status = plan_compare(&plan, paths, options, error);
    if (!status)
        status = plan_carry_out(&plan, paths, options, typed, error);
    plan_free(&plan);
    return status;
}

int command_lab(const struct paths *paths, const struct options *options, struct invocation typed,
                struct lab_error *error)
{
    struct plan plan;
    if (options->word_count)
        return lab_error_set(error, STATUS_USAGE,
                             "lab takes no '%s'; its allocators are the phases, mimalloc and system",
                             options->words[0]);
    int status = plan_lab(&plan, paths, options, error);
    if (!status)
        status = plan_carry_out(&plan, paths, options, typed, error);
    plan_free(&plan);
    return status;
}
