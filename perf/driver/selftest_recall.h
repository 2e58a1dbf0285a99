#ifndef LAB_DRIVER_SELFTEST_RECALL_H
#define LAB_DRIVER_SELFTEST_RECALL_H

#include "perf/driver/paths.h"

#include <jansson.h>
#include <stdbool.h>

/*
 * The latest complete self-test in `parent` (the results folder) on the machine of this run, as run.json's "selftest"
 * wants it; one of the same length (quick or not) is preferred.  NULL without one.
 */
json_t *selftest_recall(const char *parent, const json_t *machine, bool quick);

/* Sets it in a run.json, from its own machine and length; null without one. */
void selftest_attach(json_t *run, const struct paths *paths);

/* "smallest effect this machine can see: 2 % (self-test of ...)"; of NULL, that it is unknown.  To be freed. */
char *selftest_line(const json_t *selftest);

#endif
