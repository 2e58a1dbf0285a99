/*
 * The kernel as the source of events: perf_event_open(2) and the ioctls of its descriptors.
 *
 * Every event starts disabled, counts this process and, through `inherit`, the threads it creates later.  Inherited
 * events may be read as a group (kernels since 4.13).
 *
 * Thread safety: as the system calls.
 */
#define _GNU_SOURCE
#include "perf/measure/counters.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THIS_PROCESS 0
#define ANY_CPU      (-1)

static int kernel_open(void *context, const struct lab_event *event, int group_fd)
{
    (void)context;
    struct perf_event_attr attr = {
        .type = event->type,
        .size = sizeof attr,
        .config = event->config,
        .config1 = event->config1,
        .config2 = event->config2,
        .disabled = group_fd < 0,
        .inherit = 1,
        .exclude_kernel = event->exclude_kernel,
        .exclude_hv = 1,
        .read_format =
            PERF_FORMAT_GROUP | PERF_FORMAT_ID | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
    };
    long fd = syscall(SYS_perf_event_open, &attr, THIS_PROCESS, ANY_CPU, group_fd, PERF_FLAG_FD_CLOEXEC);
    return fd < 0 ? -errno : (int)fd;
}

static int kernel_identify(void *context, int fd, uint64_t *id)
{
    (void)context;
    return ioctl(fd, PERF_EVENT_IOC_ID, id) != 0 ? -errno : 0;
}

static int kernel_enable(void *context, int fd, bool on)
{
    (void)context;
    unsigned long request = on ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE;
    return ioctl(fd, request, PERF_IOC_FLAG_GROUP) != 0 ? -errno : 0;
}

static long kernel_read(void *context, int fd, void *buffer, size_t bytes)
{
    (void)context;
    ssize_t length = read(fd, buffer, bytes);
    return length < 0 ? -errno : length;
}

static void kernel_close(void *context, int fd)
{
    (void)context;
    close(fd);
}

const struct lab_event_source lab_kernel_events = {
    .open = kernel_open,
    .identify = kernel_identify,
    .enable = kernel_enable,
    .read = kernel_read,
    .close = kernel_close,
};
