/*
 * What the kernel counts about the process: CPU time, faults, switches (getrusage) and resident memory
 * (/proc/self/status).  Nothing here allocates.
 */
#ifndef LAB_USAGE_H
#define LAB_USAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Of all threads, dead ones included (RUSAGE_SELF). */
struct lab_usage {
    uint64_t cpu_user_ns;          /* time in user mode; microsecond resolution */
    uint64_t cpu_system_ns;        /* time in the kernel */
    uint64_t minor_faults;         /* page faults served without input */
    uint64_t major_faults;         /* page faults that waited for input */
    uint64_t voluntary_switches;   /* waited for something */
    uint64_t involuntary_switches; /* was preempted */
};

struct lab_memory {
    uint64_t rss_bytes;  /* VmRSS: resident now */
    uint64_t peak_bytes; /* VmHWM: the most since the start or since lab_memory_reset_peak */
};

void lab_usage_read(struct lab_usage *usage);

/* The same of the calling thread alone. */
void lab_usage_read_thread(struct lab_usage *usage);

/* after - before, field by field. */
struct lab_usage lab_usage_since(const struct lab_usage *before, const struct lab_usage *after);

/*
 * Reads both values with one open and read into a static buffer.  0 or -errno.  The kernel batches its counters by
 * thread, so values may lag by some 64 pages a thread on kernels before 6.2.  Not thread-safe.
 */
int lab_memory_read(struct lab_memory *memory);

/* The text of /proc/self/status -> memory.  0, or -EPROTO when a line is missing. */
int lab_memory_parse(const char *status, struct lab_memory *memory);

/*
 * Makes VmHWM start again from VmRSS (proc(5), clear_refs).  false where the kernel refuses; the peak then includes
 * start-up, which in a process of this kind is never above what the region starts with.
 */
bool lab_memory_reset_peak(void);

#endif
