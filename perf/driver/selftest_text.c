/*
 * The self-test on a terminal: the lab beside a benchmark that compares means, on the same pairs.
 *
 *                         blocks and sign test        all A, all B, Welch
 *      nothing: claims     0 of 40   0 %    0..8.8      9 of 40  22 %   11..39
 *      1 % slower: seen   12 of 20  60 %   36..81       8 of 20  40 %   19..64
 */
#include "perf/driver/selftest_text.h"

#include "perf/driver/agenda.h"
#include "perf/driver/selftest_figures.h"
#include "perf/driver/selftest_recall.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHARE_COLUMNS = 30 };

static double number(const json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* "12 of 20   60 %   36..81 %" */
static void print_share(FILE *file, const json_t *rate, const json_t *trials, const json_t *interval)
{
    char text[64] = "-";
    double share = json_number_value(rate);
    int count = (int)json_integer_value(trials);
    if (json_is_number(rate))
        snprintf(text, sizeof text, "%3.0f of %-3d %3.0f %%  %.0f..%.0f %%", share * count, count, 100 * share,
                 100 * json_number_value(json_array_get(interval, 0)),
                 100 * json_number_value(json_array_get(interval, 1)));
    fprintf(file, "%-*s", SHARE_COLUMNS, text);
}

static void print_claims(FILE *file, const json_t *figures)
{
    print_share(file, json_object_get(figures, "false_claim_rate"), json_object_get(figures, "aa_trials"),
                json_object_get(figures, "false_claim_interval"));
}

static void print_seen(FILE *file, const json_t *figures, const char *effect)
{
    print_share(file, json_object_get(json_object_get(figures, "detected"), effect),
                json_object_get(json_object_get(figures, "detected_trials"), effect),
                json_object_get(json_object_get(figures, "detected_intervals"), effect));
}

static void print_shares(FILE *file, const json_t *whole)
{
    const json_t *means = json_object_get(whole, "hyperfine");
    fprintf(file, "  %-20s%-*s%s\n", "", SHARE_COLUMNS, "this lab", "all A, all B, Welch t-test");
    fprintf(file, "  %-20s", "nothing: claims");
    print_claims(file, whole);
    print_claims(file, means);
    for (size_t i = 0; i < AGENDA_EFFECTS; i++) {
        char effect[16], label[32];
        snprintf(effect, sizeof effect, "%d", agenda_effects[i]);
        snprintf(label, sizeof label, "%s %% slower: seen", effect);
        fprintf(file, "\n  %-20s", label);
        print_seen(file, whole, effect);
        print_seen(file, means, effect);
    }
    fprintf(file, "\n  (95 %% intervals of the shares)\n\n");
}

static void print_ranges(FILE *file, const json_t *whole)
{
    const json_t *own = json_object_get(whole, "aa_ratio_range");
    const json_t *means = json_object_get(json_object_get(whole, "hyperfine"), "aa_ratio_range");
    const json_t *measured = json_object_get(whole, "measured_effect");
    if (json_array_size(own) == 2 && json_array_size(means) == 2)
        fprintf(file, "ratios where there is nothing: %.3f to %.3f; by means %.3f to %.3f\n",
                json_number_value(json_array_get(own, 0)), json_number_value(json_array_get(own, 1)),
                json_number_value(json_array_get(means, 0)), json_number_value(json_array_get(means, 1)));
    fprintf(file, "what the injected slowdowns measured:");
    for (size_t i = 0; i < AGENDA_EFFECTS; i++) {
        char effect[16];
        snprintf(effect, sizeof effect, "%d", agenda_effects[i]);
        fprintf(file, isnan(number(measured, effect)) ? "%s %s %% -" : "%s %s %% as %.2f %%", i ? "," : "", effect,
                number(measured, effect));
    }
    fputc('\n', file);
}

static void print_smallest(FILE *file, const json_t *whole)
{
    double estimate = number(whole, "detectable_effect_estimate");
    json_t *brief = json_copy((json_t *)whole);
    json_object_set(brief, "quick", json_object_get(json_object_get(whole, "settings"), "quick"));
    char *line = selftest_line(brief);
    fprintf(file, "%s", line);
    if (!isnan(estimate))
        fprintf(file, "; by the spread of nothing, %.1f %%", estimate);
    fputc('\n', file);
    free(line);
    json_decref(brief);
}

static void print_cost(FILE *file, const json_t *whole)
{
    const json_t *cost = json_object_get(whole, "cost"), *resolve = json_object_get(whole, "resolve_2_percent");
    double seconds = number(resolve, "seconds");
    if (!isnan(seconds))
        fprintf(file, "time to resolve 2 %%: %.1f s, %.0f rounds (median of %d trials)\n", seconds,
                number(resolve, "rounds"), (int)number(resolve, "trials"));
    else
        fprintf(file, "time to resolve 2 %%: more than a trial has, in half of them or more\n");
    if (!isnan(number(cost, "overhead_ns_per_op")))
        fprintf(file,
                "the lab adds %.5f ns to an operation (the loop itself takes %.2f ns) and %.1f ms to a process of "
                "%.1f MiB\n",
                number(cost, "overhead_ns_per_op"), number(cost, "loop_ns_per_op"), 1e3 * number(cost, "outside_s"),
                number(cost, "process_bytes") / (1 << 20));
    if (!isnan(number(cost, "harness_bytes")))
        fprintf(file, "the harness itself: %.1f MiB\n", number(cost, "harness_bytes") / (1 << 20));
}

static void print_end(FILE *file, const json_t *whole)
{
    int failed = (int)number(whole, "failed_trials");
    const char *state = json_string_value(json_object_get(whole, "state"));
    if (failed)
        fprintf(file, "trials with failed samples, in no share: %d\n", failed);
    if (json_is_true(json_object_get(json_object_get(whole, "settings"), "quick")))
        fprintf(file, "quick self-test: short samples and few rounds; a full one sees smaller effects\n");
    if (!state || strcmp(state, "complete"))
        fprintf(file, "PARTIAL: this self-test was cut short; run it again to go on\n");
}

void selftest_print(FILE *file, const json_t *whole)
{
    print_shares(file, whole);
    print_ranges(file, whole);
    print_smallest(file, whole);
    print_cost(file, whole);
    print_end(file, whole);
}
