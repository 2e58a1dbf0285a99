/*
 * getrusage and /proc/self/status, read straight into static buffers: a helper from the C library might allocate from
 * the very allocator that is being measured.
 *
 * Thread safety: one thread at a time (the static buffer).
 */
#define _GNU_SOURCE
#include "perf/measure/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define NS_PER_US   UINT64_C(1000)
#define US_PER_S    UINT64_C(1000000)
#define KIB         UINT64_C(1024)
#define STATUS_SIZE 8192 /* a status file is 1.5 KiB */

static uint64_t timeval_ns(struct timeval time)
{
    return ((uint64_t)time.tv_sec * US_PER_S + (uint64_t)time.tv_usec) * NS_PER_US;
}

static void usage_of(int whom, struct lab_usage *usage)
{
    struct rusage raw;
    getrusage(whom, &raw);
    *usage = (struct lab_usage){
        .cpu_user_ns = timeval_ns(raw.ru_utime),
        .cpu_system_ns = timeval_ns(raw.ru_stime),
        .minor_faults = (uint64_t)raw.ru_minflt,
        .major_faults = (uint64_t)raw.ru_majflt,
        .voluntary_switches = (uint64_t)raw.ru_nvcsw,
        .involuntary_switches = (uint64_t)raw.ru_nivcsw,
    };
}

void lab_usage_read(struct lab_usage *usage)
{
    usage_of(RUSAGE_SELF, usage);
}

void lab_usage_read_thread(struct lab_usage *usage)
{
    usage_of(RUSAGE_THREAD, usage);
}

struct lab_usage lab_usage_since(const struct lab_usage *before, const struct lab_usage *after)
{
    return (struct lab_usage){
        .cpu_user_ns = after->cpu_user_ns - before->cpu_user_ns,
        .cpu_system_ns = after->cpu_system_ns - before->cpu_system_ns,
        .minor_faults = after->minor_faults - before->minor_faults,
        .major_faults = after->major_faults - before->major_faults,
        .voluntary_switches = after->voluntary_switches - before->voluntary_switches,
        .involuntary_switches = after->involuntary_switches - before->involuntary_switches,
    };
}

/* The number of kilobytes after `label`, in bytes.  false when the line is not there. */
static bool status_line(const char *status, const char *label, uint64_t *bytes)
{
    const char *line = strstr(status, label);
    if (line == NULL)
        return false;
    *bytes = strtoull(line + strlen(label), NULL, 10) * KIB;
    return true;
}

int lab_memory_parse(const char *status, struct lab_memory *memory)
{
    if (!status_line(status, "\nVmHWM:", &memory->peak_bytes) || !status_line(status, "\nVmRSS:", &memory->rss_bytes))
        return -EPROTO;
    return 0;
}

int lab_memory_read(struct lab_memory *memory)
{
    static char text[STATUS_SIZE];
    int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -errno;
    ssize_t length = read(file, text, sizeof text - 1);
    int status = length < 0 ? -errno : 0;
    close(file);
    if (status != 0)
        return status;
    text[length] = '\0';
    return lab_memory_parse(text, memory);
}

bool lab_memory_reset_peak(void)
{
    int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    bool reset = write(file, "5", 1) == 1;
    close(file);
    return reset;
}
