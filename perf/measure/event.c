/*
 * Reading and writing encoded events.  One line, one event.  The usual writer is lab_event_format
 * below; a line typed by hand that does not fit is refused with its number.
 */
#include "perf/measure/event.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 512

/* Takes one number off the line.  false when the next word is none. */
static bool number_take(const char **rest, uint64_t *value)
{
    char *end;
    errno = 0;
    *rest += strspn(*rest, " \t");
    *value = strtoull(*rest, &end, 0);
    if (end == *rest || errno != 0 || **rest == '-' || (*end != '\0' && *end != ' ' && *end != '\t'))
        return false;
    *rest = end + strspn(end, " \t");
    return true;
}

static bool encoding_parse(const char *rest, struct lab_event *event)
{
    uint64_t type, exclude_kernel;
    if (!number_take(&rest, &type) || !number_take(&rest, &event->config) || !number_take(&rest, &exclude_kernel))
        return false;
    if (type > UINT32_MAX || exclude_kernel > 1)
        return false;
    event->encoded = true;
    event->type = (uint32_t)type;
    event->exclude_kernel = exclude_kernel == 1;
    if (*rest != '\0' && (!number_take(&rest, &event->config1) || !number_take(&rest, &event->config2)))
        return false;
    return *rest == '\0';
}

static bool event_parse(const char *line, struct lab_event *event)
{
    size_t name = strcspn(line, " \t");
    *event = (struct lab_event){0};
    if (name == 0 || name >= sizeof event->name)
        return false;
    memcpy(event->name, line, name);
    const char *rest = line + name + strspn(line + name, " \t");
    if (rest[0] != '-' || rest[1] != ' ')
        return encoding_parse(rest, event);
    snprintf(event->reason, sizeof event->reason, "%s", rest + 2);
    return event->reason[0] != '\0';
}

/* Copies the next line without its newline and returns what follows it, or NULL when the line is too long. */
static const char *line_take(const char *text, char *line)
{
    size_t length = strcspn(text, "\n");
    if (length >= LINE_BYTES)
        return NULL;
    memcpy(line, text, length);
    line[length] = '\0';
    return text + length + (text[length] == '\n');
}

int lab_events_parse(const char *text, struct lab_event *events, size_t capacity, struct lab_error *error)
{
    char line[LINE_BYTES];
    size_t count = 0;
    for (int number = 1; *text != '\0'; number++) {
        text = line_take(text, line);
        if (text == NULL)
            return lab_error_set(error, -EINVAL, "events: line %d is longer than %d bytes", number, LINE_BYTES - 1);
        if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
            continue;
        if (count == capacity)
            return lab_error_set(error, -EINVAL, "events: more than %zu events", capacity);
        if (!event_parse(line, &events[count++]))
            return lab_error_set(error, -EINVAL, "events: line %d is not NAME TYPE CONFIG EXCLUDE_KERNEL: '%s'", number,
                                 line);
    }
    return (int)count;
}

int lab_event_format(const struct lab_event *event, char *text, size_t bytes)
{
    int length;
    if (!event->encoded)
        length = snprintf(text, bytes, "%s - %s\n", event->name, event->reason);
    else if (event->config1 != 0 || event->config2 != 0)
        length = snprintf(text, bytes, "%s %u 0x%" PRIx64 " %d 0x%" PRIx64 " 0x%" PRIx64 "\n", event->name, event->type,
                          event->config, event->exclude_kernel, event->config1, event->config2);
    else
        length = snprintf(text, bytes, "%s %u 0x%" PRIx64 " %d\n", event->name, event->type, event->config,
                          event->exclude_kernel);
    return length < 0 || (size_t)length >= bytes ? -ENOSPC : length;
}
