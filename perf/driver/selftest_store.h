#ifndef LAB_DRIVER_SELFTEST_STORE_H
#define LAB_DRIVER_SELFTEST_STORE_H

#include "perf/driver/paths.h"
#include "perf/driver/status.h"

#include <jansson.h>
#include <stdbool.h>

/* The folder of a self-test, open for going on with it. */
struct selftest_store {
    char *folder;   /* absolute path */
    int lines;      /* descriptor of trials.jsonl, locked against a second self-test */
    json_t *trials; /* all that are finished, in order */
    json_t *head;   /* what selftest.json begins with: settings, machine, calibration, started_at */
    bool resumed;   /* it was there before */
};

/*
 * Opens `resume`, or `out`, or the latest folder in `parent` that was cut short, or a new one in `parent`.  Only a
 * folder with equal settings on the same machine is gone on with; STATUS_USAGE when a named one differs or is complete,
 * STATUS_FAILED when the system refuses or another process is at it.  selftest_store_close() in every case.
 */
int selftest_store_open(struct selftest_store *store, const char *parent, const char *resume, const char *out,
                        const json_t *settings, const json_t *machine, struct lab_error *error);

/* Appends a finished trial, which is the caller's still. */
int selftest_store_append(struct selftest_store *store, const json_t *trial, struct lab_error *error);

/* Writes selftest.json: the head, then all of `figures`; whole, or the former one stays. */
int selftest_store_save(struct selftest_store *store, const char *state, const json_t *figures,
                        struct lab_error *error);
void selftest_store_close(struct selftest_store *store);

#endif
