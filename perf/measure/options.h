/*
 * The command line of a workload program.
 */
#ifndef LAB_OPTIONS_H
#define LAB_OPTIONS_H

#include "perf/measure/workload.h"

enum lab_action {
    LAB_ACTION_RUN,      /* measure */
    LAB_ACTION_HELP,     /* --help */
    LAB_ACTION_VERSION,  /* --version */
    LAB_ACTION_DESCRIBE, /* --describe */
};

struct lab_options {
    enum lab_action action;   /* what is wanted */
    struct lab_params params; /* the workload's defaults, overridden */
    bool verify;              /* --verify */
    const char *cpus;         /* --cpus LIST, or NULL */
    const char *pin;          /* --pin POLICY, or NULL */
    const char *events;       /* --events FILE, or NULL */
    const char *group;        /* --group NAME, or NULL */
    const char *record;       /* --record PATH, or NULL */
};

/* Parses and checks.  0, or -EINVAL with a sentence: wrong usage. */
int lab_options_parse(int argc, char **argv, const struct lab_workload *workload, struct lab_options *options,
                      struct lab_error *error);

/* Prints --help to standard output. */
void lab_options_help(const struct lab_workload *workload);

/* Writes the object of --describe: name, summary, models, params with their limits. */
struct lab_json;
void lab_options_describe(const struct lab_workload *workload, struct lab_json *json);

#endif
