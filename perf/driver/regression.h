#ifndef LAB_DRIVER_REGRESSION_H
#define LAB_DRIVER_REGRESSION_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Holds every comparison of `now` that a hakmem phase (or an allocator given by its path) is the candidate of against
 * the same one in `then`, both run.json:
 *
 *   [{"workload", "metric", "candidate", "baseline", "then", "now", "change", "threshold", "verdict", "words"}]
 *
 * `change` is the ratio now over the ratio then: below 1 the candidate has lost ground.  Verdicts: regressed, improved,
 * held, failed (it fails now and did not then), unjudged (with the reason in `words`).  The caller's.
 */
json_t *regression_rows(const json_t *then, const json_t *now);

/* How many of the comparisons of `then` whose candidate is ours are not in `now`; *all receives how many there are. */
size_t regression_absent(const json_t *then, const json_t *now, size_t *all);

/* How many rows have a verdict. */
size_t regression_count(const json_t *rows, const char *verdict);

/* Facts of the two machines that differ: `hard` those that make figures incomparable, else those worth a remark. */
json_t *regression_machines(const json_t *then, const json_t *now, bool hard);

#endif
