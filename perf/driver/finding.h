#ifndef LAB_DRIVER_FINDING_H
#define LAB_DRIVER_FINDING_H

#include <jansson.h>

/* Looking things up in a run.json. */

/* Text or number of a member; "" and NaN when it is absent or null. */
const char *finding_text(const json_t *object, const char *name);
double finding_number(const json_t *object, const char *name);

/* The comparison of two arms on a workload by a metric; NULL without one. */
const json_t *finding_comparison(const json_t *run, const char *workload, const char *metric, const char *candidate,
                                 const char *baseline);

/* The item of the list whose member `key` is `value`, and `other_key` `other_value` unless that is NULL. */
const json_t *finding_item(const json_t *list, const char *key, const char *value, const char *other_key,
                           const char *other_value);

#endif
