#ifndef LAB_DRIVER_COMMANDS_H
#define LAB_DRIVER_COMMANDS_H

#include "perf/driver/options.h"
#include "perf/driver/paths.h"
#include "perf/driver/status.h"

/* The harness's own command line, as typed. */
struct invocation {
    int argc;
    char **argv;
};

/* One function for each subcommand; what it returns is the exit status.  They print to standard output. */
int command_compare(const struct paths *paths, const struct options *options, struct invocation typed,
                    struct lab_error *error);
int command_lab(const struct paths *paths, const struct options *options, struct invocation typed,
                struct lab_error *error);
int command_ablate(const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error);
int command_run(const struct paths *paths, const struct options *options, struct invocation typed,
                struct lab_error *error);
int command_census(const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error);
int command_list(const struct paths *paths, const struct options *options, struct invocation typed,
                 struct lab_error *error);
int command_report(const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error);
int command_plot(const struct paths *paths, const struct options *options, struct invocation typed,
                 struct lab_error *error);
int command_bundle(const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error);
int command_doctor(const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error);
int command_selftest(const struct paths *paths, const struct options *options, struct invocation typed,
                     struct lab_error *error);
int command_stats(const struct paths *paths, const struct options *options, struct invocation typed,
                  struct lab_error *error);
int command_gate(const struct paths *paths, const struct options *options, struct invocation typed,
                 struct lab_error *error);
int command_history(const struct paths *paths, const struct options *options, struct invocation typed,
                    struct lab_error *error);
int command_simulate(const struct paths *paths, const struct options *options, struct invocation typed,
                     struct lab_error *error);

/* Measures what is planned, writes and prints it, makes the report: what compare, lab and ablate have in common. */
struct plan;
int plan_carry_out(struct plan *plan, const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error);

#endif
