/*
 * What each phase must show besides its gain.  A figure that the run has not (no counting build, no objdump) makes its
 * check unresolved, with the reason in words.
 */
#define _GNU_SOURCE
#include "perf/driver/checklist.h"

#include "perf/driver/finding.h"
#include "perf/driver/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIT_RATE_MIN         0.95
#define ATOMIC_REDUCTION_MIN 0.80
#define CACHE_ENTRIES        129 /* words of 8 bytes to 1024 bytes, and 0 */
#define CACHE_BYTES          (CACHE_ENTRIES * 8)

static const char no_counts[] = "no counting build ran on this workload";

/* What is being filled in. */
struct checklist {
    const json_t *run;
    const char *workload;
    const char *baseline;
    json_t *list;
};

/* Takes over `measured`; an empty `required` is none. */
static void add(struct checklist *checklist, const char *phase, const char *check, char *measured, const char *required,
                const char *verdict, const char *words)
{
    json_t *json = json_object();
    json_object_set_new(json, "phase", json_string(phase));
    json_object_set_new(json, "check", json_string(check));
    json_object_set_new(json, "measured", measured ? json_string(measured) : json_null());
    json_object_set_new(json, "required", *required ? json_string(required) : json_null());
    json_object_set_new(json, "verdict", json_string(verdict));
    json_object_set_new(json, "words", json_string(words));
    json_array_append_new(checklist->list, json);
    free(measured);
}

static double stat_of(const struct checklist *checklist, const char *phase, const char *figure)
{
    const json_t *stats = json_object_get(checklist->run, "stats");
    return finding_number(finding_item(stats, "allocator", phase, "workload", checklist->workload), figure);
}

static bool has_phase(const struct checklist *checklist, const char *phase)
{
    const json_t *allocators = json_object_get(json_object_get(checklist->run, "plan"), "allocators");
    return finding_item(allocators, "label", phase, NULL, NULL) != NULL;
}

static void add_hit_rate(struct checklist *checklist)
{
    double rate = stat_of(checklist, "phase1", "direct_cache_hit_rate");
    const char *verdict = isnan(rate) ? "unresolved" : rate > HIT_RATE_MIN ? "met" : "missed";
    add(checklist, "phase1", "direct cache hit rate", isnan(rate) ? NULL : text_format("%.2f %%", 100 * rate), "> 95 %",
        verdict, isnan(rate) ? no_counts : "of mallocs to 1024 bytes, in the counting build");
}

static void add_atomics(struct checklist *checklist, const char *phase)
{
    double before = stat_of(checklist, "phase1", "atomic_ops_per_op");
    double after = stat_of(checklist, phase, "atomic_ops_per_op");
    double reduction = before > 0 ? 1 - after / before : NAN;
    char words[128];
    const char *verdict = isnan(reduction) ? "unresolved" : reduction >= ATOMIC_REDUCTION_MIN ? "met" : "missed";
    snprintf(words, sizeof words, "%.4f an operation, %.4f in phase1, in the counting builds", after, before);
    add(checklist, phase, "fewer atomic operations", isnan(reduction) ? NULL : text_format("%.1f %%", 100 * reduction),
        ">= 80 %", verdict, isnan(reduction) ? no_counts : words);
}

static const json_t *sizes_of(const struct checklist *checklist, const char *phase)
{
    return finding_item(json_object_get(checklist->run, "code_sizes"), "allocator", phase, NULL, NULL);
}

static void add_cache_cost(struct checklist *checklist)
{
    double heap = finding_number(sizes_of(checklist, "phase1"), "heap_bytes");
    char words[160];
    snprintf(words, sizeof words, "%d entries of 8 bytes; a thread's heap record takes %.0f bytes in all",
             CACHE_ENTRIES, heap);
    add(checklist, "phase1", "cost of the cache", isnan(heap) ? NULL : text_format("%d B a heap", CACHE_BYTES),
        "129 x 8 B",
        isnan(heap)          ? "unresolved"
        : CACHE_BYTES < heap ? "met"
                             : "missed",
        isnan(heap) ? "the library has no symbol table" : words);
}

static double hot_bytes(const struct checklist *checklist, const char *phase)
{
    const json_t *sizes = sizes_of(checklist, phase);
    return finding_number(sizes, "malloc_bytes") + finding_number(sizes, "free_bytes");
}

static void add_hot_size(struct checklist *checklist)
{
    double before = hot_bytes(checklist, "phase2"), after = hot_bytes(checklist, "phase3");
    char *required = text_format("<= %.0f B", before);
    bool unknown = isnan(before) || isnan(after);
    add(checklist, "phase3", "hot code as in phase2", unknown ? NULL : text_format("%.0f B", after),
        unknown ? "<= phase2" : required,
        unknown           ? "unresolved"
        : after <= before ? "met"
                          : "missed",
        "malloc and free, without what the compiler moved away as cold");
    free(required);
}

/* Figures of every phase that the roadmap watches without a limit. */
static void add_sizes(struct checklist *checklist, const char *phase)
{
    const json_t *sizes = sizes_of(checklist, phase);
    double malloc_count = finding_number(sizes, "malloc_instructions");
    double free_count = finding_number(sizes, "free_instructions");
    if (!sizes)
        return;
    double malloc_bytes = finding_number(sizes, "malloc_bytes"), free_bytes = finding_number(sizes, "free_bytes");
    if (isnan(malloc_count) || isnan(free_count))
        add(checklist, phase, "malloc + free", text_format("%.0f + %.0f B", malloc_bytes, free_bytes), "", "measured",
            finding_text(sizes, "reason"));
    else
        add(checklist, phase, "malloc + free",
            text_format("%.0f + %.0f B, %.0f + %.0f instr.", malloc_bytes, free_bytes, malloc_count, free_count), "",
            "measured", "size and instructions of the whole functions, padding not counted");
    add(checklist, phase, "code of the library", text_format("%.0f B", finding_number(sizes, "text_bytes")), "",
        "measured", "size of .text");
}

static const json_t *census_of(const struct checklist *checklist, const char *phase, const char *op)
{
    return finding_item(json_object_get(checklist->run, "census"), "allocator", phase, "op", op);
}

/* What a warm call executes, exactly. */
static void add_calls(struct checklist *checklist, const char *phase)
{
    const json_t *taking = census_of(checklist, phase, "malloc"), *giving = census_of(checklist, phase, "free");
    if (!taking || !giving)
        return;
    add(checklist, phase, "warm malloc, free",
        text_format("%.0f + %.0f instr. run", finding_number(taking, "instructions"),
                    finding_number(giving, "instructions")),
        "", "measured", "instructions executed by one warm call on 64 bytes, single-stepped");
}

/* A free by the owner needs none; one by another thread needs the one that hands the block over. */
static void add_free_atomics(struct checklist *checklist)
{
    double local = finding_number(census_of(checklist, "phase2", "free"), "atomics");
    double remote = finding_number(census_of(checklist, "phase2", "remote_free"), "atomics");
    const char *words = "atomic instructions executed by one warm call, single-stepped";
    if (!isnan(local))
        add(checklist, "phase2", "atomics in a local free", text_format("%.0f", local), "0",
            local == 0 ? "met" : "missed", words);
    if (!isnan(remote))
        add(checklist, "phase2", "atomics in a remote free", text_format("%.0f", remote), ">= 1",
            remote >= 1 ? "met" : "missed", words);
}

/* One compare for all flags shows as fewer conditional branches in free. */
static void add_free_branches(struct checklist *checklist)
{
    double before = finding_number(census_of(checklist, "phase2", "free"), "branches");
    double after = finding_number(census_of(checklist, "phase3", "free"), "branches");
    char *required = text_format("< %.0f", before);
    if (!isnan(before) && !isnan(after))
        add(checklist, "phase3", "branches in a local free", text_format("%.0f", after), required,
            after < before ? "met" : "missed", "conditional branches executed by one warm call; required: phase2's");
    free(required);
}

/* Misses of an operation, where a simulator counted them: the roadmap watches them without a limit. */
static void add_misses(struct checklist *checklist, const char *phase)
{
    static const char *const counters[] = {"l1_misses", "branch_misses"};
    double per_op[2] = {NAN, NAN};
    size_t i;
    json_t *row;
    json_array_foreach (json_object_get(checklist->run, "simulated"), i, row) {
        if (strcmp(finding_text(row, "allocator"), phase) != 0 ||
            strcmp(finding_text(row, "workload"), checklist->workload) != 0)
            continue;
        for (int j = 0; j < 2; j++)
            if (!strcmp(finding_text(row, "counter"), counters[j]))
                per_op[j] = finding_number(row, "per_op");
    }
    if (!isnan(per_op[0]) && !isnan(per_op[1]))
        add(checklist, phase, "cache, branch misses", text_format("%.3f + %.3f an op", per_op[0], per_op[1]), "",
            "measured", "simulated, not measured: first-level cache misses and mispredicted branches");
}

/* Service times of single calls, of the latency lane. */
static void add_latency(struct checklist *checklist, const char *phase)
{
    size_t i;
    json_t *row;
    json_array_foreach (json_object_get(checklist->run, "latency"), i, row) {
        const char *operation = finding_text(row, "operation");
        if (strcmp(finding_text(row, "allocator"), phase) != 0 ||
            strcmp(finding_text(row, "workload"), checklist->workload) != 0)
            continue;
        char *check = text_format("%s p50, p95, p99", operation);
        add(checklist, phase, check,
            text_format("%.0f, %.0f, %.0f ns", finding_number(row, "p50_ns"), finding_number(row, "p95_ns"),
                        finding_number(row, "p99_ns")),
            "", "measured", "service time of single calls; the clock's own cost is in it");
        free(check);
    }
}

static void add_memory(struct checklist *checklist, const char *phase)
{
    const json_t *comparison =
        finding_comparison(checklist->run, checklist->workload, "peak_rss_bytes", phase, checklist->baseline);
    const char *verdict = finding_text(comparison, "verdict");
    double ratio = finding_number(comparison, "ratio");
    bool good = !strcmp(verdict, "same") || !strcmp(verdict, "smaller");
    if (comparison)
        add(checklist, phase, "peak RSS over phase0's", isnan(ratio) ? NULL : text_format("%.3f", 1 / ratio),
            "no larger",
            good                         ? "met"
            : !strcmp(verdict, "larger") ? "missed"
                                         : "unresolved",
            finding_text(comparison, "words"));
}

/* Phase 3's stretch is to match mimalloc; the run compares its newest phase. */
static void add_rival(struct checklist *checklist, const char *newest)
{
    const json_t *comparison =
        finding_comparison(checklist->run, checklist->workload, "ops_per_sec", newest, "mimalloc");
    const char *verdict = finding_text(comparison, "verdict");
    double ratio = finding_number(comparison, "ratio");
    bool good = !strcmp(verdict, "same") || !strcmp(verdict, "faster");
    if (comparison)
        add(checklist, newest, "speed over mimalloc's", isnan(ratio) ? NULL : text_format("%.3f", ratio), "match",
            good                         ? "met"
            : !strcmp(verdict, "slower") ? "missed"
                                         : "unresolved",
            finding_text(comparison, "words"));
}

static void add_every_phase(struct checklist *checklist, void (*add_of)(struct checklist *, const char *))
{
    size_t i;
    json_t *allocator;
    json_array_foreach (json_object_get(json_object_get(checklist->run, "plan"), "allocators"), i, allocator) {
        if (!strcmp(finding_text(allocator, "kind"), "phase"))
            add_of(checklist, finding_text(allocator, "label"));
    }
}

json_t *checklist_make(const json_t *run, const char *workload, const char *baseline)
{
    struct checklist checklist = {.run = run, .workload = workload, .baseline = baseline, .list = json_array()};
    if (has_phase(&checklist, "phase1")) {
        add_hit_rate(&checklist);
        add_cache_cost(&checklist);
    }
    if (has_phase(&checklist, "phase2")) {
        add_atomics(&checklist, "phase2");
        add_free_atomics(&checklist);
    }
    if (has_phase(&checklist, "phase3")) {
        add_atomics(&checklist, "phase3");
        add_hot_size(&checklist);
        add_free_branches(&checklist);
    }
    add_every_phase(&checklist, add_rival);
    add_every_phase(&checklist, add_memory);
    add_every_phase(&checklist, add_sizes);
    add_every_phase(&checklist, add_calls);
    add_every_phase(&checklist, add_misses);
    add_every_phase(&checklist, add_latency);
    return checklist.list;
}
