/*
 * mid_large_mt: mid_large on several threads at once, each with slots of its own.
 *
 * Models a server whose workers each handle requests with buffers of 8 KiB to 1 MiB and share nothing but the
 * allocator and the kernel's memory map.  What is added to mid_large is contention: on locks around large blocks, and
 * on the kernel's own lock when memory is mapped, returned or faulted in.
 */
#include "workloads/mid_large.h"

static const struct lab_workload workload = {
    .name = "mid_large_mt",
    .summary = "mid_large on several threads, each with slots of its own",
    .models = "a server whose workers use large buffers and share nothing but the allocator",
    .slots_meaning = "slots of each thread; half of them hold a block",
    .defaults = {.ops = 200000, .slots = 64, .min_size = 8192, .max_size = 1048576, .threads = 2, .seed = 42},
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
