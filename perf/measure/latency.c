/*
 * The probe of bench_<workload>_latency.
 *
 * The number of calls between two that are timed is drawn at random, so that it cannot fall into step with a pattern of
 * the workload.  Between the two readings of the clock there is the call and nothing else; writing to the histogram
 * comes after.  What the readings themselves cost is measured the same way, around nothing, and told beside the rest:
 * it is not subtracted, because what of it overlaps with a call is unknown.
 *
 * A call during which the kernel took the processor away, and every long one, is given the CPU time of its thread if
 * that is less, and if the thread did not give the processor away itself.  To read that clock is a system call, so it
 * is read now and then, and after a call that needs it: what went by between the two readings outside of the call is
 * known by the lab's own clock, as long as the thread was not switched there.
 *
 * With `explain` each timed call is bracketed by what the kernel and, in a counting build, the allocator have counted,
 * and each time goes into the histogram of its cause as well.  That disturbs caches and predictors: such a process
 * tells why calls are slow, another one how slow they are.
 *
 * Thread safety: histograms are shared by the threads of a slot, counted with relaxed atomic additions, and read after
 * the threads have ended.  Everything else is a thread's own, or set before there are threads.
 */
#define _GNU_SOURCE
#include "perf/measure/latency.h"

#include <string.h>

#include "perf/measure/histogram.h"
#include "perf/measure/probe.h"

#define EVERY_USUAL  8u    /* one call in so many: the others leave caches and predictors as they are without */
#define EVERY_MAX    1000u /* fewer would see no tail */
#define SLOTS        16u   /* histograms of each kind: threads beyond that share */
#define FLOOR_CALLS  20000 /* empty calls, a few milliseconds */
#define SEED         UINT64_C(0x2545f4914f6cdd1d)
#define SLOW_SHARE   0.999 /* calls above this quantile are the slow ones that are explained */
#define CAUSE_EVENTS 2
#define LONG_NS      UINT64_C(10000) /* calls that take longer are asked about */
#define LOOK_EVERY   512u            /* timed calls between two looks at the thread: little is stolen meanwhile */

/* Why a call was slow, the first that applies. */
enum cause {
    CAUSE_PREEMPTED,
    CAUSE_WAITED,
    CAUSE_PAGE_FAULT,
    CAUSE_PURGE,
    CAUSE_COLLECTION,
    CAUSE_NEW_PAGE,
    CAUSE_PAGE_RETIRED,
    CAUSE_SLOW_PATH,
    CAUSE_UNKNOWN,
    CAUSES
};

/* The causes that a counting build knows, by its events; the kernel's have none. */
static const struct {
    const char *name;
    const char *events[CAUSE_EVENTS]; /* or NULL */
} causes[CAUSES] = {
    {"preempted", {NULL}},
    {"waited", {NULL}},
    {"page_fault", {NULL}},
    {"purge", {"purges"}},
    {"collection", {"collections"}},
    {"new_page", {"pages_fresh", "pages_claimed"}},
    {"page_retired", {"pages_retired"}},
    {"slow_path", {"malloc_slow", "free_slow"}},
    {"unknown", {NULL}},
};

static const char *const operation_names[LAB_LATENCY_OPERATIONS] = {"malloc", "free"};
static const double curve_shares[] = {0,     0.25,  0.5,   0.75,   0.9,    0.95,   0.98,   0.99,
                                      0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999, 0.99999};
static const struct {
    const char *name;
    double share;
} quantiles[] = {{"p50_ns", 0.5},  {"p90_ns", 0.9},     {"p95_ns", 0.95},
                 {"p99_ns", 0.99}, {"p99_9_ns", 0.999}, {"p99_99_ns", 0.9999}};

static struct lab_histogram times[SLOTS][LAB_LATENCY_OPERATIONS];     /* threads' */
static struct lab_histogram by_cause[LAB_LATENCY_OPERATIONS][CAUSES]; /* threads', with `explain` */
static struct lab_histogram empty;                                    /* the clock's own cost */
static uint64_t switched[LAB_LATENCY_OPERATIONS]; /* calls during which the processor was taken away; threads' */
static uint64_t long_ticks;                       /* LONG_NS */
static bool switches_known;
static uint64_t every = EVERY_USUAL;
static bool over;         /* the region has ended; set while every thread waits: what is freed after it is not timed */
static bool counts_known; /* whether the allocator's counts are the thread's own */

__thread struct lab_latency_turn lab_latency_turn;
struct lab_clock lab_latency_clock;
uint64_t lab_latency_explains;

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

bool lab_latency_arm(void)
{
    static uint32_t taken; /* any thread's; relaxed: any distribution over the slots will do */
    struct lab_latency_turn *turn = &lab_latency_turn;
    bool first = turn->slot == 0;
    if (first) {
        uint32_t thread = __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
        turn->slot = thread % SLOTS + 1;
        turn->random = SEED * (2 * (uint64_t)thread + 1);
    }
    turn->left = (uint32_t)(1 + next_random(&turn->random) % (2 * every - 1));
    return !first && !over;
}

void lab_latency_look(struct lab_latency_state *state)
{
    lab_usage_read_thread(&state->usage);
    if (counts_known)
        lab_counts_read(&state->counts);
}

void lab_latency_look_at_thread(void)
{
    lab_latency_turn.moment = lab_moment_now(&lab_latency_clock);
    lab_latency_turn.timed = 0;
}

/* What the call took of the thread's time; looks at the thread if that is not what the clock says. */
static uint64_t own_time(const struct lab_latency_call *call, enum lab_latency_operation operation, uint64_t ticks)
{
    bool was_switched = lab_switched();
    if (!switches_known || (!was_switched && ticks <= long_ticks))
        return ticks;
    struct lab_moment before = lab_latency_turn.moment;
    lab_latency_look_at_thread();
    lab_switched_begin(); /* since the look */
    if (was_switched)
        __atomic_fetch_add(&switched[operation], 1, __ATOMIC_RELAXED);
    if (before.ticks == 0)
        return ticks;
    return lab_own_ticks(&lab_latency_clock, &before, &lab_latency_turn.moment, call->start_ticks, ticks);
}

/* Histograms are plain memory; several threads may be at the same one. */
static void record(struct lab_histogram *histogram, uint64_t value)
{
    uint64_t known = __atomic_load_n(&histogram->max, __ATOMIC_RELAXED);
    __atomic_fetch_add(&histogram->total, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&histogram->sum, value, __ATOMIC_RELAXED);
    __atomic_fetch_add(&histogram->count[lab_histogram_bucket(value)], 1, __ATOMIC_RELAXED);
    while (value > known &&
           !__atomic_compare_exchange_n(&histogram->max, &known, value, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

static bool happened(const struct lab_counts *events, enum cause cause)
{
    for (size_t i = 0; i < events->count; i++)
        for (int j = 0; j < CAUSE_EVENTS && causes[cause].events[j] != NULL; j++)
            if (events->of[i].value != 0 && strcmp(events->of[i].name, causes[cause].events[j]) == 0)
                return true;
    return false;
}

static enum cause explain(const struct lab_latency_state *before)
{
    struct lab_latency_state after = {.counts = {.count = 0}};
    struct lab_counts events = {.count = 0};
    lab_latency_look(&after);
    struct lab_usage usage = lab_usage_since(&before->usage, &after.usage);
    if (counts_known)
        lab_counts_since(&before->counts, &after.counts, &events);
    if (usage.involuntary_switches != 0)
        return CAUSE_PREEMPTED;
    if (usage.voluntary_switches != 0)
        return CAUSE_WAITED;
    if (usage.minor_faults + usage.major_faults != 0)
        return CAUSE_PAGE_FAULT;
    for (int cause = CAUSE_PURGE; cause < CAUSE_UNKNOWN; cause++)
        if (happened(&events, (enum cause)cause))
            return (enum cause)cause;
    return CAUSE_UNKNOWN;
}

void lab_latency_record(const struct lab_latency_call *call, enum lab_latency_operation operation, uint64_t ticks)
{
    ticks = own_time(call, operation, ticks);
    record(&times[lab_latency_turn.slot - 1][operation], ticks);
    if (lab_latency_explains)
        record(&by_cause[operation][explain(&call->before)], ticks);
    if (switches_known && ++lab_latency_turn.timed >= LOOK_EVERY) {
        lab_latency_look_at_thread();
        lab_switched_begin();
    }
}

/* Readings around nothing, into the histogram `empty`; writes to the others' pages, which are then resident. */
static int begin(const struct lab_params *params, const struct lab_clock *clock, struct lab_error *error)
{
    struct lab_latency_call call;
    (void)error;
    lab_latency_clock = *clock;
    long_ticks = LONG_NS * clock->hz / LAB_NS_PER_S;
    switches_known = lab_switched_init();
    counts_known = params->threads == 1;
    lab_latency_turn.slot = 1;
    for (int i = 0; i < FLOOR_CALLS; i++) {
        lab_latency_begin(&call);
        lab_latency_end(&call, LAB_LATENCY_MALLOC);
    }
    empty = times[0][LAB_LATENCY_MALLOC];
    memset(times, 0, sizeof times);
    memset(by_cause, 0, sizeof by_cause);
    memset(switched, 0, sizeof switched);
    lab_latency_turn = (struct lab_latency_turn){0};
    return 0;
}

static void region_ends(void)
{
    over = true;
}

static void freed(void)
{
    for (size_t slot = 1; slot < SLOTS; slot++)
        for (int i = 0; i < LAB_LATENCY_OPERATIONS; i++)
            lab_histogram_merge(&times[0][i], &times[slot][i]);
}

static double ticks_ns(uint64_t ticks)
{
    return (double)ticks * (double)LAB_NS_PER_S / (double)lab_latency_clock.hz;
}

static double quantile_ns(const struct lab_histogram *histogram, double share)
{
    return ticks_ns(lab_histogram_quantile(histogram, share));
}

/* How many of the values are larger; to within the width of a bucket. */
static uint64_t count_above(const struct lab_histogram *histogram, uint64_t value)
{
    uint64_t count = 0;
    for (size_t bucket = lab_histogram_bucket(value) + 1; bucket < LAB_HISTOGRAM_BUCKETS; bucket++)
        count += histogram->count[bucket];
    return count;
}

static void write_causes(struct lab_json *json, int operation)
{
    static struct lab_counts counts;
    uint64_t limit = lab_histogram_quantile(&times[0][operation], SLOW_SHARE);
    lab_counts_read(&counts);
    lab_json_open(json, "slow", '{');
    lab_json_double(json, "above_ns", ticks_ns(limit));
    lab_json_u64(json, "n", count_above(&times[0][operation], limit));
    lab_json_bool(json, "allocator_known", counts_known && counts.count != 0);
    lab_json_open(json, "causes", '{');
    for (int cause = 0; cause < CAUSES; cause++)
        lab_json_u64(json, causes[cause].name, count_above(&by_cause[operation][cause], limit));
    lab_json_close(json, '}');
    lab_json_close(json, '}');
}

static void write_operation(struct lab_json *json, int operation)
{
    const struct lab_histogram *histogram = &times[0][operation];
    lab_json_open(json, NULL, '{');
    lab_json_string(json, "operation", operation_names[operation]);
    lab_json_u64(json, "n", histogram->total);
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++)
        lab_json_double(json, quantiles[i].name, quantile_ns(histogram, quantiles[i].share));
    lab_json_double(json, "max_ns", ticks_ns(histogram->max));
    lab_json_u64(json, "switched", switched[operation]);
    lab_json_open(json, "curve", '[');
    for (size_t i = 0; i < sizeof curve_shares / sizeof curve_shares[0]; i++) {
        lab_json_open(json, NULL, '[');
        lab_json_double(json, NULL, curve_shares[i]);
        lab_json_double(json, NULL, quantile_ns(histogram, curve_shares[i]));
        lab_json_close(json, ']');
    }
    lab_json_close(json, ']');
    if (lab_latency_explains)
        write_causes(json, operation);
    lab_json_close(json, '}');
}

static void write(struct lab_json *json)
{
    lab_json_open(json, "latency", '{');
    lab_json_u64(json, "every", every);
    lab_json_bool(json, "explained", lab_latency_explains != 0);
    lab_json_bool(json, "switches_known", switches_known);
    lab_json_double(json, "floor_p50_ns", quantile_ns(&empty, 0.5));
    lab_json_double(json, "floor_p99_ns", quantile_ns(&empty, 0.99));
    lab_json_open(json, "operations", '[');
    for (int i = 0; i < LAB_LATENCY_OPERATIONS; i++)
        if (times[0][i].total != 0)
            write_operation(json, i);
    lab_json_close(json, ']');
    lab_json_close(json, '}');
}

static void print(void)
{
    for (int i = 0; i < LAB_LATENCY_OPERATIONS; i++) {
        const struct lab_histogram *histogram = &times[0][i];
        printf("%-7s", operation_names[i]);
        for (size_t j = 0; j < sizeof quantiles / sizeof quantiles[0]; j++)
            printf(" %s %.0f", quantiles[j].name, quantile_ns(histogram, quantiles[j].share));
        printf(" max_ns %.0f (%llu timed)\n", ticks_ns(histogram->max), (unsigned long long)histogram->total);
    }
    printf("an empty call: p50_ns %.0f\n", quantile_ns(&empty, 0.5));
}

static const struct lab_probe_setting settings[] = {
    {"every", "time one call in N, on average", 1, EVERY_MAX, &every},
    {"explain", "1: find out why calls are slow, which slows them down", 0, 1, &lab_latency_explains},
    {.name = NULL}};

const struct lab_probe lab_probe = {.name = "latency",
                                    .settings = settings,
                                    .begin = begin,
                                    .region_ends = region_ends,
                                    .freed = freed,
                                    .write = write,
                                    .print = print};
