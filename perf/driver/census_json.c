/*
 * A census as JSON, and the census that belongs to a lab run: the code that malloc and free execute when nothing
 * unusual happens, phase by phase, so that a reader sees what a mechanism changed.
 */
#define _GNU_SOURCE
#include "perf/driver/census_json.h"

#include "perf/driver/interrupt.h"
#include "perf/driver/text.h"

#include <stdlib.h>

enum { SIZE = 64 }; /* bytes: a size that every allocator calls small */

/* "LSbA": loads, stores, branches conditionally, is atomic */
static json_t *step_json(const struct census_step *step)
{
    char *marks = text_format("%s%s%s%s", step->load ? "L" : "", step->store ? "S" : "", step->branch ? "b" : "",
                              step->atomic ? "A" : "");
    json_t *json = json_pack("{s:s, s:s, s:s}", "function", step->function ? step->function : "", "text", step->text,
                             "marks", marks);
    free(marks);
    return json;
}

json_t *census_json(const struct census *census, uint64_t size)
{
    const struct census_tally *usual = &census->usual;
    json_t *row = json_pack("{s:s, s:s, s:I, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "allocator", census->allocator, "op",
                            census_op_names[census->op], "size", (json_int_t)size, "instructions", usual->instructions,
                            "loads", usual->loads, "stores", usual->stores, "branches", usual->branches, "atomics",
                            usual->atomics, "lines", usual->lines, "code_lines", usual->code_lines);
    json_object_update_new(row, json_pack("{s:i, s:i, s:i, s:i}", "calls", census->calls, "calls_alike", census->like,
                                          "fewest", census->fewest, "most", census->most));
    json_t *steps = census->steps ? json_array() : NULL;
    for (size_t i = 0; i < census->step_count && steps; i++)
        json_array_append_new(steps, step_json(&census->steps[i]));
    if (steps)
        json_object_set_new(row, "steps", steps);
    return row;
}

static void take(json_t *list, const struct paths *paths, const struct allocator *allocator, enum census_op op,
                 char **reason)
{
    struct census census;
    struct lab_error error = {.text = ""};
    int status = census_take(paths, allocator, op, SIZE, true, &census, &error);
    if (!status)
        json_array_append_new(list, census_json(&census, SIZE));
    else if (!*reason)
        *reason = text_format("%s of %s: %s", census_op_names[op], allocator->label, error.text);
    census_free(&census);
}

json_t *census_of_plan(const struct plan *plan, const struct paths *paths, char **reason)
{
    static const enum census_op ops[] = {CENSUS_MALLOC, CENSUS_FREE, CENSUS_REMOTE_FREE};
    json_t *list = json_array();
    *reason = NULL;
    for (size_t i = 0; i < plan->allocator_count; i++)
        for (size_t j = 0; j < sizeof ops / sizeof ops[0] && !interrupt_came(); j++)
            if (plan->allocators[i].kind != KIND_FLOOR)
                take(list, paths, &plan->allocators[i], ops[j], reason);
    return list;
}
