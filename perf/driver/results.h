#ifndef LAB_DRIVER_RESULTS_H
#define LAB_DRIVER_RESULTS_H

#include "perf/driver/status.h"

#include <jansson.h>

/* An open results folder. */
struct results {
    char *folder;  /* absolute path */
    char *scratch; /* folder within it for what is gone when the run is over */
    char *record;  /* path where a measured process leaves its record */
    int samples;   /* descriptor of samples.jsonl */
};

/*
 * Creates the folder: `out`, which must be new or empty, or a new one in `parent` called by the time and `name`.
 * STATUS_USAGE when `out` holds something already, STATUS_FAILED when the system refuses.
 */
int results_open(struct results *results, const char *out, const char *parent, const char *name,
                 struct lab_error *error);

/* Appends a line to samples.jsonl.  STATUS_FAILED when it cannot be written whole, such as on a full disk. */
int results_append(struct results *results, const json_t *sample, struct lab_error *error);

/*
 * Appends the record of a process that is not a sample to lanes.jsonl, which is made with the first: `lane` is what it
 * was run for, `label` its allocator.  STATUS_FAILED when it cannot be written whole.
 */
int results_append_lane(struct results *results, const char *lane, const char *label, json_t *record,
                        struct lab_error *error);

/* Writes run.json: whole, or the former one stays. */
int results_save(struct results *results, const json_t *run, struct lab_error *error);

/* Removes the folder of a run that came to nothing, if all that it holds is an empty samples.jsonl. */
void results_discard(struct results *results);

/* Removes the scratch folder and closes the rest. */
void results_close(struct results *results);

#endif
