/*
 * An ablation on a terminal: for each workload the gain of every feature, however it was found, made from run.json
 * alone.
 *
 *      random_mixed, 12 rounds
 *        feature                  found by     gain      interval          verdict
 *        direct_cache             left out     +14.2 %   +13.0 to +15.1    faster
 */
#define _GNU_SOURCE
#include "perf/driver/ablation.h"

#include "perf/driver/finding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FEATURE_COLUMNS = 24 };

static const char *mode_words(const json_t *row)
{
    const char *mode = finding_text(row, "mode");
    bool all = !strcmp(finding_text(row, "feature"), "all");
    return !strcmp(mode, "without") ? "left out" : strcmp(mode, "alone") ? mode : all ? "together" : "added alone";
}

static const char *colour_of(const char *verdict, bool colour)
{
    if (!colour)
        return "";
    if (!strcmp(verdict, "faster") || !strcmp(verdict, "more"))
        return "\033[32m";
    if (!strcmp(verdict, "slower") || !strcmp(verdict, "less"))
        return "\033[31m";
    return "\033[2m";
}

static void print_row(FILE *file, const json_t *row, bool colour)
{
    const char *feature = finding_text(row, "feature"), *verdict = finding_text(row, "verdict");
    double ratio = finding_number(row, "ratio");
    double low = finding_number(row, "ci_low"), high = finding_number(row, "ci_high");
    char gain[32] = "-", interval[48] = "-";
    if (!isnan(ratio))
        snprintf(gain, sizeof gain, "%+.1f %%", 100 * (ratio - 1));
    if (!isnan(low))
        snprintf(interval, sizeof interval, "%+.1f to %+.1f", 100 * (low - 1), 100 * (high - 1));
    if (strlen(feature) > FEATURE_COLUMNS)
        fprintf(file, "  %s\n  %-*s ", feature, FEATURE_COLUMNS, "");
    else
        fprintf(file, "  %-*s ", FEATURE_COLUMNS, feature);
    fprintf(file, "%-11s %9s  %-18s %s%s%s\n", mode_words(row), gain, interval, colour_of(verdict, colour), verdict,
            colour ? "\033[0m" : "");
}

static void print_workload(FILE *file, const json_t *rows, const char *workload, bool colour)
{
    size_t i;
    json_t *row;
    fprintf(file, "\n%s\n  %-*s %-11s %9s  %-18s %s\n", workload, FEATURE_COLUMNS, "feature", "found by", "gain",
            "95 % interval", "verdict");
    json_array_foreach (rows, i, row) {
        if (!strcmp(finding_text(row, "workload"), workload))
            print_row(file, row, colour);
    }
}

void ablation_print(FILE *file, const json_t *run)
{
    size_t i;
    json_t *workload;
    const json_t *rows = json_object_get(run, "ablation");
    const json_t *workloads = json_object_get(json_object_get(run, "plan"), "workloads");
    bool colour = isatty(fileno(file)) && !getenv("NO_COLOR");
    if (!rows)
        return;
    fprintf(file, "What each feature brings in speed; interaction: together over apart\n");
    json_array_foreach (workloads, i, workload) {
        print_workload(file, rows, finding_text(workload, "name"), colour);
    }
}
