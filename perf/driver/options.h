#ifndef LAB_DRIVER_OPTIONS_H
#define LAB_DRIVER_OPTIONS_H

#include "perf/driver/allocator.h"
#include "perf/driver/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The subcommands; bits, so that an option can say which it belongs to. */
enum command {
    COMMAND_COMPARE = 1 << 0,
    COMMAND_LAB = 1 << 1,
    COMMAND_RUN = 1 << 2,
    COMMAND_LIST = 1 << 3,
    COMMAND_REPORT = 1 << 4,
    COMMAND_DOCTOR = 1 << 5,
    COMMAND_CENSUS = 1 << 12,
    COMMAND_STATS = 1 << 6,
    COMMAND_ABLATE = 1 << 20,
    COMMAND_PLOT = 1 << 25,
    COMMAND_BUNDLE = 1 << 26,
    COMMAND_SIMULATE = 1 << 21,
    COMMAND_SELFTEST = 1 << 7,
    COMMAND_GATE = 1 << 14,
    COMMAND_HISTORY = 1 << 15,
};

enum { OPTION_PARAMS_MAX = 16, THREAD_COUNTS_MAX = 7 };

/* --param NAME=VALUE */
struct option_param {
    const char *name;
    int64_t value;
};

/* What the command line says; 0, false or NULL where it says nothing. */
struct options {
    bool help;
    bool json;            /* run.json, or the record, to standard output and nothing else */
    bool listing;         /* the instructions as well */
    bool quick;           /* fewer and shorter samples */
    bool no_report;       /* do not make report.html */
    bool markdown;        /* a report as text */
    bool csv;             /* the same */
    bool samples;         /* every sample as CSV */
    bool term;            /* plots in the terminal */
    bool simulate;        /* simulated counters after the samples */
    bool latency;         /* times of single calls after the samples */
    bool memory;          /* memory over time after the samples */
    bool no_lanes;        /* nothing but the samples */
    bool require_pmu;     /* fail where hardware counters cannot be had */
    bool board;           /* every allocator against the best peer of each row */
    bool without_thp;     /* --thp never */
    bool across_machines; /* compare runs of different machines */
    bool verify;          /* have the workload check its blocks */
    bool same_code;       /* no option: a trial of selftest, whose arms may be one machine code, and without floor */
    const char *workload; /* comma list */
    const char *out;      /* results folder */
    const char *baseline; /* name of an allocator */
    const char *variant;  /* of hakmem, to stand beside the phases */
    const char *pin;      /* compact, spread or none; NULL: compact if that can be had */
    const char *group;    /* counter group */
    const char *metric;   /* of history */
    const char *resume;   /* folder of a selftest to go on with */
    bool linkage_given;
    bool timeout_given;
    enum linkage linkage;
    int64_t phase; /* -1: the newest */
    int64_t rounds;
    int64_t latency_rounds;  /* processes of each pair that time calls; 0: as many as there is time for */
    int64_t relink;          /* link orders to go around; 0: as make links */
    int64_t trials;          /* of selftest, of an allocator against itself */
    int64_t expected_status; /* of the program behind -- */
    int64_t size;            /* bytes of a block */
    int64_t threads;         /* 0: not given, or several */
    int64_t thread_counts[THREAD_COUNTS_MAX]; /* of --threads with a list, ascending */
    size_t thread_count_number;               /* 0 without a list */
    int64_t ops;                              /* no calibration then */
    uint64_t seed;
    double time_limit_s;
    double timeout_s; /* of one sample */
    struct option_param params[OPTION_PARAMS_MAX];
    size_t param_count;
    const char *const *words; /* what is no option, in its order */
    size_t word_count;
    const char *const *program; /* of compare: what stands behind `--`, ending with NULL; NULL: nothing does */
    bool ignore_output;         /* hold the program's exit status alone against the reference */
    const char *input;          /* file that is its standard input; NULL: nothing */
    const char *prepare;        /* shell command before each run of it; NULL: none */
};

/*
 * Parses argv[1..] of a subcommand (argv[0] is its name).  Words may be reordered in argv, which `options` points into.
 * STATUS_USAGE and a message for anything that is wrong.
 */
int options_parse(enum command command, int argc, char **argv, struct options *options, struct lab_error *error);

/* One line for each option of the subcommand. */
void options_print(FILE *file, enum command command);

#endif
