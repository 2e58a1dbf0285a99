/*
 * The options of all subcommands, in one table that the parser and the help are both made from, so that neither can
 * know an option that the other does not.
 */
#define _GNU_SOURCE
#include "perf/driver/options.h"

#include "perf/driver/latency_rows.h"
#include "perf/driver/relink.h"
#include "perf/driver/placement.h"
#include "perf/driver/text.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
    MEASURING = COMMAND_COMPARE | COMMAND_LAB | COMMAND_ABLATE,
    SAMPLING = MEASURING | COMMAND_RUN | COMMAND_STATS | COMMAND_SIMULATE
};

enum {
    TRIALS_MAX = 10000,        /* days */
    ROUNDS_MAX = 1000,         /* far above what narrows an interval */
    BLOCK_BYTES_MAX = 1 << 20, /* of census: several hundred such blocks fit into any machine */
    EXIT_STATUS_MAX = 255,     /* as waitpid(2) gives it */
    THREADS_MAX = 1024,        /* the workloads' own limits are checked as well */
    SECONDS_MAX = 24 * 3600    /* a day */
};

struct option_spec {
    const char *name;
    const char *argument; /* what the help calls it; NULL: none */
    unsigned commands;    /* the subcommands that have it */
    const char *meaning;
};

/* The order here is the order of the help, and option_index below follows it. */
static const struct option_spec specs[] = {
    {"workload", "LIST", MEASURING | COMMAND_PLOT | COMMAND_HISTORY, "workloads, such as random_mixed,tiny_hot (all)"},
    {"workload", "LIST", COMMAND_SELFTEST, "workloads that the trials go around (random_mixed)"},
    {"phase", "N", COMMAND_LAB | COMMAND_ABLATE, "which phase (the newest)"},
    {"variant", "NAME", COMMAND_LAB, "a variant beside the phases, such as phase3-without-X"},
    {"quick", NULL, MEASURING | COMMAND_SELFTEST, "shorter samples, fewer rounds: a first look"},
    {"trials", "N", COMMAND_SELFTEST, "of an allocator against itself; half as many of each slowdown (40)"},
    {"relink", "[=N]", COMMAND_COMPARE | COMMAND_LAB, "programs and phases in N link orders, in turn (3)"},
    {"rounds", "N", MEASURING | COMMAND_SELFTEST, "exactly N rounds, instead of as many as it takes"},
    {"time-limit", "S", MEASURING | COMMAND_SELFTEST, "no new block, or trial, after S seconds"},
    {"threads", "N", SAMPLING & ~(unsigned)COMMAND_COMPARE, "threads, for the workloads that can"},
    {"threads", "N,N...", COMMAND_COMPARE, "threads; several numbers measure each of them"},
    {"pin", "POLICY", (SAMPLING & ~(unsigned)COMMAND_SIMULATE) | COMMAND_SELFTEST,
     "compact, spread, per-cache or none (compact)"},
    {"thp", "WHEN", MEASURING | COMMAND_RUN, "never: no transparent huge pages; system: as set (system)"},
    {"seed", "N", SAMPLING | COMMAND_SELFTEST, "seed of the work and of the order (42)"},
    {"ops", "N", SAMPLING | COMMAND_SELFTEST, "operations, instead of calibrating"},
    {"param", "NAME=N", SAMPLING, "any other parameter; may be repeated"},
    {"ignore-output", NULL, COMMAND_COMPARE, "the program behind -- may print something else"},
    {"input", "FILE", COMMAND_COMPARE, "standard input of the program behind -- (nothing)"},
    {"prepare", "COMMAND", COMMAND_COMPARE, "shell command before each run of it, not timed"},
    {"expect-status", "N", COMMAND_COMPARE, "what the program behind -- has to exit with (0)"},
    {"board", NULL, COMMAND_COMPARE, "each against the best peer of a row (all: no older phases)"},
    {"baseline", "NAME", COMMAND_COMPARE, "compare every other allocator with NAME"},
    {"linkage", "KIND", COMMAND_COMPARE | COMMAND_RUN, "preload, or static for phases alone (preload)"},
    {"group", "LIST", MEASURING | COMMAND_RUN, "counter groups, see list; one a round"},
    {"simulate", NULL, COMMAND_COMPARE | COMMAND_LAB, "simulated counters as well (lab: without a PMU always)"},
    {"latency", "[=N]", COMMAND_COMPARE, "times of single calls as well, in N rounds (lab: always)"},
    {"memory", NULL, COMMAND_COMPARE, "memory over time as well (lab: always)"},
    {"no-lanes", NULL, COMMAND_LAB, "the timed samples alone: none of the lanes"},
    {"require-pmu", NULL, MEASURING, "fail, with the reason, without hardware counters"},
    {"timeout", "S", (SAMPLING & ~(unsigned)COMMAND_SIMULATE) | COMMAND_SELFTEST, "kill a sample after S seconds (20)"},
    {"timeout", "S", COMMAND_SIMULATE, "kill a simulation after S seconds (120)"},
    {"verify", NULL, COMMAND_RUN, "check the content of every block (slow)"},
    {"size", "BYTES", COMMAND_CENSUS, "size of the blocks (64)"},
    {"listing", NULL, COMMAND_CENSUS, "the instructions as well, allocators side by side"},
    {"resume", "DIR", COMMAND_SELFTEST, "go on with the self-test in DIR (the latest that was cut short)"},
    {"out", "DIR", MEASURING | COMMAND_SELFTEST, "results folder, new or empty (results/TIME-...)"},
    {"out", "PATH", COMMAND_REPORT | COMMAND_PLOT | COMMAND_BUNDLE, "where to write (in or beside the run)"},
    {"no-report", NULL, MEASURING, "do not make report.html"},
    {"metric", "NAME", COMMAND_HISTORY, "which metric, such as peak_rss_bytes (ops_per_sec)"},
    {"across-machines", NULL, COMMAND_GATE, "judge although the machines differ"},
    {"json", NULL,
     MEASURING | COMMAND_CENSUS | COMMAND_LIST | COMMAND_DOCTOR | COMMAND_STATS | COMMAND_SIMULATE | COMMAND_SELFTEST |
         COMMAND_GATE | COMMAND_HISTORY,
     "JSON to standard output, and nothing else there"},
    {"term", NULL, COMMAND_PLOT, "draw in the terminal instead of writing files"},
    {"markdown", NULL, COMMAND_REPORT, "print the answer and the tables as Markdown"},
    {"csv", NULL, COMMAND_REPORT, "print every comparison and median as CSV"},
    {"samples", NULL, COMMAND_REPORT, "print every single sample as CSV"},
    {"help", NULL, ~0u, "this help"},
};
enum { SPEC_COUNT = sizeof specs / sizeof specs[0] };

static int bad_value(const char *name, const char *value, const char *wanted, struct lab_error *error)
{
    return lab_error_set(error, STATUS_USAGE, "--%s '%s': must be %s", name, value, wanted);
}

static int parse_integer(const char *name, const char *value, int64_t min, int64_t max, int64_t *result,
                         struct lab_error *error)
{
    if (text_to_integer(value, min, max, result))
        return STATUS_DONE;
    return lab_error_set(error, STATUS_USAGE, "--%s '%s': must be a whole number from %lld to %lld", name, value,
                         (long long)min, (long long)max);
}

static int parse_seconds(const char *name, const char *value, double *result, struct lab_error *error)
{
    if (text_to_number(value, 0.001, SECONDS_MAX, result))
        return STATUS_DONE;
    return bad_value(name, value, "seconds, above 0 and at most 86400", error);
}

static int parse_param(char *text, struct options *options, struct lab_error *error)
{
    char *value = strchr(text, '=');
    if (options->param_count == OPTION_PARAMS_MAX)
        return lab_error_set(error, STATUS_USAGE, "--param may be given %d times", OPTION_PARAMS_MAX);
    struct option_param *param = &options->params[options->param_count];
    if (!value || value == text || !text_to_integer(value + 1, 0, INT64_MAX, &param->value))
        return bad_value("param", text, "NAME=NUMBER, such as slots=100", error);
    *value = '\0';
    param->name = text;
    options->param_count++;
    return STATUS_DONE;
}

static int parse_linkage(const char *value, struct options *options, struct lab_error *error)
{
    options->linkage_given = true;
    options->linkage = strcmp(value, "static") ? LINKAGE_PRELOAD : LINKAGE_STATIC;
    if (options->linkage == LINKAGE_PRELOAD && strcmp(value, "preload"))
        return bad_value("linkage", value, "preload or static", error);
    return STATUS_DONE;
}

static int parse_thp(const char *value, struct options *options, struct lab_error *error)
{
    options->without_thp = !strcmp(value, "never");
    return options->without_thp || !strcmp(value, "system") ? STATUS_DONE
                                                            : bad_value("thp", value, "never or system", error);
}

static int parse_seed(const char *value, struct options *options, struct lab_error *error)
{
    int64_t seed;
    int status = parse_integer("seed", value, 0, INT64_MAX, &seed, error);
    if (!status)
        options->seed = (uint64_t)seed;
    return status;
}

/* The number may be left away. */
static int parse_relink(const char *value, struct options *options, struct lab_error *error)
{
    options->relink = RELINK_LEAST;
    return value ? parse_integer("relink", value, RELINK_LEAST, RELINK_MOST, &options->relink, error) : STATUS_DONE;
}

/* Likewise. */
static int parse_latency(const char *value, struct options *options, struct lab_error *error)
{
    options->latency = true;
    return value ? parse_integer("latency", value, 1, LATENCY_ROUNDS_MAX, &options->latency_rounds, error)
                 : STATUS_DONE;
}

/* One number, or several for compare: then the same work is measured with each. */
static int parse_threads(char *value, struct options *options, struct lab_error *error)
{
    char *piece;
    int64_t threads = 0;
    bool list = strchr(value, ',') != NULL;
    while ((piece = text_next(&value, ','))) {
        int status = parse_integer("threads", piece, 1, THREADS_MAX, &threads, error);
        size_t count = options->thread_count_number;
        if (status)
            return status;
        if (list && count && threads <= options->thread_counts[count - 1])
            return bad_value("threads", piece, "more than the number before it", error);
        if (count == THREAD_COUNTS_MAX)
            return lab_error_set(error, STATUS_USAGE, "--threads takes at most %d numbers", THREAD_COUNTS_MAX);
        if (list)
            options->thread_counts[options->thread_count_number++] = threads;
    }
    options->threads = list ? 0 : threads;
    return STATUS_DONE;
}

static int parse_pin(const char *value, struct options *options, struct lab_error *error)
{
    options->pin = value;
    if (!placement_is_policy(value))
        return bad_value("pin", value, PLACEMENT_POLICIES, error);
    return STATUS_DONE;
}

static bool store_flag(const char *name, struct options *options)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"quick", &options->quick},
                 {"no-report", &options->no_report},
                 {"verify", &options->verify},
                 {"json", &options->json},
                 {"listing", &options->listing},
                 {"markdown", &options->markdown},
                 {"simulate", &options->simulate},
                 {"memory", &options->memory},
                 {"no-lanes", &options->no_lanes},
                 {"csv", &options->csv},
                 {"samples", &options->samples},
                 {"term", &options->term},
                 {"require-pmu", &options->require_pmu},
                 {"across-machines", &options->across_machines},
                 {"ignore-output", &options->ignore_output},
                 {"board", &options->board},
                 {"help", &options->help}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(flags[i].name, name))
            continue;
        *flags[i].flag = true;
        return true;
    }
    return false;
}

static bool store_text(const char *name, const char *value, struct options *options)
{
    const struct {
        const char *name;
        const char **text;
    } texts[] = {{"workload", &options->workload}, {"out", &options->out},         {"baseline", &options->baseline},
                 {"metric", &options->metric},     {"variant", &options->variant}, {"resume", &options->resume},
                 {"group", &options->group},       {"input", &options->input},     {"prepare", &options->prepare}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].name, name))
            continue;
        *texts[i].text = value;
        return true;
    }
    return false;
}

static int store(const char *name, char *value, struct options *options, struct lab_error *error)
{
    if (store_flag(name, options))
        return STATUS_DONE;
    if (!strcmp(name, "relink"))
        return parse_relink(value, options, error);
    if (!strcmp(name, "latency"))
        return parse_latency(value, options, error);
    if (!*value)
        return lab_error_set(error, STATUS_USAGE, "--%s needs a value, not an empty text", name);
    if (store_text(name, value, options))
        return STATUS_DONE;
    if (!strcmp(name, "phase"))
        return parse_integer(name, value, 0, PHASES_MAX, &options->phase, error);
    if (!strcmp(name, "rounds"))
        return parse_integer(name, value, 1, ROUNDS_MAX, &options->rounds, error);
    if (!strcmp(name, "trials"))
        return parse_integer(name, value, 1, TRIALS_MAX, &options->trials, error);
    if (!strcmp(name, "expect-status"))
        return parse_integer(name, value, 0, EXIT_STATUS_MAX, &options->expected_status, error);
    if (!strcmp(name, "size"))
        return parse_integer("size", value, 1, BLOCK_BYTES_MAX, &options->size, error);
    if (!strcmp(name, "threads"))
        return parse_threads(value, options, error);
    if (!strcmp(name, "ops"))
        return parse_integer(name, value, 1, INT64_MAX, &options->ops, error);
    if (!strcmp(name, "seed"))
        return parse_seed(value, options, error);
    if (!strcmp(name, "time-limit"))
        return parse_seconds(name, value, &options->time_limit_s, error);
    if (!strcmp(name, "timeout")) {
        options->timeout_given = true;
        return parse_seconds(name, value, &options->timeout_s, error);
    }
    if (!strcmp(name, "pin"))
        return parse_pin(value, options, error);
    if (!strcmp(name, "thp"))
        return parse_thp(value, options, error);
    if (!strcmp(name, "linkage"))
        return parse_linkage(value, options, error);
    return parse_param(value, options, error);
}

/* An option may stand in the table several times, with another meaning for other subcommands. */
static bool belongs(const char *name, enum command command)
{
    for (int i = 0; i < SPEC_COUNT; i++)
        if ((specs[i].commands & command) && !strcmp(specs[i].name, name))
            return true;
    return false;
}

/* Everything behind the first `--` is the program's own; getopt, which would reorder it, does not get to see it. */
static int take_program(int *argc, char **argv, struct options *options, struct lab_error *error)
{
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], "--"))
            continue;
        if (i + 1 == *argc)
            return lab_error_set(error, STATUS_USAGE,
                                 "a program is needed behind '--', such as './harness compare hakmem mimalloc -- "
                                 "sort FILE'");
        options->program = (const char *const *)argv + i + 1;
        *argc = i;
    }
    return STATUS_DONE;
}

/* Whether there is one, as getopt wants it; "[=N]" may be left away. */
static int argument_of(const struct option_spec *spec)
{
    return !spec->argument ? no_argument : *spec->argument == '[' ? optional_argument : required_argument;
}

int options_parse(enum command command, int argc, char **argv, struct options *options, struct lab_error *error)
{
    struct option table[SPEC_COUNT + 1] = {0};
    for (int i = 0; i < SPEC_COUNT; i++)
        table[i] = (struct option){.name = specs[i].name, .has_arg = argument_of(&specs[i]), .val = 1};
    *options = (struct options){.phase = -1, .seed = 42, .timeout_s = 20, .linkage = LINKAGE_PRELOAD};
    int status = command == COMMAND_COMPARE ? take_program(&argc, argv, options, error) : STATUS_DONE;
    if (status)
        return status;
    optind = 0; /* glibc: start anew */
    opterr = 0;
    for (;;) {
        int index = 0;
        int place = optind ? optind : 1;
        int code = getopt_long(argc, argv, ":h", table, &index);
        if (code < 0)
            break;
        if (code == 'h') {
            options->help = true;
            continue;
        }
        if (code == '?')
            return lab_error_set(error, STATUS_USAGE, "unknown option '%s'; see './harness %s --help'",
                                 argv[optind - 1], argv[0]);
        if (code == ':')
            return lab_error_set(error, STATUS_USAGE, "option '%s' needs a value; see './harness %s --help'",
                                 argv[place], argv[0]);
        if (!belongs(specs[index].name, command))
            return lab_error_set(error, STATUS_USAGE, "'%s' has no option --%s; see './harness %s --help'", argv[0],
                                 specs[index].name, argv[0]);
        status = store(specs[index].name, optarg, options, error);
        if (status)
            return status;
    }
    if (options->thread_count_number && command != COMMAND_COMPARE)
        return lab_error_set(error, STATUS_USAGE, "--threads takes one number; only compare takes several");
    options->words = (const char *const *)argv + optind;
    options->word_count = (size_t)(argc - optind);
    return STATUS_DONE;
}

void options_print(FILE *file, enum command command)
{
    for (int i = 0; i < SPEC_COUNT; i++) {
        if (!(specs[i].commands & command))
            continue;
        char *name = text_format("--%s%s%s", specs[i].name, specs[i].argument && *specs[i].argument != '[' ? " " : "",
                                 specs[i].argument ? specs[i].argument : "");
        fprintf(file, "  %-18s %s\n", name, specs[i].meaning);
        free(name);
    }
}
