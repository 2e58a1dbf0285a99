/*
 * Encoding the events of a group for this machine, with libpfm4.
 */
#ifndef LAB_EVENTS_H
#define LAB_EVENTS_H

#include "perf/measure/event_group.h"

/*
 * Encodes every event of a group.  Of an event's encodings the first that libpfm4 knows here and that `source` opens is
 * taken; if none opens, the first that it knows (the measured process then reports the kernel's reason); if it knows
 * none, the event is marked as not encoded, with libpfm4's reason.  Kernel mode is left out where `paranoid` (the value
 * of perf_event_paranoid) is 2 or more, but for software events that may be counted there all the same.
 *
 * Returns the number of events, or -ENOTSUP with a sentence when libpfm4 does not start.
 */
int lab_events_encode(const struct lab_event_group *group, int paranoid, const struct lab_event_source *source,
                      struct lab_event events[LAB_GROUP_EVENTS], struct lab_error *error);

/* perf_event_paranoid of this kernel; 3, the strictest of the usual values, when it cannot be read. */
int lab_events_paranoid(void);

#endif
