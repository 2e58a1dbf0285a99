/*
 * One sample: one fresh process, one record.
 *
 * The process writes its record itself; the driver adds what only it knows (label, round, order, how the process ended)
 * and checks the record before it counts: that malloc really came from the allocator that the row will name, that the
 * threads really were pinned, and that the work done was the same as every other arm's.
 */
#define _GNU_SOURCE
#include "perf/driver/sample.h"

#include "perf/driver/arguments.h"
#include "perf/driver/environment.h"
#include "perf/driver/machine.h"
#include "perf/driver/process.h"
#include "perf/driver/program.h"
#include "perf/driver/text.h"
#include "perf/driver/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const state_names[] = {"ok", "failed", "gated", "interrupted"};

static void arguments_make(struct arguments *arguments, const struct sample_request *request)
{
    arguments_add_program(arguments, arm_program(request->arm, workload_program(request->workload)), request->workload);
    if (request->workload->cpus)
        arguments_add_option(arguments, "cpus", text_copy(request->workload->cpus));
    if (request->events)
        arguments_add_option(arguments, "events", text_copy(request->events));
    if (request->verify)
        arguments_add_option(arguments, "verify", NULL);
    arguments_add_option(arguments, "record", text_copy(request->record));
}

/* The fields that the driver adds, before the process has run. */
static json_t *line_begin(const struct sample_request *request)
{
    char *started = text_time_now();
    json_t *line = json_pack("{s:s, s:s, s:O, s:s, s:s, s:I, s:I, s:s}", "schema", "hakmem-lab/sample/1", "workload",
                             request->workload->name, "params", request->workload->params, "allocator_label",
                             request->arm->allocator->label, "arm", request->arm->label, "round",
                             (json_int_t)request->round, "order", (json_int_t)request->order, "started_at", started);
    /* The plan may change the parameters of later samples; this one keeps its own. */
    json_object_set_new(line, "params", json_deep_copy(request->workload->params));
    free(started);
    if (request->arm->link_order)
        json_object_set_new(line, "link_order", json_integer((json_int_t)request->arm->link_order));
    return line;
}

static void line_end(json_t *line, const struct process_end *end, uint64_t steal_ns)
{
    json_object_set_new(line, "wall_ns", json_integer((json_int_t)end->wall_ns));
    json_object_set_new(line, "exit_status", end->exit_status < 0 ? json_null() : json_integer(end->exit_status));
    json_object_set_new(line, "signal", end->signal ? json_integer(end->signal) : json_null());
    json_object_set_new(line, "steal_ns", json_integer((json_int_t)steal_ns));
}

void sample_mark(struct sample *sample, enum sample_state state, const char *reason)
{
    char *shown = reason ? text_copy(reason) : NULL;
    if (shown)
        utf8_clean(shown);
    sample->state = state;
    json_object_set_new(sample->json, "state", json_string(state_names[state]));
    json_object_set_new(sample->json, "reason", shown ? json_string(shown) : json_null());
    free(shown);
    if (state != SAMPLE_FAILED)
        return;
    for (int i = 0; i < METRIC_COUNT; i++)
        sample->values[i] = NAN;
}

static uint64_t field(const json_t *record, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(record, name));
}

/* Takes over the measured fields of the record; false when the record lacks one. */
static bool read_record(struct sample *sample, json_t *record)
{
    static const char *const needed[] = {
        "elapsed_ns", "cpu_user_ns", "cpu_system_ns", "involuntary_switches", "checksum", "allocator", "pin"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!json_object_get(record, needed[i]))
            return false;
    bool program = json_object_get(record, "program") != NULL;
    for (int i = 0; i < METRIC_COUNT; i++) {
        sample->values[i] = NAN;
        if (metric_table[i].programs_only && !program)
            continue;
        json_t *value = json_object_get(record, metric_table[i].name);
        sample->values[i] = json_number_value(value);
        if (!json_is_number(value) || sample->values[i] <= 0)
            return false;
    }
    sample->elapsed_ns = field(record, "elapsed_ns");
    sample->cpu_ns = field(record, "cpu_user_ns") + field(record, "cpu_system_ns");
    sample->involuntary = (int64_t)field(record, "involuntary_switches");
    sample->threads = json_integer_value(json_object_get(json_object_get(record, "params"), "threads"));
    return json_object_update_missing(sample->json, record) == 0;
}

/* The CPUs that the record says its threads were pinned to, as a list "0,1" to free. */
static char *pinned_list(const json_t *record)
{
    size_t i;
    json_t *cpu;
    char *list = text_copy("");
    json_array_foreach (json_object_get(json_object_get(record, "pin"), "cpus"), i, cpu) {
        char *longer = text_format("%s%s%lld", list, i ? "," : "", (long long)json_integer_value(cpu));
        free(list);
        list = longer;
    }
    return list;
}

/* A setting that was asked for and did not take effect, as a text to free; NULL: all did. */
static char *setting_objection(const struct sample_request *request, const json_t *record,
                               const struct process_end *end)
{
    static const char *const complaints[] = {"<jemalloc>: ", "mimalloc: warning: ", "mimalloc: error: "};
    const char *wanted = request->workload->cpus;
    char *list = pinned_list(record), *objection = NULL;
    if (wanted && (!json_is_true(json_object_get(json_object_get(record, "pin"), "applied")) || strcmp(list, wanted)))
        objection = text_format("not pinned to CPU %s", wanted);
    else if (request->without_thp && !json_is_true(json_object_get(record, "thp_disabled")))
        objection = text_copy("--thp never did not take effect: the process had transparent huge pages");
    for (size_t i = 0; i < sizeof complaints / sizeof complaints[0] && !objection; i++)
        if (!strncmp(end->complaint, complaints[i], strlen(complaints[i])))
            objection = text_format("the allocator complained: %s", end->complaint);
    free(list);
    return objection;
}

/* What is wrong with a record that is whole, as a text to free; NULL when it may count. */
static char *record_objection(const struct sample_request *request, const struct sample *sample,
                              const struct process_end *end)
{
    json_t *allocator = json_object_get(sample->json, "allocator");
    const char *object = json_string_value(json_object_get(allocator, "malloc_object"));
    char *actual = realpath(object ? object : "", NULL);
    char *expected = arm_malloc_object(request->arm, workload_program(request->workload));
    const char *checksum = sample_checksum(sample);
    char *objection = actual && expected && !strcmp(actual, expected)
                          ? setting_objection(request, sample->json, end)
                          : text_format("not this allocator: malloc came from %s instead of %s",
                                        object ? object : "nowhere known", expected ? expected : "the system's libc");
    if (!objection && request->workload->program)
        objection = program_objection(request->workload->program, sample->json);
    else if (!objection && request->checksum && (!checksum || strcmp(checksum, request->checksum)))
        objection =
            text_format("other work than the other arms': checksum %s instead of %s", checksum, request->checksum);
    free(actual);
    free(expected);
    return objection;
}

static void judge(const struct sample_request *request, struct sample *sample, const struct process_end *end)
{
    char *reason = NULL;
    json_t *record = NULL;
    if (end->interrupted) {
        sample_mark(sample, SAMPLE_INTERRUPTED, NULL);
        return;
    }
    if (end->exit_status != 0)
        reason = process_end_text(end, request->timeout_s);
    else if (!(record = json_load_file(request->record, 0, NULL)))
        reason = text_copy("it ended with status 0, but left no readable record");
    else if (request->workload->program && !json_object_get(record, "allocator"))
        reason = text_copy("nothing could be preloaded into it: it is statically linked, setuid, or not started by "
                           "the dynamic linker");
    else if (!read_record(sample, record))
        reason = text_copy("its record lacks measured fields");
    else
        reason = record_objection(request, sample, end);
    sample_mark(sample, reason ? SAMPLE_FAILED : SAMPLE_OK, reason);
    json_decref(record);
    free(reason);
}

/* Runs the command that the request comes to; 0 or -errno. */
static int run_command(const struct sample_request *request, const char *const *argv, struct process_end *end)
{
    struct environment environment;
    const char *preload = request->arm->preload;
    /* The program's path is on the stack twice: as argv[0] and as the name of the executable. */
    if (request->workload->program)
        environment_make_whole(&environment, request->padding, strlen(preload ? preload : ""));
    else
        environment_make(&environment, preload, request->padding, 2 * strlen(argv[0]));
    struct process process = {.argv = argv, .envp = environment.variables, .timeout_s = request->timeout_s};
    int code = process_run(&process, end);
    environment_free(&environment);
    return code;
}

/* Has a program's run prepared; false when there can be none, and the sample says why. */
static bool prepare(const struct sample_request *request, struct sample *sample)
{
    const struct process_end never = {.exit_status = -1};
    const struct program *program = request->workload->program;
    bool interrupted = false;
    char *objection = program ? program_prepare(program, request->timeout_s, &interrupted) : NULL;
    if (!objection && !interrupted)
        return true;
    line_end(sample->json, &never, 0);
    sample_mark(sample, interrupted ? SAMPLE_INTERRUPTED : SAMPLE_FAILED, objection);
    free(objection);
    return false;
}

void sample_take(const struct sample_request *request, struct sample *sample)
{
    struct arguments arguments = {.count = 0};
    struct process_end end;
    *sample = (struct sample){.json = line_begin(request), .state = SAMPLE_FAILED};
    unlink(request->record);
    if (!prepare(request, sample))
        return;
    if (request->workload->program)
        program_arguments(request, &arguments);
    else
        arguments_make(&arguments, request);
    uint64_t steal_ns = machine_steal_ns();
    int code = run_command(request, (const char *const *)arguments.words, &end);
    sample->wall_ns = end.wall_ns;
    snprintf(sample->opening, sizeof sample->opening, "%s", end.opening);
    sample->steal_ns = machine_steal_ns() - steal_ns;
    line_end(sample->json, &end, sample->steal_ns);
    if (code) {
        char *reason = text_format("cannot start %s: %s", arguments.words[0], strerror(-code));
        sample_mark(sample, SAMPLE_FAILED, reason);
        free(reason);
    } else {
        judge(request, sample, &end);
    }
    unlink(request->record);
    process_end_free(&end);
    arguments_free(&arguments);
}

void sample_free(struct sample *sample)
{
    json_decref(sample->json);
    sample->json = NULL;
}

const char *sample_checksum(const struct sample *sample)
{
    return json_string_value(json_object_get(sample->json, "checksum"));
}

const char *sample_identity(const struct sample *sample)
{
    return json_string_value(json_object_get(json_object_get(sample->json, "allocator"), "identity"));
}

const char *sample_reason(const struct sample *sample)
{
    return json_string_value(json_object_get(sample->json, "reason"));
}
