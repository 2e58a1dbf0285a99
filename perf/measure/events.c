/*
 * From libpfm4's names to perf_event_attr.
 *
 * An encoding is not availability: libpfm4's generic perf:: names encode on every machine, a PMU or not.  So each
 * candidate is also opened once, here, in the process that plans; whether it counts anything is for the measured
 * process to probe.
 *
 * Thread safety: one thread (libpfm4 is initialised on first use).
 */
#define _GNU_SOURCE
#include "perf/measure/events.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <perfmon/pfmlib_perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "perf/measure/ask.h"

#define PARANOID_FILE      "/proc/sys/kernel/perf_event_paranoid"
#define PARANOID_USER_ONLY 2 /* from here on unprivileged processes may not count the kernel */
#define PARANOID_UNKNOWN   3

int lab_events_paranoid(void)
{
    char text[16];
    struct lab_error error;
    if (lab_read_text(PARANOID_FILE, text, sizeof text, &error) != 0)
        return PARANOID_UNKNOWN;
    return atoi(text);
}

/* One name.  0, or libpfm4's error. */
static int encode(const char *name, struct lab_event *event)
{
    struct perf_event_attr attr = {.size = sizeof attr};
    pfm_perf_encode_arg_t argument = {.attr = &attr, .size = sizeof argument};
    int status = pfm_get_os_event_encoding(name, PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &argument);
    if (status != PFM_SUCCESS)
        return status;
    event->encoded = true;
    event->type = attr.type;
    event->config = attr.config;
    event->config1 = attr.config1;
    event->config2 = attr.config2;
    return PFM_SUCCESS;
}

static bool opens(const struct lab_event_source *source, const struct lab_event *event)
{
    int fd = source->open(source->context, event, -1);
    if (fd < 0)
        return false;
    source->close(source->context, fd);
    return true;
}

/*
 * A software event happens in the kernel: it is worth trying to count it there first, which a privileged process may
 * whatever perf_event_paranoid says.
 */
static bool opens_widest(const struct lab_event_source *source, struct lab_event *event)
{
    bool exclude_kernel = event->exclude_kernel;
    event->exclude_kernel = exclude_kernel && event->type != PERF_TYPE_SOFTWARE;
    if (opens(source, event))
        return true;
    bool same = event->exclude_kernel == exclude_kernel;
    event->exclude_kernel = exclude_kernel;
    return !same && opens(source, event);
}

static void event_encode(const struct lab_group_event *wanted, bool exclude_kernel,
                         const struct lab_event_source *source, struct lab_event *event)
{
    struct lab_event candidate = {.exclude_kernel = exclude_kernel};
    int status = PFM_SUCCESS;
    memcpy(candidate.name, wanted->name, sizeof candidate.name);
    *event = candidate;
    for (size_t i = 0; i < wanted->encoding_count; i++) {
        int result = encode(wanted->encodings[i], &candidate);
        if (result != PFM_SUCCESS) {
            status = result;
            continue;
        }
        bool usable = opens_widest(source, &candidate);
        if (usable || !event->encoded)
            *event = candidate;
        if (usable)
            return;
    }
    if (!event->encoded)
        snprintf(event->reason, sizeof event->reason, "libpfm4 cannot encode it for this processor: %s",
                 pfm_strerror(status));
}

int lab_events_encode(const struct lab_event_group *group, int paranoid, const struct lab_event_source *source,
                      struct lab_event events[LAB_GROUP_EVENTS], struct lab_error *error)
{
    int status = pfm_initialize();
    if (status != PFM_SUCCESS)
        return lab_error_set(error, -ENOTSUP, "libpfm4 does not start: %s", pfm_strerror(status));
    for (size_t i = 0; i < group->event_count; i++)
        event_encode(&group->events[i], paranoid >= PARANOID_USER_ONLY, source, &events[i]);
    return (int)group->event_count;
}
