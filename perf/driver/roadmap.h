#ifndef LAB_DRIVER_ROADMAP_H
#define LAB_DRIVER_ROADMAP_H

#include <jansson.h>
#include <stdio.h>

/*
 * The verdict on the roadmap's phases, from the comparisons, "stats" and "code_sizes" of a run.json:
 *
 *   {"workload": "random_mixed", "baseline": "phase0",
 *    "gains":  [{"phase", "mechanism", "ratio", "ci_low", "ci_high", "minimum", "target", "stretch", "level",
 *                "verdict", "words"}],
 *    "checks": [{"phase", "check", "measured", "required", "verdict", "words"}]}
 *
 * A verdict is met, missed or unresolved, and measured for a figure without a requirement.  NULL when the run has not
 * the workload or the baseline.
 */
json_t *roadmap_make(const json_t *run);

/* Two tables within 80 columns; nothing when the run has no roadmap. */
void roadmap_print(FILE *file, const json_t *run);

#endif
