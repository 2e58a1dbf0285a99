/*
 * CPU lists ("0", "0,2", "0-3") and pinning a thread to one CPU, verified.
 */
#ifndef LAB_PIN_H
#define LAB_PIN_H

#include <stddef.h>

#include "perf/measure/error.h"

#define LAB_CPUS_MAX 1024 /* as many as cpu_set_t holds */

struct lab_cpu_list {
    int cpu[LAB_CPUS_MAX]; /* CPU numbers as the kernel counts them, in the order given */
    size_t count;          /* 0: threads are not pinned */
};

/* Parses a list.  0, or -EINVAL with a sentence. */
int lab_cpu_list_parse(const char *text, struct lab_cpu_list *list, struct lab_error *error);

/* Writes "0,1" into text.  Returns its length, or -ENOSPC. */
int lab_cpu_list_format(const struct lab_cpu_list *list, char *text, size_t bytes);

/* Pins the calling thread to one CPU and checks that the kernel has moved it there.  0, or -errno with a sentence. */
int lab_pin_thread(int cpu, struct lab_error *error);

#endif
