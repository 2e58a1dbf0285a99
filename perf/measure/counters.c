/*
 * Counters.
 *
 * Hardware events form one group, so that the two halves of a ratio are counted over the same time; each software
 * event is a group of its own, because it must not be lost with them.  An event is trusted only after the probe: the
 * group is enabled around a loop of known length, must have run, and must have counted at least what the loop contains
 * (a virtual machine may accept an event and count nothing).
 *
 *     slots:   instructions   cycles   branch_misses   page_faults
 *     leader:       0            0           0              3          before[], after[] are used at 0 and 3
 *
 * Nothing is reset: the region's value is the difference of two group reads, and so are the times.
 *
 * With exclude_kernel the kernel's software events count only what happens in user mode, which for faults, switches and
 * migrations is nothing.  Faults and switches then come from getrusage, and the reason says so; migrations are
 * unavailable rather than 0.
 *
 * Thread safety: one thread, outside of the measured region.
 */
#include "perf/measure/counters.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

#define PROBE_ITERATIONS 100000u
#define NO_READING       ((struct lab_group_reading){0})

/* The least that the probe's loop must count: each iteration is at least one instruction and one branch. */
static const struct {
    const char *name; /* of the event */
    uint64_t minimum; /* in PROBE_ITERATIONS iterations */
} plausible[] = {
    {"instructions", PROBE_ITERATIONS},
    {"branches", PROBE_ITERATIONS},
    {"cycles", PROBE_ITERATIONS / 8}, /* no processor retires eight iterations in a cycle */
};

static __attribute__((noinline)) void probe_loop(void)
{
    for (volatile unsigned i = 0; i < PROBE_ITERATIONS; i++)
        ;
}

static uint64_t plausible_minimum(const char *name)
{
    for (size_t i = 0; i < sizeof plausible / sizeof plausible[0]; i++)
        if (strcmp(plausible[i].name, name) == 0)
            return plausible[i].minimum;
    return 0;
}

static bool usage_answers(const struct lab_event *event)
{
    if (event->type != PERF_TYPE_SOFTWARE || !event->exclude_kernel)
        return false;
    return event->config == PERF_COUNT_SW_PAGE_FAULTS || event->config == PERF_COUNT_SW_PAGE_FAULTS_MIN ||
           event->config == PERF_COUNT_SW_PAGE_FAULTS_MAJ || event->config == PERF_COUNT_SW_CONTEXT_SWITCHES;
}

/* Events that would count 0 whatever happens. */
static bool is_blind(const struct lab_event *event)
{
    return event->type == PERF_TYPE_SOFTWARE && event->exclude_kernel && event->config == PERF_COUNT_SW_CPU_MIGRATIONS;
}

static uint64_t usage_value(const struct lab_usage *usage, uint64_t config)
{
    switch (config) {
    case PERF_COUNT_SW_PAGE_FAULTS:
        return usage->minor_faults + usage->major_faults;
    case PERF_COUNT_SW_PAGE_FAULTS_MIN:
        return usage->minor_faults;
    case PERF_COUNT_SW_PAGE_FAULTS_MAJ:
        return usage->major_faults;
    default:
        return usage->voluntary_switches + usage->involuntary_switches;
    }
}

__attribute__((format(printf, 2, 3))) static void reason_set(struct lab_counter_slot *slot, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(slot->reason, sizeof slot->reason, format, arguments);
    va_end(arguments);
}

/*
 * What an errno of perf_event_open means here, for those that have a particular meaning (perf_event_open(2)).
 * `pmu_seen`: another event of this processor could be opened.
 */
static const char *open_failure(int error, bool pmu_seen)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return "the kernel denies it: see /proc/sys/kernel/perf_event_paranoid, or the container's seccomp filter";
    case ENOENT:
    case ENODEV:
    case EOPNOTSUPP:
        return pmu_seen ? "the kernel knows no such event of this processor's PMU"
                        : "this kernel and processor do not count it (no PMU, as in most virtual machines)";
    case ENOSYS:
        return "this kernel has no perf_event_open, or a filter hides it";
    default:
        return "perf_event_open failed";
    }
}

static void slot_close(struct lab_counters *counters, struct lab_counter_slot *slot)
{
    if (slot->fd >= 0)
        counters->source->close(counters->source->context, slot->fd);
    slot->fd = -1;
}

/* Opens slot `index`; *leader is the hardware group's leader, or counters->count while there is none. */
static void slot_open(struct lab_counters *counters, size_t index, size_t *leader)
{
    struct lab_counter_slot *slot = &counters->slots[index];
    const struct lab_event_source *source = counters->source;
    bool hardware = slot->event.type != PERF_TYPE_SOFTWARE;
    bool follows = hardware && *leader < counters->count;
    slot->leader = follows ? *leader : index;
    slot->fd = source->open(source->context, &slot->event, follows ? counters->slots[*leader].fd : -1);
    if (slot->fd < 0) {
        slot->open_error = -slot->fd;
        return;
    }
    int status = source->identify(source->context, slot->fd, &slot->id);
    if (status != 0) {
        reason_set(slot, "no id: %s", strerror(-status));
        slot_close(counters, slot);
        return;
    }
    if (hardware && !follows)
        *leader = index;
}

/* Gives every slot that the kernel refused its reason, which depends on whether it refused them all. */
static void refusals_explain(struct lab_counters *counters, bool pmu_seen)
{
    for (size_t i = 0; i < counters->count; i++) {
        struct lab_counter_slot *slot = &counters->slots[i];
        if (slot->open_error != 0)
            reason_set(slot, "%s (%s)", open_failure(slot->open_error, pmu_seen), strerror(slot->open_error));
    }
}

static void slots_open(struct lab_counters *counters)
{
    size_t leader = counters->count;
    for (size_t i = 0; i < counters->count; i++) {
        struct lab_counter_slot *slot = &counters->slots[i];
        slot->leader = i;
        slot->fd = -1;
        if (!slot->event.encoded)
            reason_set(slot, "%s", slot->event.reason);
        else if (usage_answers(&slot->event))
            slot->from_usage = true;
        else if (is_blind(&slot->event))
            reason_set(slot, "it happens in the kernel, which perf_event_paranoid hides: 1 or less is needed");
        else
            slot_open(counters, i, &leader);
    }
    refusals_explain(counters, leader < counters->count);
}

static bool is_leader(const struct lab_counters *counters, size_t index)
{
    return counters->slots[index].fd >= 0 && counters->slots[index].leader == index;
}

/* Reads the group of a leader.  0, or -errno; a short read is -EIO. */
static int group_read(const struct lab_counters *counters, size_t leader, struct lab_group_reading *reading)
{
    const struct lab_event_source *source = counters->source;
    const size_t head = offsetof(struct lab_group_reading, values);
    *reading = NO_READING;
    long length = source->read(source->context, counters->slots[leader].fd, reading, sizeof *reading);
    if (length < 0)
        return (int)length;
    if ((size_t)length < head || reading->count > LAB_EVENTS_MAX ||
        (size_t)length < head + reading->count * sizeof reading->values[0])
        return -EIO;
    return 0;
}

static bool reading_value(const struct lab_group_reading *reading, uint64_t id, uint64_t *value)
{
    for (uint64_t i = 0; i < reading->count; i++) {
        if (reading->values[i].id != id)
            continue;
        *value = reading->values[i].value;
        return true;
    }
    return false;
}

/* Closes every event of a group and gives each the same reason. */
static void group_refuse(struct lab_counters *counters, size_t leader, const char *reason)
{
    for (size_t i = 0; i < counters->count; i++) {
        struct lab_counter_slot *slot = &counters->slots[i];
        if (slot->leader != leader || slot->fd < 0)
            continue;
        reason_set(slot, "%s", reason);
        slot_close(counters, slot);
    }
}

static void group_enable(const struct lab_counters *counters, size_t leader, bool on)
{
    counters->source->enable(counters->source->context, counters->slots[leader].fd, on);
}

/* Refuses a member whose count over the probe's loop cannot be right. */
static void slot_judge(struct lab_counter_slot *slot, const struct lab_group_reading *reading)
{
    uint64_t value = 0, minimum = plausible_minimum(slot->event.name);
    if (!reading_value(reading, slot->id, &value))
        reason_set(slot, "missing from its group's reading");
    else if (value < minimum)
        reason_set(slot, "implausible: counted %llu in a loop of %u iterations", (unsigned long long)value,
                   PROBE_ITERATIONS);
}

static void group_probe(struct lab_counters *counters, size_t leader)
{
    struct lab_group_reading reading;
    group_enable(counters, leader, true);
    probe_loop();
    group_enable(counters, leader, false);
    int status = group_read(counters, leader, &reading);
    if (status != 0)
        group_refuse(counters, leader, strerror(-status));
    else if (reading.time_running_ns == 0)
        group_refuse(counters, leader, "never on the hardware: the group has more events than counters are free");
    else
        for (size_t i = 0; i < counters->count; i++)
            if (counters->slots[i].leader == leader && counters->slots[i].fd >= 0)
                slot_judge(&counters->slots[i], &reading);
}

void lab_counters_open(struct lab_counters *counters, const struct lab_event *events, size_t count,
                       const struct lab_event_source *source)
{
    memset(counters, 0, sizeof *counters);
    counters->source = source;
    counters->count = count < LAB_EVENTS_MAX ? count : LAB_EVENTS_MAX;
    for (size_t i = 0; i < counters->count; i++)
        counters->slots[i].event = events[i];
    slots_open(counters);
    for (size_t i = 0; i < counters->count; i++)
        if (is_leader(counters, i))
            group_probe(counters, i);
}

void lab_counters_start(struct lab_counters *counters)
{
    for (size_t i = 0; i < counters->count; i++) {
        if (!is_leader(counters, i))
            continue;
        if (group_read(counters, i, &counters->before[i]) != 0)
            counters->before[i] = NO_READING;
        group_enable(counters, i, true);
    }
}

void lab_counters_stop(struct lab_counters *counters)
{
    for (size_t i = 0; i < counters->count; i++)
        if (is_leader(counters, i))
            group_enable(counters, i, false);
    for (size_t i = 0; i < counters->count; i++)
        if (is_leader(counters, i) && group_read(counters, i, &counters->after[i]) != 0)
            counters->after[i] = NO_READING;
}

static void unavailable(struct lab_counter *result, const char *reason)
{
    result->state = LAB_COUNTER_UNAVAILABLE;
    snprintf(result->reason, sizeof result->reason, "%s", reason);
}

/* The value of an event that was open and plausible, from its group's two readings. */
static void slot_result(const struct lab_counters *counters, const struct lab_counter_slot *slot,
                        struct lab_counter *result)
{
    const struct lab_group_reading *before = &counters->before[slot->leader];
    const struct lab_group_reading *after = &counters->after[slot->leader];
    uint64_t first, last;
    if (!reading_value(before, slot->id, &first) || !reading_value(after, slot->id, &last)) {
        unavailable(result, "its group could not be read");
        return;
    }
    double enabled = (double)(after->time_enabled_ns - before->time_enabled_ns);
    double running = (double)(after->time_running_ns - before->time_running_ns);
    result->coverage = enabled > 0 ? running / enabled : 0;
    if (result->coverage < LAB_COVERAGE_MIN) {
        unavailable(result, "");
        snprintf(result->reason, sizeof result->reason, "counted only %.0f %% of the time, below %.0f %%",
                 100 * result->coverage, 100 * LAB_COVERAGE_MIN);
        return;
    }
    result->state = running < enabled ? LAB_COUNTER_SCALED : LAB_COUNTER_MEASURED;
    result->value = (double)(last - first) * (running < enabled ? enabled / running : 1);
}

static void usage_result(const struct lab_counter_slot *slot, const struct lab_usage *usage, struct lab_counter *result)
{
    result->state = LAB_COUNTER_MEASURED;
    result->value = (double)usage_value(usage, slot->event.config);
    result->coverage = 1;
    snprintf(result->reason, sizeof result->reason, "from getrusage");
}

void lab_counters_result(const struct lab_counters *counters, const struct lab_usage *usage,
                         struct lab_counter *results)
{
    for (size_t i = 0; i < counters->count; i++) {
        const struct lab_counter_slot *slot = &counters->slots[i];
        results[i] = (struct lab_counter){0};
        memcpy(results[i].name, slot->event.name, sizeof results[i].name);
        if (slot->from_usage)
            usage_result(slot, usage, &results[i]);
        else if (slot->reason[0] != '\0')
            unavailable(&results[i], slot->reason);
        else
            slot_result(counters, slot, &results[i]);
    }
}

void lab_counters_close(struct lab_counters *counters)
{
    /* Members before their leader: a leader that goes first makes each of them a group of its own. */
    for (size_t i = counters->count; i-- > 0;)
        slot_close(counters, &counters->slots[i]);
}

const char *lab_counter_state_name(enum lab_counter_state state)
{
    static const char *const names[] = {[LAB_COUNTER_MEASURED] = "measured",
                                        [LAB_COUNTER_SCALED] = "scaled",
                                        [LAB_COUNTER_UNAVAILABLE] = "unavailable"};
    return names[state];
}
