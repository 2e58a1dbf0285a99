/*
 * Event counters over the measured region, each with a state: a number that is missing is null and says why.
 *
 *     lab_counters_open    opens every event and probes it with a known loop      before threads are created
 *     lab_counters_start   remembers the values and enables                       right before the region
 *     lab_counters_stop    disables and reads                                     right after it
 *     lab_counters_result  values, coverage, states                               at leisure
 *
 * Threads created after lab_counters_open are counted too (perf_event_attr.inherit).
 */
#ifndef LAB_COUNTERS_H
#define LAB_COUNTERS_H

#include "perf/measure/event.h"
#include "perf/measure/usage.h"

/* A ratio of time_running to time_enabled below this is a guess rather than a count, and is refused. */
#define LAB_COVERAGE_MIN 0.80

/* Where counts come from: the kernel, or a script in the tests.  Functions return -errno on failure. */
struct lab_event_source {
    /* Opens a disabled event for this process and its later threads; group_fd is -1 for a leader.  A descriptor. */
    int (*open)(void *context, const struct lab_event *event, int group_fd);
    /* The id under which a group read lists this event. */
    int (*identify)(void *context, int fd, uint64_t *id);
    /* Enables or disables the whole group of a leader. */
    int (*enable)(void *context, int fd, bool on);
    /* read(2) of a leader in the layout of struct lab_group_reading.  Bytes read. */
    long (*read)(void *context, int fd, void *buffer, size_t bytes);
    void (*close)(void *context, int fd);
    void *context; /* handed to each of them */
};

extern const struct lab_event_source lab_kernel_events;

/* What read(2) returns for PERF_FORMAT_GROUP | ID | TOTAL_TIME_ENABLED | TOTAL_TIME_RUNNING. */
struct lab_group_reading {
    uint64_t count;           /* values that follow */
    uint64_t time_enabled_ns; /* how long the group was wanted */
    uint64_t time_running_ns; /* how long it was on the hardware */
    struct {
        uint64_t value; /* events counted */
        uint64_t id;    /* whose */
    } values[LAB_EVENTS_MAX];
};

enum lab_counter_state {
    LAB_COUNTER_MEASURED,    /* counted all the time */
    LAB_COUNTER_SCALED,      /* counted `coverage` of the time and scaled up */
    LAB_COUNTER_UNAVAILABLE, /* no number; `reason` says why */
};

struct lab_counter {
    char name[LAB_EVENT_NAME];     /* of its event */
    enum lab_counter_state state;  /* what `value` is worth */
    double value;                  /* over the region, all threads; meaningless when unavailable */
    double coverage;               /* time_running / time_enabled; meaningless when unavailable */
    char reason[LAB_REASON_BYTES]; /* why there is no number, or where it comes from; empty otherwise */
};

/* An event that was asked for: its descriptor and its group. */
struct lab_counter_slot {
    struct lab_event event;        /* what was asked for */
    int fd;                        /* open event, or -1 */
    uint64_t id;                   /* its id in a group read */
    size_t leader;                 /* index of its group's leader in slots[]; its own for leaders */
    int open_error;                /* the errno with which the kernel refused it, or 0 */
    bool from_usage;               /* a software event that getrusage answers better */
    char reason[LAB_REASON_BYTES]; /* why fd is -1 */
};

struct lab_counters {
    const struct lab_event_source *source;                                  /* of every descriptor here */
    size_t count;                                                           /* slots in use */
    struct lab_counter_slot slots[LAB_EVENTS_MAX];                          /* in the order asked for */
    struct lab_group_reading before[LAB_EVENTS_MAX], after[LAB_EVENTS_MAX]; /* by leader */
};

/* Opens and probes.  Never fails: an event that cannot be counted becomes unavailable with its reason. */
void lab_counters_open(struct lab_counters *counters, const struct lab_event *events, size_t count,
                       const struct lab_event_source *source);
void lab_counters_start(struct lab_counters *counters);
void lab_counters_stop(struct lab_counters *counters);

/* `usage` is getrusage over the same region.  Fills counters->count results. */
void lab_counters_result(const struct lab_counters *counters, const struct lab_usage *usage,
                         struct lab_counter *results);
void lab_counters_close(struct lab_counters *counters);

/* "measured", "scaled", "unavailable": as the record spells them. */
const char *lab_counter_state_name(enum lab_counter_state state);

#endif
