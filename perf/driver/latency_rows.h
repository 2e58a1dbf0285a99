#ifndef LAB_DRIVER_LATENCY_ROWS_H
#define LAB_DRIVER_LATENCY_ROWS_H

#include <jansson.h>
#include <stddef.h>

enum { LATENCY_ROUNDS_MAX = 64 }; /* processes of a pair */

/*
 * Rows of "latency" in run.json, one for each operation, from the records of `count` processes of one pair and of one
 * more in which slow calls were explained (NULL: none).  A quantile is the median of those of the processes, and so is
 * what their slowest calls took ("slowest_ns"); from six processes on, "intervals" holds that of 95 % of each.  The
 * maximum is the largest.  A quantile that fewer than one call of a process lies beyond is left out, or null.
 */
void latency_rows_add(json_t *list, const char *workload, const char *allocator, json_t *const *records, size_t count,
                      const json_t *explained);

/* "page fault 95 %, unknown 5 %": the causes of slow calls, the commonest first; to be freed. */
char *latency_causes_text(const json_t *slow);

#endif
