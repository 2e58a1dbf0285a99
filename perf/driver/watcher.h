#ifndef LAB_DRIVER_WATCHER_H
#define LAB_DRIVER_WATCHER_H

#include "perf/driver/arm.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WATCH_POINTS_MAX = 8192, /* of one process; at 4 ms, half a minute */
    WATCH_RESIDUES_MAX = 3
};

/* One look at the process. */
struct watch_point {
    uint64_t ns; /* since the region began */
    uint64_t rss_bytes;
    uint64_t live_bytes; /* by the workload's own books */
};

/* What is still resident some time after everything was freed, the process doing nothing since. */
struct watch_residue {
    double after_s;
    uint64_t rss_bytes;
};

/* A process watched from outside. */
struct watched {
    struct watch_point *points; /* of the region, in order */
    size_t point_count;
    struct watch_residue residues[WATCH_RESIDUES_MAX];
    size_t residue_count;
    uint64_t region_ns;       /* its length */
    uint64_t rss_start_bytes; /* right before it */
    uint64_t peak_rss_bytes;  /* the kernel's high-water mark, or what was seen if that is higher */
    uint64_t ops;
    json_t *record; /* the process's; NULL after a failure */
};

/*
 * Runs bench_<workload>_live under the arm's allocator and looks at it every few milliseconds, then after each of the
 * `residues` seconds (ascending, the last is how long it is kept).  `idle` is called once with `context` when
 * everything is freed and the process only sleeps.  STATUS_FAILED with a sentence, STATUS_INTERRUPTED after Ctrl-C. Any
 * thread; watched_free() in every case.
 */
int watch_process(const struct arm *arm, const struct workload *workload, const double *residues, size_t residue_count,
                  double timeout_s, void (*idle)(void *context), void *context, struct watched *watched,
                  struct lab_error *error);
void watched_free(struct watched *watched);

/* "Rss:    1234 kB" of the text of smaps_rollup, in bytes; 0 when it is not there. */
uint64_t watch_rss_parse(const char *text);

#endif
