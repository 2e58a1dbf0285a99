#ifndef LAB_DRIVER_SIMULATOR_H
#define LAB_DRIVER_SIMULATOR_H

#include "perf/driver/arm.h"

#include <jansson.h>
#include <stdint.h>

/* What callgrind counts, by its own names: instructions; reads and writes of data; first-level misses of each; the same
 * of the last level; conditional and indirect branches, each with how many were mispredicted. */
enum simulated_event { IR, DR, DW, I1MR, D1MR, D1MW, ILMR, DLMR, DLMW, BC, BCM, BI, BIM, SIMULATED_EVENTS };

/* One process, simulated over its measured region. */
struct simulation {
    uint64_t ops;   /* calls of malloc and free in the region */
    json_t *record; /* the process's, with "events" added; the simulation's, NULL after a failure */
    uint64_t events[SIMULATED_EVENTS];
};

enum { SIMULATOR_CACHES = 3 };

/* callgrind, and the caches that it is told to simulate. */
struct simulator {
    char *caches[SIMULATOR_CACHES]; /* "--I1=32768,8,64", "--D1=...", "--LL=..." */
    char *words;                    /* "callgrind 3.19.0 (I1 32 KiB, 8 ways; D1 ...; LL ...)" */
};

/*
 * Finds valgrind and the machine's caches.  STATUS_FAILED, with what to do, where either is missing or the programs
 * here cannot be simulated.  simulator_free() in every case.
 */
int simulator_find(struct simulator *simulator, const struct paths *paths, struct lab_error *error);
void simulator_free(struct simulator *simulator);

/*
 * Runs the arm's program with the workload's parameters, unpinned.  `file` is a path that it may write to; it is gone
 * afterwards.  STATUS_FAILED with a sentence, STATUS_INTERRUPTED after Ctrl-C.  Any thread, each with a file of its
 * own.
 */
int simulator_run(const struct simulator *simulator, const struct arm *arm, const struct workload *workload,
                  double timeout_s, const char *file, struct simulation *simulation, struct lab_error *error);

void simulation_free(struct simulation *simulation);

/* {"Ir": ..., ...}: all events by callgrind's names. */
json_t *simulation_events(const struct simulation *simulation);

/* The counters made of the events, by name; per operation. */
enum simulated_counter { SIM_INSTRUCTIONS, SIM_L1_MISSES, SIM_LL_MISSES, SIM_BRANCH_MISSES, SIM_COUNTERS };
extern const char *const simulated_counter_names[SIM_COUNTERS];
uint64_t simulation_count(const struct simulation *simulation, enum simulated_counter counter);
double simulation_per_op(const struct simulation *simulation, enum simulated_counter counter);

#endif
