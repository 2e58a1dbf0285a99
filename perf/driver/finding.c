/*
 * Looking things up in a run.json.
 */
#include "perf/driver/finding.h"

#include <math.h>
#include <string.h>

const char *finding_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

double finding_number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

const json_t *finding_item(const json_t *list, const char *key, const char *value, const char *other_key,
                           const char *other_value)
{
    size_t i;
    json_t *item;
    json_array_foreach (list, i, item) {
        if (!strcmp(finding_text(item, key), value) &&
            (!other_key || !strcmp(finding_text(item, other_key), other_value)))
            return item;
    }
    return NULL;
}

const json_t *finding_comparison(const json_t *run, const char *workload, const char *metric, const char *candidate,
                                 const char *baseline)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(run, "comparisons"), i, item) {
        if (!strcmp(finding_text(item, "workload"), workload) && !strcmp(finding_text(item, "metric"), metric) &&
            !strcmp(finding_text(item, "candidate"), candidate) && !strcmp(finding_text(item, "baseline"), baseline))
            return item;
    }
    return NULL;
}
