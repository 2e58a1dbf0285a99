/*
 * Pinning.  A setting that did not take effect is an error, not a footnote: after sched_setaffinity the mask is read
 * back and the thread must be seen running on that CPU.
 *
 * Thread safety: any thread; lab_pin_thread acts on the caller.
 */
#define _GNU_SOURCE
#include "perf/measure/pin.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One CPU number; advances *text.  -1 when there is none or it is too large. */
static int cpu_parse(const char **text)
{
    if (**text < '0' || **text > '9')
        return -1;
    char *end;
    unsigned long cpu = strtoul(*text, &end, 10);
    *text = end;
    return cpu < LAB_CPUS_MAX ? (int)cpu : -1;
}

/* One "N" or "N-M"; advances *text.  false when it is not one or the list is full. */
static bool range_parse(const char **text, struct lab_cpu_list *list)
{
    int first = cpu_parse(text), last = first;
    if (first >= 0 && **text == '-') {
        ++*text;
        last = cpu_parse(text);
    }
    if (first < 0 || last < first || list->count + (size_t)(last - first) >= LAB_CPUS_MAX)
        return false;
    for (int cpu = first; cpu <= last; cpu++)
        list->cpu[list->count++] = cpu;
    return true;
}

int lab_cpu_list_parse(const char *text, struct lab_cpu_list *list, struct lab_error *error)
{
    const char *rest = text;
    list->count = 0;
    for (;;) {
        if (!range_parse(&rest, list) || (*rest != ',' && *rest != '\0'))
            return lab_error_set(error, -EINVAL, "'%s' is no CPU list; write it like 0 or 0,1 or 0-3 (CPUs below %d)",
                                 text, LAB_CPUS_MAX);
        if (*rest == '\0')
            return 0;
        rest++;
    }
}

int lab_cpu_list_format(const struct lab_cpu_list *list, char *text, size_t bytes)
{
    size_t length = 0;
    if (bytes == 0)
        return -ENOSPC;
    text[0] = '\0';
    for (size_t i = 0; i < list->count; i++) {
        int written = snprintf(text + length, bytes - length, "%s%d", i == 0 ? "" : ",", list->cpu[i]);
        if (written < 0 || (size_t)written >= bytes - length)
            return -ENOSPC;
        length += (size_t)written;
    }
    return (int)length;
}

int lab_pin_thread(int cpu, struct lab_error *error)
{
    cpu_set_t wanted, actual;
    CPU_ZERO(&wanted);
    CPU_SET(cpu, &wanted);
    if (sched_setaffinity(0, sizeof wanted, &wanted) != 0) {
        int status = -errno;
        return lab_error_set(error, status, "cannot pin to CPU %d: %s; `taskset -p $$` shows which are allowed here",
                             cpu, strerror(-status));
    }
    if (sched_getaffinity(0, sizeof actual, &actual) != 0 || !CPU_EQUAL(&wanted, &actual) || sched_getcpu() != cpu)
        return lab_error_set(error, -EXDEV,
                             "pinning to CPU %d did not take effect: the kernel runs the thread elsewhere", cpu);
    return 0;
}
