#ifndef LAB_DRIVER_SELFTEST_FIGURES_H
#define LAB_DRIVER_SELFTEST_FIGURES_H

#include <jansson.h>

/* A slowdown counts as visible when at least this share of its trials shows it... */
#define SELFTEST_SHARE_SEEN 0.8
/* ...of at least so many. */
enum { SELFTEST_TRIALS_SEEN = 10 };

/* False claims that the lab may make: the error that every interval allows. */
#define SELFTEST_FALSE_CLAIMS_MAX 0.05

/*
 * What finished trials (selftest_trial.h, each with "effect_percent") come to, as selftest.json has it, from
 * "aa_trials" to "passed"; perf/schema/selftest.schema.json describes every field.  A trial with failed samples is
 * counted as such and is in no share.
 */
json_t *selftest_figures(const json_t *trials);

#endif
