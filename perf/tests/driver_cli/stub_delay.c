/*
 * What liblab-delay.so is to the real lab: a stub allocator whose slowdown is written into copies of its file.  One
 * turn of its loop makes the stub workload a thousandth of a percent slower.
 *      -DBIAS=...   a further factor, to break the self-test's input: the factor of a copy called *-again.so or
 *                   *-some.so, which are the candidates
 */
#define _GNU_SOURCE
#include "perf/inject/delay.h"

#include <dlfcn.h>
#include <string.h>

#ifndef BIAS
#define BIAS 1
#endif

#define PER_TURN 1e-5

const volatile struct lab_delay lab_delay = {.magic = LAB_DELAY_MAGIC, .every = 1024};

double stub_slowdown(void)
{
    Dl_info info;
    double slowdown = 1 + PER_TURN * (double)lab_delay.burn;
    dladdr((void *)(unsigned long)stub_slowdown, &info);
    int candidate = strstr(info.dli_fname, "-again.so") || strstr(info.dli_fname, "-some.so");
    return candidate ? slowdown * BIAS : slowdown;
}
