/*
 * The gate: samples that were disturbed from outside are discarded and run again, by a rule that is fixed before the
 * run and the same for every arm.  It looks at disturbances only, never at the result.  Every sample, discarded or not,
 * is in samples.jsonl, and the count is in run.json.
 *
 * One thread that has a CPU to itself uses as much CPU time as wall time; a workload with several threads waits for its
 * own threads, so that only stolen time speaks against it.
 */
#define _GNU_SOURCE
#include "perf/driver/gate.h"

#include "perf/driver/text.h"

#include <unistd.h>

#define STEAL_SHARE_MAX    0.02    /* of the process's wall time */
#define STEAL_TICKS_MIN    2       /* /proc/stat counts in clock ticks: one may be rounding */
#define WAITING_FACTOR_MAX 1.05    /* wall over CPU time, one thread */
#define WAITING_GRACE_NS   1000000 /* what getrusage rounds, and a page fault that waits */
#define INVOLUNTARY_PER_S  100     /* a busy neighbour takes turns every few ms: hundreds a second */
#define INVOLUNTARY_GRACE  10

#define RERUNS_MAX          2   /* of one sample */
#define DISCARDED_SHARE_MAX 0.1 /* of all processes, beyond the grace */
#define DISCARDED_GRACE     4

const char gate_rule[] =
    "a sample is discarded and run again at once, at most twice, if the hypervisor stole more than 2 % of its time, or "
    "if, "
    "with one thread, its wall time exceeds 1.05 times its CPU time by more than 1 ms or it was preempted more than "
    "100 "
    "times a second; after two reruns, or once a tenth of all samples was discarded, it is kept with a note";

bool gate_reruns(size_t reruns, size_t discarded, size_t taken)
{
    return reruns < RERUNS_MAX && (double)discarded < DISCARDED_GRACE + DISCARDED_SHARE_MAX * (double)taken;
}

char *gate_objection(const struct sample *sample)
{
    double tick_ns = 1e9 / (double)sysconf(_SC_CLK_TCK);
    double steal_ns = (double)sample->steal_ns;
    if (steal_ns >= STEAL_TICKS_MIN * tick_ns && steal_ns > STEAL_SHARE_MAX * (double)sample->wall_ns)
        return text_format("the hypervisor stole %.0f ms of %.0f ms", steal_ns / 1e6, (double)sample->wall_ns / 1e6);
    if (sample->threads != 1)
        return NULL;
    double elapsed_ns = (double)sample->elapsed_ns;
    if (elapsed_ns > WAITING_FACTOR_MAX * (double)sample->cpu_ns + WAITING_GRACE_NS)
        return text_format("waited for a CPU: %.1f ms wall, %.1f ms CPU", elapsed_ns / 1e6,
                           (double)sample->cpu_ns / 1e6);
    if ((double)sample->involuntary > INVOLUNTARY_GRACE + INVOLUNTARY_PER_S * elapsed_ns / 1e9)
        return text_format("preempted %lld times in %.0f ms", (long long)sample->involuntary, elapsed_ns / 1e6);
    return NULL;
}
