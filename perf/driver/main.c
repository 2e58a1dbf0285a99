/*
 * harness: measures allocators against each other.  This file finds the subcommand, prints help and errors, and is the
 * only one that ends the program.
 */
#define _GNU_SOURCE
#include "perf/driver/commands.h"
#include "perf/driver/interrupt.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct subcommand {
    const char *name;
    enum command bit;
    int (*function)(const struct paths *, const struct options *, struct invocation, struct lab_error *);
    const char *words;   /* what stands behind it on the command line */
    const char *summary; /* one line */
    const char *more;    /* further lines of its own help */
};

static const struct subcommand subcommands[] = {
    {"compare", COMMAND_COMPARE, command_compare, "ALLOCATOR... [-- PROGRAM...]", "on every workload, or a program",
     "The first ALLOCATOR is the candidate, every other one a baseline in turn.  An\n"
     "ALLOCATOR is phase0..N, hakmem (the newest phase), system, mimalloc, jemalloc,\n"
     "tcmalloc, tbbmalloc, rpmalloc, snmalloc, all (every one found here), or the path\n"
     "of a shared object with a slash in it (./libfoo.so).\n"
     "With -- PROGRAM ARGS the whole program is run under each of them instead: wall\n"
     "time, CPU time, page faults, counters and peak memory of its process tree.  What\n"
     "it prints and its exit status have to be those under the system's malloc.\n"},
    {"lab", COMMAND_LAB, command_lab, "", "compare the phases, mimalloc and system",
     "The baseline is phase0; the newest of the phases is compared with mimalloc and\n"
     "system as well, and with the --variant if there is one.  After the timed\n"
     "samples come latency, memory over time and, without a PMU, simulated counters.\n"
     "Ends with the roadmap's figures beside the measured ones; the last line is the\n"
     "path of the report.\n"},
    {"ablate", COMMAND_ABLATE, command_ablate, "", "what each feature of a phase brings",
     "Leaves each feature out of the phase and adds each one to phase0, measures all of\n"
     "these variants, and says where the gains do not add up.  Variants with the same\n"
     "machine code are named as such and not timed.\n"},
    {"run", COMMAND_RUN, command_run, "WORKLOAD ALLOCATOR", "one process, its record as JSON",
     "ALLOCATOR as in compare, or floor: the loop with the least work any malloc does.\n"},
    {"stats", COMMAND_STATS, command_stats, "WORKLOAD ALLOCATOR", "what a counting build of hakmem counted",
     "ALLOCATOR is hakmem, phase0..N, or a variant such as phase3-without-direct_cache.\n"
     "Its counting build is made if need be.  Counting costs time: nothing is timed.\n"},
    {"census", COMMAND_CENSUS, command_census, "ALLOCATOR...", "instructions of one malloc, free, ...: exact",
     "Single-steps one warm call of malloc, free, calloc, realloc and a free by another\n"
     "thread; needs no performance counters.  ALLOCATOR as in compare.\n"},
    {"simulate", COMMAND_SIMULATE, command_simulate, "WORKLOAD ALLOCATOR", "instructions and misses, simulated",
     "Runs one process under callgrind, twice: instructions, cache misses and branch\n"
     "mispredictions per operation.  Needs no performance counters.  ALLOCATOR as in\n"
     "compare.\n"},
    {"list", COMMAND_LIST, command_list, "", "allocators, workloads, counter groups", ""},
    {"report", COMMAND_REPORT, command_report, "DIR [DIR2]", "the report of a run, or of two side by side",
     "Writes report.html into DIR, or to --out FILE (a folder: into it), and prints\n"
     "its path.  Of a damaged folder it shows what can be read, says on standard error\n"
     "what is missing, and exits with 0; so do plot and bundle.\n"},
    {"plot", COMMAND_PLOT, command_plot, "DIR", "the charts by phase, as SVG or in the terminal",
     "Writes one SVG for each workload and figure into DIR/plots and prints their paths;\n"
     "with --out FILE.svg, puts those of speed into one picture; with --term, draws them\n"
     "with characters.\n"},
    {"bundle", COMMAND_BUNDLE, command_bundle, "DIR", "a run and its report in one archive",
     "Packs report, samples, fingerprint, commands and the hakmem libraries measured into\n"
     "DIR.tar.gz and prints its path: enough for a stranger to check the run or repeat it.\n"},
    {"selftest", COMMAND_SELFTEST, command_selftest, "[ALLOCATOR...]", "how often the lab is right on this machine",
     "Compares each ALLOCATOR (hakmem and mimalloc) with a copy of itself, and an allocator\n"
     "with a slowdown of 1, 2 and 5 % with itself less that, many times; says how many\n"
     "claims were false, how many slowdowns were seen, and what the usual comparison of\n"
     "means would have said.  Takes long (--quick: a minute or two); cut short, it goes on\n"
     "when it is run again.  Exit status 1 when the lab cannot be trusted here.\n"},
    {"gate", COMMAND_GATE, command_gate, "BASELINE [RESULT]", "exit status 1 if hakmem got worse since",
     "Holds the comparisons of RESULT (the newest run) against those of BASELINE,\n"
     "both results folders, or the name of one in results/baselines.  A regression is\n"
     "a ratio whose interval lies below the former one, by more than the noise floor\n"
     "of both runs.  Exit status: 0 no regression, 1 a regression, 2 nothing that\n"
     "could be judged.\n"},
    {"history", COMMAND_HISTORY, command_history, "[ALLOCATOR...]", "one metric over all runs in results/",
     "ALLOCATOR as in the runs; hakmem, the default, is the newest phase of each run.\n"},
    {"doctor", COMMAND_DOCTOR, command_doctor, "", "what this machine can measure, and why not", ""},
};
enum { SUBCOMMAND_COUNT = sizeof subcommands / sizeof subcommands[0] };

static const struct subcommand *subcommand_named(const char *name)
{
    for (int i = 0; i < SUBCOMMAND_COUNT; i++)
        if (!strcmp(subcommands[i].name, name))
            return &subcommands[i];
    return NULL;
}

static void print_help(void)
{
    printf("usage: ./harness COMMAND [OPTIONS]\n\n");
    for (int i = 0; i < SUBCOMMAND_COUNT; i++)
        printf("  %-8s %-24s %s\n", subcommands[i].name, subcommands[i].words, subcommands[i].summary);
    printf("  %-8s %-24s %s\n", "help", "[COMMAND]", "this, or the help of a command");
    printf("\n./harness COMMAND --help lists the options of a command; --version prints the version.\n"
           "Exit status: 0 done, 1 a sample or a check failed, 2 wrong usage, 130 interrupted.\n");
}

static void print_command_help(const struct subcommand *subcommand)
{
    printf("usage: ./harness %s%s%s [OPTIONS]\n\n%s%s\n", subcommand->name, *subcommand->words ? " " : "",
           subcommand->words, subcommand->more, *subcommand->more ? "" : subcommand->summary);
    printf("%sOptions\n", *subcommand->more ? "" : "\n");
    options_print(stdout, subcommand->bit);
}

static int help(int argc, char **argv, struct lab_error *error)
{
    const struct subcommand *subcommand = argc > 2 ? subcommand_named(argv[2]) : NULL;
    if (argc > 2 && !subcommand)
        return lab_error_set(error, STATUS_USAGE, "there is no command '%s'; './harness help' lists them", argv[2]);
    if (subcommand)
        print_command_help(subcommand);
    else
        print_help();
    return STATUS_DONE;
}

static int dispatch(const struct subcommand *subcommand, struct invocation typed, struct lab_error *error)
{
    struct options options;
    struct paths paths = {0};
    char *words[typed.argc + 1];
    /* Parsing reorders its array; what was typed stays as it was, for the record. */
    memcpy(words, typed.argv, sizeof words);
    int status = options_parse(subcommand->bit, typed.argc - 1, words + 1, &options, error);
    if (status)
        return status;
    if (options.help) {
        print_command_help(subcommand);
        return STATUS_DONE;
    }
    status = paths_find(&paths, error);
    if (!status)
        status = subcommand->function(&paths, &options, typed, error);
    paths_free(&paths);
    return status;
}

static int run(int argc, char **argv, struct lab_error *error)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h"))
        return help(argc, argv, error);
    if (!strcmp(name, "--version")) {
        printf("hakmem harness %s\n", HAKMEM_VERSION);
        return STATUS_DONE;
    }
    if (argc < 2)
        return lab_error_set(error, STATUS_USAGE, "a command is needed; './harness help' lists them");
    const struct subcommand *subcommand = subcommand_named(name);
    if (!subcommand)
        return lab_error_set(error, STATUS_USAGE, "there is no command '%s'; './harness help' lists them", name);
    return dispatch(subcommand, (struct invocation){argc, argv}, error);
}

/* As in `harness list | head`: the other end of the pipe is closed. */
static bool reader_has_gone(void)
{
    struct pollfd end = {.fd = STDOUT_FILENO};
    return poll(&end, 1, 0) == 1 && (end.revents & POLLERR);
}

int main(int argc, char **argv)
{
    struct lab_error error = {.text = ""};
    interrupt_prepare();
    int status = run(argc, argv, &error);
    if ((fflush(stdout) || ferror(stdout)) && !status)
        status = lab_error_set(&error, STATUS_FAILED, "cannot write all of it to standard output; %s",
                               reader_has_gone() ? "whoever read it has ended" : "is its disk full?");
    if (status)
        fprintf(stderr, "harness: %s\n", error.text);
    return status;
}
