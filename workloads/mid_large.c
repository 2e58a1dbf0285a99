/*
 * mid_large: buffers from 8 KiB to 1 MiB with random lifetimes.
 *
 * Models a program that works on buffers: network and file input, decoded images, tables that are built and dropped.
 * Few blocks are live at a time (64 slots, half of them full, about 7 MiB), each is used over its whole length, so one
 * byte in each page is written.  An allocator that returns every freed buffer to the kernel at once pays for it here
 * in page faults; one that never does pays in memory.
 */
#include "workloads/mid_large.h"

static const struct lab_workload workload = {
    .name = "mid_large",
    .summary = "random sizes of 8 KiB to 1 MiB with random lifetimes, every page touched",
    .models = "a program that works on buffers: input and output, images, tables that come and go",
    .slots_meaning = "slots of each thread; half of them hold a block",
    .defaults = {.ops = 200000, .slots = 64, .min_size = 8192, .max_size = 1048576, .threads = 1, .seed = 42},
    .malloc_function = CALLED_MALLOC,
    .memory_bytes = slots_memory_bytes,
    .prepare = slots_prepare,
    .run = churn_run,
    .finish = slots_finish,
};

int main(int argc, char **argv)
{
    return lab_main(argc, argv, &workload);
}
