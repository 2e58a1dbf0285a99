/*
 * An event as perf_event_open(2) wants it, already encoded, and the text form in which lab-resolve hands events to the
 * measured process (which must not link libpfm4, because its set-up allocates):
 *
 *     NAME TYPE CONFIG EXCLUDE_KERNEL [CONFIG1 CONFIG2]      numbers decimal or 0x...
 *     NAME - REASON WORDS...                                 could not be encoded; reported as unavailable
 *     # comment
 */
#ifndef LAB_EVENT_H
#define LAB_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "perf/measure/error.h"

#define LAB_EVENTS_MAX   16  /* one group of 4 hardware events and the software events beside it, with room */
#define LAB_EVENT_NAME   48  /* bytes, terminator included */
#define LAB_REASON_BYTES 160 /* a sentence that says why there is no number, or where it comes from */

struct lab_event {
    char name[LAB_EVENT_NAME];     /* as the group file calls it: instructions, cache_misses, ... */
    bool encoded;                  /* false: `reason` says why, and nothing below is set */
    bool exclude_kernel;           /* count user mode only */
    uint32_t type;                 /* perf_event_attr.type */
    uint64_t config;               /* perf_event_attr.config */
    uint64_t config1, config2;     /* perf_event_attr.config1 and .config2; 0 for most */
    char reason[LAB_REASON_BYTES]; /* why it could not be encoded */
};

/* Parses lines.  Returns the number of events, or -EINVAL with a sentence that names the line. */
int lab_events_parse(const char *text, struct lab_event *events, size_t capacity, struct lab_error *error);

/* Writes one line, newline included.  Returns its length, or -ENOSPC. */
int lab_event_format(const struct lab_event *event, char *text, size_t bytes);

#endif
