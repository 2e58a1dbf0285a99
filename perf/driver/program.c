/*
 * Whole programs as workloads: `compare hakmem mimalloc -- PROGRAM ARGS`.
 *
 * lab-program runs the program once and writes a sample's record, so that schedule, gate, statistics, tables and report
 * are those of every other workload; one operation is one run.  What is different is kept here: where the program is,
 * the command line, and the check that it did the same work.  The reference for that is what it prints and ends with
 * under the system's malloc, twice; a program that does not even agree with itself is refused, unless told otherwise.
 */
#define _GNU_SOURCE
#include "perf/driver/program.h"

#include "perf/driver/arm.h"
#include "perf/driver/difference.h"
#include "perf/driver/preloadable.h"
#include "perf/driver/process.h"
#include "perf/driver/sample.h"
#include "perf/driver/text.h"
#include "perf/driver/workload.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME_MAX_BYTES = 24,     /* of a workload that is named after a program */
    SUMMARY_MAX_BYTES = 120, /* of the command line that is shown */
};

static bool is_program(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, X_OK) == 0;
}

/* As the shell would find it; NULL when there is none. */
static char *search(const char *name)
{
    if (strchr(name, '/'))
        return is_program(name) ? realpath(name, NULL) : NULL;
    char *folders = text_copy(getenv("PATH") ? getenv("PATH") : "/usr/local/bin:/usr/bin:/bin");
    char *rest = folders, *folder, *found = NULL;
    while (!found && (folder = text_next(&rest, ':'))) {
        char *path = text_format("%s/%s", *folder ? folder : ".", name);
        found = is_program(path) ? realpath(path, NULL) : NULL;
        free(path);
    }
    free(folders);
    return found;
}

/* "/usr/bin/python3.11" -> "python3_11": a name that a workload may have. */
static char *name_of(const char *word)
{
    char *name = text_format("%s%.*s", isalpha((unsigned char)*text_base_name(word)) ? "" : "program_", NAME_MAX_BYTES,
                             text_base_name(word));
    for (char *c = name; *c; c++)
        *c = isalnum((unsigned char)*c) ? (char)tolower((unsigned char)*c) : '_';
    return name;
}

/* The command line on one line, cut where it gets long. */
static char *summary_of(const char *const *argv)
{
    char *text = text_copy("");
    for (size_t i = 0; argv[i] && strlen(text) < SUMMARY_MAX_BYTES; i++) {
        char *longer = text_format("%s%s%s", text, i ? " " : "", argv[i]);
        free(text);
        text = longer;
    }
    for (char *c = text; *c; c++)
        *c = *c >= ' ' && *c <= '~' ? *c : *c == '\n' || *c == '\t' ? ' ' : '?';
    if (strlen(text) > SUMMARY_MAX_BYTES)
        memcpy(text + SUMMARY_MAX_BYTES - 3, "...", sizeof "...");
    return text;
}

/* As a JSON text, which has to be UTF-8: what is not keeps its ASCII. */
static json_t *word_json(const char *word)
{
    json_t *json = json_string(word);
    char *copy = json ? NULL : text_copy(word);
    for (char *c = copy; c && *c; c++)
        *c = *c & 0x80 ? '?' : *c;
    if (copy)
        json = json_string(copy);
    free(copy);
    return json;
}

/* Options that mean nothing for a program that is not ours. */
static int check_options(const struct options *options, struct lab_error *error)
{
    const struct {
        const char *name;
        bool given;
    } others[] = {{"workload", options->workload != NULL},
                  {"ops", options->ops != 0},
                  {"param", options->param_count != 0},
                  {"linkage static", options->linkage == LINKAGE_STATIC},
                  {"simulate", options->simulate},
                  {"relink", options->relink != 0},
                  {"latency", options->latency},
                  {"memory", options->memory},
                  {"threads (without --pin)", (options->threads && !options->pin) || options->thread_count_number}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i].given)
            return lab_error_set(error, STATUS_USAGE,
                                 "--%s is for the lab's own workloads; a program behind '--' is run as it is",
                                 others[i].name);
    return STATUS_DONE;
}

static int find_parts(struct program *program, const struct paths *paths, struct lab_error *error)
{
    program->path = search(program->argv[0]);
    program->runner = text_format("%s/lab-program", paths->bin);
    program->witness = text_format("%s/liblab-witness.so", paths->lib);
    if (!program->path)
        return lab_error_set(error, STATUS_USAGE,
                             access(program->argv[0], F_OK) || !strchr(program->argv[0], '/')
                                 ? "there is no program '%s'; give its path, or one that PATH has"
                                 : "'%s' is no program: it is not a file that may be executed",
                             program->argv[0]);
    if (program->input && access(program->input, R_OK))
        return lab_error_set(error, STATUS_USAGE, "--input %s: %m", program->input);
    if (access(program->runner, X_OK) || access(program->witness, R_OK))
        return lab_error_set(error, STATUS_FAILED, "%s or %s is not built; run make", program->runner,
                             program->witness);
    return STATUS_DONE;
}

int program_make_workload(const struct paths *paths, const struct options *options, struct workload **workloads,
                          size_t *count, struct lab_error *error)
{
    int status = check_options(options, error);
    if (status)
        return status;
    struct program *program = memory_take(1, sizeof *program);
    struct workload *workload = memory_take(1, sizeof *workload);
    char *summary = summary_of(options->program);
    *program = (struct program){.argv = options->program,
                                .ignore_output = options->ignore_output,
                                .expected_status = options->expected_status,
                                .input = options->input,
                                .prepare = options->prepare};
    workload->name = name_of(program->argv[0]);
    workload->params = json_pack("{s:i}", "ops", 1);
    workload->description = json_pack("{s:s, s:s}", "summary", summary, "models", "a whole program, run as it is");
    workload->program = program;
    free(summary);
    *workloads = workload;
    *count = 1;
    return find_parts(program, paths, error);
}

void program_free(struct program *program)
{
    if (!program)
        return;
    free(program->path);
    free(program->runner);
    free(program->witness);
    free(program->output);
    free(program->reference);
    free(program->checksum);
    free(program);
}

char *program_prepare(const struct program *program, double timeout_s, bool *interrupted)
{
    const char *const argv[] = {"/bin/sh", "-c", program->prepare, NULL};
    struct process process = {.argv = argv, .timeout_s = timeout_s};
    struct process_end end;
    if (!program->prepare)
        return NULL;
    int code = process_run(&process, &end);
    *interrupted = !code && end.interrupted;
    if (*interrupted || (!code && !end.exit_status))
        return NULL;
    char *how = code ? text_copy(strerror(-code)) : process_end_text(&end, timeout_s);
    char *objection = text_format("what prepares it (--prepare) failed: %s", how);
    free(how);
    return objection;
}

void program_arguments(const struct sample_request *request, struct arguments *arguments)
{
    const struct program *program = request->workload->program;
    arguments_add(arguments, text_copy(program->runner));
    arguments_add_option(arguments, "witness", preloadable_path(program->witness));
    if (request->arm->preload)
        arguments_add_option(arguments, "preload", preloadable_path(request->arm->preload));
    arguments_add_option(arguments, "record", text_copy(request->record));
    arguments_add_option(arguments, "output", text_copy(program->output));
    if (program->input)
        arguments_add_option(arguments, "input", text_copy(program->input));
    if (request->workload->cpus)
        arguments_add_option(arguments, "cpus", text_copy(request->workload->cpus));
    if (request->events)
        arguments_add_option(arguments, "events", text_copy(request->events));
    arguments_add(arguments, text_copy("--"));
    for (size_t i = 0; program->argv[i]; i++)
        arguments_add(arguments, text_copy(program->argv[i]));
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* "exit status 1" or "signal 11 (Segmentation fault)"; to be freed. */
static char *end_text(const json_t *about)
{
    const json_t *killer = json_object_get(about, "signal");
    if (json_is_integer(killer))
        return text_format("signal %d (%s)", (int)json_integer_value(killer),
                           strsignal((int)json_integer_value(killer)));
    return text_format("exit status %d", (int)json_integer_value(json_object_get(about, "exit_status")));
}

/* Another end than the reference's; NULL when it is the same. */
static char *end_objection(const struct program *program, const json_t *about)
{
    const json_t *exit_status = json_object_get(about, "exit_status");
    if (json_is_integer(exit_status) && json_integer_value(exit_status) == program->exit_status)
        return NULL;
    char *end = end_text(about);
    char *objection = text_format("it ended with %s instead of exit status %d, as under the system's malloc", end,
                                  (int)program->exit_status);
    free(end);
    return objection;
}

static char *output_objection(const struct program *program)
{
    char *difference = difference_text(program->output, program->reference);
    char *objection = text_format("its standard output is not what it is under the system's malloc: %s%s",
                                  difference ? difference : "it differed",
                                  "; if it may differ, --ignore-output compares the exit status alone");
    free(difference);
    return objection;
}

char *program_objection(const struct program *program, const json_t *record)
{
    const json_t *about = json_object_get(record, "program");
    const char *other = text_of(about, "other_malloc");
    if (other)
        return text_format("not this allocator: %s, which it started, had its malloc from %s",
                           text_of(about, "other_program"), other);
    if (!program->reference)
        return NULL;
    char *objection = end_objection(program, about);
    const char *checksum = text_of(record, "checksum");
    if (!objection && !program->ignore_output && (!checksum || strcmp(checksum, program->checksum)))
        objection = output_objection(program);
    return objection;
}

/* One run under the system's malloc. */
static int run_plain(struct workload *workload, const struct paths *paths, const char *folder, double timeout_s,
                     struct sample *sample, struct lab_error *error)
{
    struct arm arm;
    struct allocator plain = {.kind = KIND_SYSTEM, .label = "system"};
    char *record = text_format("%s/record.json", folder);
    arm_make(&arm, paths, &plain, LINKAGE_PRELOAD);
    struct sample_request request = {.workload = workload, .arm = &arm, .timeout_s = timeout_s, .record = record};
    sample_take(&request, sample);
    int status = STATUS_DONE;
    if (sample->state == SAMPLE_INTERRUPTED)
        status = lab_error_set(error, STATUS_INTERRUPTED, "interrupted");
    else if (sample->state == SAMPLE_FAILED)
        status = lab_error_set(error, STATUS_FAILED, "%s cannot be measured here: %s", workload->program->argv[0],
                               sample_reason(sample));
    arm_free(&arm);
    free(record);
    return status;
}

/* Refuses a first run that did not end as it shall. */
static int check_reference(const struct program *program, const struct sample *sample, struct lab_error *error)
{
    const json_t *about = json_object_get(sample->json, "program");
    char *end = end_text(about);
    int status = STATUS_DONE;
    int64_t exit_status = json_integer_value(json_object_get(about, "exit_status"));
    if (json_is_integer(json_object_get(about, "signal")))
        status = lab_error_set(error, STATUS_FAILED, "%s is ended by %s even under the system's malloc",
                               program->argv[0], end);
    else if (exit_status != program->expected_status)
        status = lab_error_set(error, STATUS_FAILED,
                               "%s ends with %s under the system's malloc, not %lld%s%s; a program that fails is not "
                               "measured unless --expect-status %lld says that it shall",
                               program->argv[0], end, (long long)program->expected_status, *sample->opening ? ": " : "",
                               sample->opening, (long long)exit_status);
    free(end);
    return status;
}

/* Takes the first run's output and end as the reference. */
static int keep_reference(struct program *program, const struct sample *sample, const char *folder,
                          struct lab_error *error)
{
    const json_t *about = json_object_get(sample->json, "program");
    int status = check_reference(program, sample, error);
    program->reference = text_format("%s/reference", folder);
    program->checksum = text_copy(sample_checksum(sample));
    program->exit_status = json_integer_value(json_object_get(about, "exit_status"));
    program->output_bytes = (uint64_t)json_integer_value(json_object_get(about, "output_bytes"));
    if (!status && rename(program->output, program->reference))
        status = lab_error_set(error, STATUS_FAILED, "cannot keep %s: %m", program->reference);
    return status;
}

int program_learn(struct workload *workload, const struct paths *paths, const char *folder, double timeout_s,
                  struct lab_error *error)
{
    struct program *program = workload->program;
    struct sample first, second;
    program->output = text_format("%s/output", folder);
    int status = run_plain(workload, paths, folder, timeout_s, &first, error);
    if (!status)
        status = keep_reference(program, &first, folder, error);
    sample_free(&first);
    if (status)
        return status;
    status = run_plain(workload, paths, folder, timeout_s, &second, error);
    if (status == STATUS_FAILED)
        lab_error_set(error, STATUS_FAILED, "%s does not do the same twice: run again, %s", program->argv[0],
                      sample_reason(&second));
    sample_free(&second);
    return status;
}

json_t *program_json(const struct program *program)
{
    json_t *argv = json_array();
    for (size_t i = 0; program->argv[i]; i++)
        json_array_append_new(argv, word_json(program->argv[i]));
    return json_pack("{s:o, s:o, s:b, s:s?, s:I, s:I, s:o, s:o}", "argv", argv, "path", word_json(program->path),
                     "output_compared", !program->ignore_output, "reference_checksum", program->checksum, "exit_status",
                     (json_int_t)program->exit_status, "output_bytes", (json_int_t)program->output_bytes, "input",
                     program->input ? word_json(program->input) : json_null(), "prepare",
                     program->prepare ? word_json(program->prepare) : json_null());
}
