/*
 * From the events of a counting build to figures that say something.
 *
 * A counting build takes a shared atomic counter at every event, so it is never timed; what it counts is the same as in
 * the timed build, because the work of a workload depends on its parameters and seed alone.  (With several threads the
 * interleaving differs, and the counts of remote frees and collections with it.)
 */
#define _GNU_SOURCE
#include "perf/driver/tally.h"

#include "perf/driver/arm.h"
#include "perf/driver/sample.h"
#include "perf/driver/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EVENTS_MAX = 2 };

enum form { FORM_SHARE, FORM_RATE, FORM_NUMBER };

/* The sum of some events, over another event or the workload's operations. */
struct figure {
    const char *name;
    const char *events[EVENTS_MAX + 1]; /* ends with NULL */
    const char *over;                   /* event; "ops"; NULL: nothing */
    enum form form;
    const char *meaning;
};

static const struct figure figures[] = {
    {"direct_cache_hit_rate",
     {"direct_cache_hits"},
     "direct_cache_looks",
     FORM_SHARE,
     "of small mallocs got a block from pages_direct"},
    {"atomic_ops_per_op", {"atomic_rmw"}, "ops", FORM_RATE, "atomic updates of block lists an operation"},
    {"remote_free_share", {"remote_frees"}, "free_calls", FORM_SHARE, "of frees went to another owner's page"},
    {"slow_path_per_op", {"malloc_slow", "free_slow"}, "ops", FORM_RATE, "mallocs and frees off the fast path"},
    {"collections", {"collections"}, NULL, FORM_NUMBER, "times freed blocks were taken back"},
    {"page_retirements", {"pages_retired"}, NULL, FORM_NUMBER, "empty pages given back to the spans"},
    {"purges", {"purges"}, NULL, FORM_NUMBER, "times memory went back to the system"},
};
enum { FIGURE_COUNT = sizeof figures / sizeof figures[0] };

static bool event_add(const json_t *counts, const char *event, double *sum)
{
    const json_t *value = json_object_get(counts, event);
    *sum += json_number_value(value);
    return value != NULL;
}

static json_t *figure_json(const struct figure *figure, const json_t *counts, double ops)
{
    double sum = 0, whole = 0;
    bool known = true;
    for (int i = 0; figure->events[i]; i++)
        known = event_add(counts, figure->events[i], &sum) && known;
    if (!known)
        return json_null();
    if (!figure->over)
        return json_integer((json_int_t)sum);
    if (!strcmp(figure->over, "ops"))
        whole = ops;
    else
        event_add(counts, figure->over, &whole);
    return whole > 0 ? json_real(sum / whole) : json_null();
}

json_t *tally_figures(const json_t *counts, double ops)
{
    json_t *json = json_object();
    for (int i = 0; i < FIGURE_COUNT; i++)
        json_object_set_new(json, figures[i].name, figure_json(&figures[i], counts, ops));
    return json;
}

static json_t *tally_json(const struct workload *workload, const struct allocator *allocator, const json_t *record,
                          json_t *counts)
{
    json_t *ops = json_object_get(record, "ops");
    json_t *made = tally_figures(counts, json_number_value(ops));
    json_t *json = json_object();
    json_object_set_new(json, "workload", json_string(workload->name));
    json_object_set_new(json, "allocator", json_string(allocator->label));
    json_object_set(json, "ops", ops);
    json_object_update(json, made);
    json_object_set(json, "counts", counts);
    json_decref(made);
    return json;
}

int tally_take(const struct paths *paths, const struct workload *workload, const struct allocator *allocator,
               double timeout_s, json_t **tally, struct lab_error *error)
{
    struct arm arm;
    struct sample sample;
    const char *temporary = getenv("TMPDIR");
    char *record =
        text_format("%s/hakmem-lab-tally-%d.json", temporary && *temporary ? temporary : "/tmp", (int)getpid());
    struct sample_request request = {.workload = workload, .arm = &arm, .timeout_s = timeout_s, .record = record};
    int status = STATUS_DONE;
    arm_make(&arm, paths, allocator, LINKAGE_PRELOAD);
    sample_take(&request, &sample);
    json_t *counts = json_object_get(sample.json, "counts");
    if (sample.state == SAMPLE_INTERRUPTED)
        status = lab_error_set(error, STATUS_INTERRUPTED, "interrupted");
    else if (sample.state == SAMPLE_FAILED)
        status = lab_error_set(error, STATUS_FAILED, "%s under the counting build of %s failed: %s", workload->name,
                               allocator->label, sample_reason(&sample));
    else if (!counts)
        status =
            lab_error_set(error, STATUS_USAGE,
                          "%s does not count its events; hakmem and phase0..N have counting builds", allocator->label);
    else
        *tally = tally_json(workload, allocator, sample.json, counts);
    sample_free(&sample);
    arm_free(&arm);
    free(record);
    return status;
}

static void figure_text(char text[32], enum form form, const json_t *value)
{
    if (!json_is_number(value))
        snprintf(text, 32, "-");
    else if (form == FORM_SHARE)
        snprintf(text, 32, "%.2f %%", 100 * json_number_value(value));
    else if (form == FORM_RATE)
        snprintf(text, 32, "%.4f", json_number_value(value));
    else
        snprintf(text, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

void tally_print(FILE *file, const json_t *tally)
{
    const char *event;
    json_t *value;
    bool missing = false;
    char *ops = text_grouped((uint64_t)json_integer_value(json_object_get(tally, "ops")));
    fprintf(file, "%s under the counting build of %s, %s operations\n\n",
            json_string_value(json_object_get(tally, "workload")),
            json_string_value(json_object_get(tally, "allocator")), ops);
    free(ops);
    for (int i = 0; i < FIGURE_COUNT; i++) {
        char text[32];
        value = json_object_get(tally, figures[i].name);
        missing = missing || !json_is_number(value);
        figure_text(text, figures[i].form, value);
        fprintf(file, "  %-22s %10s  %s\n", figures[i].name, text, figures[i].meaning);
    }
    if (missing)
        fprintf(file, "\n  - : out of use in this build, or nothing of the kind happened\n");
    fprintf(file, "\nEvents\n");
    json_object_foreach (json_object_get(tally, "counts"), event, value)
        fprintf(file, "  %-22s %10" JSON_INTEGER_FORMAT "\n", event, json_integer_value(value));
}
