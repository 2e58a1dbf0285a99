/*
 * The scripted source.  The descriptor of event i is FIRST_FD + i, its id FIRST_ID + i.
 */
#include "perf/tests/measure_fake_events.h"

#include <errno.h>
#include <string.h>

#define FIRST_FD 100
#define FIRST_ID 7000

static int fake_open(void *context, const struct lab_event *event, int group_fd)
{
    struct fake_source *script = context;
    struct fake_event *known = &script->events[event->config];
    if (known->open_error != 0)
        return known->open_error;
    known->group_fd = group_fd;
    known->exclude_kernel = event->exclude_kernel;
    known->open = true;
    return FIRST_FD + (int)event->config;
}

static int fake_identify(void *context, int fd, uint64_t *id)
{
    (void)context;
    *id = FIRST_ID + (uint64_t)(fd - FIRST_FD);
    return 0;
}

static int fake_enable(void *context, int fd, bool on)
{
    (void)fd;
    ((struct fake_source *)context)->enabled += on ? 1 : -1;
    return 0;
}

static long fake_read(void *context, int fd, void *buffer, size_t bytes)
{
    struct fake_source *script = context;
    struct lab_group_reading reading = {0};
    unsigned turn = script->reads[fd - FIRST_FD]++;
    turn = turn > 2 ? 2 : turn;
    if (script->read_error[turn] != 0)
        return script->read_error[turn];
    reading.time_enabled_ns = script->enabled_ns[turn];
    reading.time_running_ns = script->running_ns[turn];
    for (int i = 0; i < FAKE_EVENTS; i++) {
        const struct fake_event *event = &script->events[i];
        bool member = event->open && (FIRST_FD + i == fd || event->group_fd == fd);
        if (!member || event->hidden[turn])
            continue;
        reading.values[reading.count].value = event->value[turn];
        reading.values[reading.count++].id = FIRST_ID + (uint64_t)i;
    }
    size_t length = offsetof(struct lab_group_reading, values) + reading.count * sizeof reading.values[0];
    if (length > bytes)
        return -ENOSPC;
    memcpy(buffer, &reading, length);
    return (long)length;
}

static void fake_close(void *context, int fd)
{
    ((struct fake_source *)context)->events[fd - FIRST_FD].open = false;
}

struct lab_event_source fake_source(struct fake_source *script)
{
    return (struct lab_event_source){
        .open = fake_open,
        .identify = fake_identify,
        .enable = fake_enable,
        .read = fake_read,
        .close = fake_close,
        .context = script,
    };
}
