/*
 * The roadmap's figures beside the measured ones.
 *
 * A level is met when the whole interval reaches it, missed when the whole interval stays below, and unresolved
 * otherwise, or when the measured ratio is no farther from the level than the run's noise floor; the verdict of a phase
 * is that on its minimum.  The intervals are those of the comparisons, so they hold for all of the workload's claims
 * together.
 */
#define _GNU_SOURCE
#include "perf/driver/roadmap.h"

#include "perf/driver/checklist.h"
#include "perf/driver/finding.h"
#include "perf/driver/verdict.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define WORKLOAD "random_mixed"
#define BASELINE "phase0"

enum { LEVEL_COUNT = 3, PHASE_COLUMNS = 8 };

static const char *const level_names[LEVEL_COUNT] = {"minimum", "target", "stretch"};

/* The roadmap's table: ratios of ops/sec, cumulative, against phase 0. */
static const struct goal {
    const char *phase;
    const char *mechanism;
    double levels[LEVEL_COUNT];
} goals[] = {
    {"phase1", "direct page cache", {1.10, 1.15, 1.20}},
    {"phase2", "dual free lists", {1.20, 1.27, 1.39}},
    {"phase3", "branch hints, packed flags", {1.35, 1.40, 1.45}},
};
enum { GOAL_COUNT = sizeof goals / sizeof goals[0] };

/* What was measured of a phase. */
struct gain {
    double ratio, low, high; /* NaN: no claim */
    double floor;            /* the run's noise, as a factor less 1; NaN: unknown */
};

static const char *judge(const struct gain *gain, double level)
{
    if (isnan(gain->low) || isnan(gain->high) || !verdict_floor_usable(gain->floor) ||
        fabs(log(gain->ratio / level)) <= log1p(gain->floor))
        return "unresolved";
    return gain->low >= level ? "met" : gain->high < level ? "missed" : "unresolved";
}

static struct gain gain_of(const json_t *run, const json_t *comparison)
{
    const json_t *noise =
        finding_item(json_object_get(run, "noise_floor"), "workload", WORKLOAD, "metric", "ops_per_sec");
    return (struct gain){.ratio = finding_number(comparison, "ratio"),
                         .low = finding_number(comparison, "ci_low"),
                         .high = finding_number(comparison, "ci_high"),
                         .floor = finding_number(noise, "floor")};
}

static void gain_words(char *words, size_t size, const struct goal *goal, const struct gain *gain,
                       const json_t *comparison)
{
    if (isnan(gain->low)) {
        snprintf(words, size, "%s", finding_text(comparison, "words"));
        return;
    }
    int used = snprintf(words, size, "%+.1f %% (%+.1f to %+.1f)", 100 * (gain->ratio - 1), 100 * (gain->low - 1),
                        100 * (gain->high - 1));
    for (int i = 0; i < LEVEL_COUNT && used > 0 && (size_t)used < size; i++)
        used += snprintf(words + used, size - (size_t)used, "%s %s %+.0f %% %s", i ? "," : ":", level_names[i],
                         100 * (goal->levels[i] - 1), judge(gain, goal->levels[i]));
}

static json_t *gain_json(const struct goal *goal, const struct gain *gain, const json_t *comparison)
{
    static const char *const fields[] = {"ratio", "ci_low", "ci_high"};
    char words[200];
    const char *level = NULL;
    json_t *json = json_object();
    json_object_set_new(json, "phase", json_string(goal->phase));
    json_object_set_new(json, "mechanism", json_string(goal->mechanism));
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        json_object_set(json, fields[i], json_object_get(comparison, fields[i]));
    for (int i = 0; i < LEVEL_COUNT; i++) {
        json_object_set_new(json, level_names[i], json_real(goal->levels[i]));
        if (!strcmp(judge(gain, goal->levels[i]), "met"))
            level = level_names[i];
    }
    gain_words(words, sizeof words, goal, gain, comparison);
    json_object_set_new(json, "level", level ? json_string(level) : json_null());
    json_object_set_new(json, "verdict", json_string(judge(gain, goal->levels[0])));
    json_object_set_new(json, "words", json_string(words));
    return json;
}

json_t *roadmap_make(const json_t *run)
{
    json_t *gains = json_array();
    for (int i = 0; i < GOAL_COUNT; i++) {
        const json_t *comparison = finding_comparison(run, WORKLOAD, "ops_per_sec", goals[i].phase, BASELINE);
        struct gain gain = gain_of(run, comparison);
        if (comparison)
            json_array_append_new(gains, gain_json(&goals[i], &gain, comparison));
    }
    if (!json_array_size(gains)) {
        json_decref(gains);
        return NULL;
    }
    return json_pack("{s:s, s:s, s:o, s:o}", "workload", WORKLOAD, "baseline", BASELINE, "gains", gains, "checks",
                     checklist_make(run, WORKLOAD, BASELINE));
}

static void print_gain(FILE *file, const json_t *gain)
{
    const char *level = finding_text(gain, "level");
    double low = finding_number(gain, "ci_low"), high = finding_number(gain, "ci_high");
    double ratio = finding_number(gain, "ratio");
    char measured[32] = "-", interval[32] = "-", verdict[32];
    if (!isnan(ratio))
        snprintf(measured, sizeof measured, "%+.1f %%", 100 * (ratio - 1));
    if (!isnan(low))
        snprintf(interval, sizeof interval, "%+.1f to %+.1f", 100 * (low - 1), 100 * (high - 1));
    snprintf(verdict, sizeof verdict, *level && strcmp(level, level_names[0]) ? "%s, even %s" : "%s",
             finding_text(gain, "verdict"), level);
    fprintf(file, "  %-8s %9s  %-16s", finding_text(gain, "phase"), measured, interval);
    for (int i = 0; i < LEVEL_COUNT; i++)
        fprintf(file, " %+6.0f %%", 100 * (finding_number(gain, level_names[i]) - 1));
    fprintf(file, "  %s\n", verdict);
}

static void print_check(FILE *file, const json_t *check)
{
    const char *required = finding_text(check, "required");
    const char *phase = finding_text(check, "phase");
    if (strlen(phase) > PHASE_COLUMNS) {
        fprintf(file, "  %s\n", phase); /* a variant: its name has no room beside the figures */
        phase = "";
    }
    fprintf(file, "  %-*s %-24s ", PHASE_COLUMNS, phase, finding_text(check, "check"));
    if (*required)
        fprintf(file, "%-22s %-10s %s\n", finding_text(check, "measured"), required, finding_text(check, "verdict"));
    else
        fprintf(file, "%s\n", finding_text(check, "measured"));
}

void roadmap_print(FILE *file, const json_t *run)
{
    size_t i;
    json_t *item;
    const json_t *roadmap = json_object_get(run, "roadmap");
    if (!roadmap)
        return;
    fprintf(file, "\nRoadmap: speed on %s against %s\n", finding_text(roadmap, "workload"),
            finding_text(roadmap, "baseline"));
    fprintf(file, "  %-8s %9s  %-16s %8s %8s %8s\n", "phase", "measured", "interval", "minimum", "target", "stretch");
    json_array_foreach (json_object_get(roadmap, "gains"), i, item) {
        print_gain(file, item);
    }
    fprintf(file, "\nChecklist\n");
    json_array_foreach (json_object_get(roadmap, "checks"), i, item) {
        print_check(file, item);
    }
}
