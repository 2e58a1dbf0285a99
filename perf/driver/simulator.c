/*
 * The simulated lane's instrument: valgrind's callgrind, with cache and branch simulation.
 *
 * callgrind interprets the process and runs every memory access through simulated caches, every branch through a
 * simulated predictor.  The program itself switches this on at the start of its measured region and off at the end
 * (perf/measure/simulation.h), so that neither its start nor its clean-up is in the figures.  The caches are passed
 * explicitly: left alone, valgrind asks CPUID, which in a virtual machine tells of another machine.
 *
 * What it is not: the two-level cache has no prefetcher and no TLB, the predictor is a generic one, and no figure says
 * anything about time.  What it is: the same in every run, on every machine, for every allocator.
 */
#define _GNU_SOURCE
#include "perf/driver/simulator.h"

#include "perf/driver/process.h"
#include "perf/driver/text.h"
#include "perf/driver/trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_S 0.2 /* between looks for Ctrl-C: simulations run side by side */

static const char *const event_names[SIMULATED_EVENTS] = {"Ir",   "Dr",   "Dw", "I1mr", "D1mr", "D1mw", "ILmr",
                                                          "DLmr", "DLmw", "Bc", "Bcm",  "Bi",   "Bim"};

const char *const simulated_counter_names[SIM_COUNTERS] = {"instructions", "l1_misses", "ll_misses", "branch_misses"};

/* The events that make up each counter. */
static const struct {
    enum simulated_event events[3];
    size_t count;
} sums[SIM_COUNTERS] = {{{IR}, 1}, {{I1MR, D1MR, D1MW}, 3}, {{ILMR, DLMR, DLMW}, 3}, {{BCM, BIM}, 2}};

uint64_t simulation_count(const struct simulation *simulation, enum simulated_counter counter)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < sums[counter].count; i++)
        sum += simulation->events[sums[counter].events[i]];
    return sum;
}

double simulation_per_op(const struct simulation *simulation, enum simulated_counter counter)
{
    return (double)simulation_count(simulation, counter) / (double)simulation->ops;
}

/* "I1=32768,8,64" -> "I1 32 KiB, 8 ways" */
static char *cache_words(const char *line)
{
    char name[8];
    unsigned long long bytes;
    unsigned ways;
    if (sscanf(line, "%7[^=]=%llu,%u", name, &bytes, &ways) != 3)
        return NULL;
    bool large = bytes >= 1 << 20;
    return text_format("%s %.4g %s, %u ways", name, (double)bytes / (large ? 1 << 20 : 1 << 10), large ? "MiB" : "KiB",
                       ways);
}

static int find_caches(struct simulator *simulator, const char *lines, const char *version)
{
    char *words[SIMULATOR_CACHES] = {0};
    char *copy = text_copy(lines), *rest = copy, *line;
    size_t count = 0;
    while (count < SIMULATOR_CACHES && (line = text_next(&rest, '\n')) && (words[count] = cache_words(line)))
        simulator->caches[count++] = text_format("--%s", line);
    if (count == SIMULATOR_CACHES)
        simulator->words = text_format("callgrind %s (%s; %s; %s)", version, words[0], words[1], words[2]);
    for (size_t i = 0; i < SIMULATOR_CACHES; i++)
        free(words[i]);
    free(copy);
    return count == SIMULATOR_CACHES ? STATUS_DONE : STATUS_FAILED;
}

static int ask_for_caches(struct simulator *simulator, const struct paths *paths, const char *version,
                          struct lab_error *error)
{
    char *program = text_format("%s/lab-resolve", paths->bin);
    struct process process = {
        .argv = (const char *const[]){program, "caches", NULL}, .timeout_s = 20, .wants_output = true};
    struct process_end end;
    int code = process_run(&process, &end);
    int status = STATUS_DONE;
    if (code || end.exit_status != 0 || find_caches(simulator, end.output ? end.output : "", version))
        status = lab_error_set(error, STATUS_FAILED, "no cache geometry to simulate: %s",
                               code ? strerror(-code) : end.complaint);
    process_end_free(&end);
    free(program);
    return status;
}

int simulator_find(struct simulator *simulator, const struct paths *paths, struct lab_error *error)
{
    *simulator = (struct simulator){.words = NULL};
    if (*LAB_SANITIZER)
        return lab_error_set(error, STATUS_FAILED,
                             "programs built with -fsanitize=%s cannot be simulated; use the plain build",
                             LAB_SANITIZER);
    char *version = process_output((const char *const[]){"valgrind", "--version", NULL});
    if (!version)
        return lab_error_set(error, STATUS_FAILED,
                             "nothing to simulate with: valgrind is not installed; run scripts/setup");
    const char *number = strchr(text_trim(version), '-');
    int status = ask_for_caches(simulator, paths, number ? number + 1 : version, error);
    free(version);
    return status;
}

void simulator_free(struct simulator *simulator)
{
    for (size_t i = 0; i < SIMULATOR_CACHES; i++)
        free(simulator->caches[i]);
    free(simulator->words);
}

/* The numbers behind `totals:`, in the order of the names behind `events:`. */
static bool read_totals(FILE *file, struct simulation *simulation)
{
    char line[512];
    enum simulated_event order[SIMULATED_EVENTS];
    size_t columns = 0;
    while (fgets(line, sizeof line, file)) {
        char *rest = line, *word;
        bool names = !strncmp(line, "events: ", strlen("events: "));
        if (!names && strncmp(line, "totals: ", strlen("totals: ")) != 0)
            continue;
        text_next(&rest, ' ');
        for (size_t i = 0; (word = text_next(&rest, ' ')); i++) {
            for (int event = 0; names && event < SIMULATED_EVENTS; event++)
                if (!strcmp(text_trim(word), event_names[event]) && columns < SIMULATED_EVENTS)
                    order[columns++] = (enum simulated_event)event;
            if (!names && i < columns)
                simulation->events[order[i]] = strtoull(word, NULL, 10);
        }
    }
    return columns == SIMULATED_EVENTS && simulation->events[IR] > 0;
}

static int read_file(const char *path, struct simulation *simulation, struct lab_error *error)
{
    FILE *file = fopen(path, "re");
    bool whole = file && read_totals(file, simulation);
    if (file)
        fclose(file);
    if (whole)
        return STATUS_DONE;
    return lab_error_set(error, STATUS_FAILED,
                         "callgrind counted nothing: the programs were built without valgrind/callgrind.h; install "
                         "valgrind and build again");
}

static void command_make(struct trial *trial, const struct simulator *simulator, const char *file)
{
    struct arguments *arguments = &trial->arguments;
    char *program = arm_program(trial->arm, workload_program(trial->workload));
    static const char *const fixed[] = {"valgrind",        "--quiet",          "--tool=callgrind",
                                        "--cache-sim=yes", "--branch-sim=yes", "--instr-atstart=no"};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        arguments_add(arguments, text_copy(fixed[i]));
    for (size_t i = 0; i < SIMULATOR_CACHES; i++)
        arguments_add(arguments, text_copy(simulator->caches[i]));
    arguments_add(arguments, text_format("--callgrind-out-file=%s", file));
    arguments_add_program(arguments, program, trial->workload);
    trial->program = program;
}

json_t *simulation_events(const struct simulation *simulation)
{
    json_t *events = json_object();
    for (int i = 0; i < SIMULATED_EVENTS; i++)
        json_object_set_new(events, event_names[i], json_integer((json_int_t)simulation->events[i]));
    return events;
}

int simulator_run(const struct simulator *simulator, const struct arm *arm, const struct workload *workload,
                  double timeout_s, const char *file, struct simulation *simulation, struct lab_error *error)
{
    struct trial trial = {.arm = arm, .workload = workload, .process = {.timeout_s = timeout_s, .tick_s = TICK_S}};
    *simulation = (struct simulation){0};
    command_make(&trial, simulator, file);
    int status = trial_run(&trial, &simulation->record, error);
    if (!status)
        status = read_file(file, simulation, error);
    unlink(file);
    simulation->ops = (uint64_t)json_integer_value(json_object_get(simulation->record, "ops"));
    if (!status && simulation->ops == 0)
        status = lab_error_set(error, STATUS_FAILED, "%s under %s made no operation", workload->name, arm->label);
    if (!status)
        json_object_set_new(simulation->record, "events", simulation_events(simulation));
    return status;
}

void simulation_free(struct simulation *simulation)
{
    json_decref(simulation->record);
    simulation->record = NULL;
}
