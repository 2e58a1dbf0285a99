/*
 * Memory over time, seen from outside.
 *
 *      harness                                  bench_<workload>_live
 *        every 4 ms: smaps_rollup <---- RSS       region: adds and subtracts in its cell of the shared page
 *                    shared page  <---- live      ...
 *        state FREED: idle()                      frees everything, sets FREED, sleeps
 *        after 0.1, 1, 5 s: RSS
 *        leave = 1 ------------------------->     writes its record, ends
 *
 * smaps_rollup walks the page tables, so that its RSS is exact; the cheaper statm lags behind by up to 64 pages a
 * thread.  Reading it takes the lock of the process's memory map for a moment: this lane times nothing.
 */
#define _GNU_SOURCE
#include "perf/driver/watcher.h"

#include "perf/driver/text.h"
#include "perf/driver/trial.h"
#include "perf/measure/live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define TICK_S      0.004 /* between looks while it runs */
#define TICK_IDLE_S 0.02  /* while it sleeps: of many that do at once */
#define ROLLUP_SIZE 4096  /* the file is about 800 bytes */

/* A look-out. */
struct watcher {
    struct trial trial;
    struct lab_live_page *page;
    const double *residues;
    size_t residue_count;
    void (*idle)(void *context);
    void *context;
    struct watched *watched;
    int rollup;          /* descriptor of smaps_rollup; -1: not open yet */
    int rollup_error;    /* errno of opening or reading it; 0: none */
    bool is_idle;        /* idle() was called */
    int64_t books_bytes; /* live when everything was freed: must be 0 */
};

uint64_t watch_rss_parse(const char *text)
{
    const char *line = strstr(text, "\nRss:");
    return line ? strtoull(line + strlen("\nRss:"), NULL, 10) * 1024 : 0;
}

static uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* 0 when it cannot be read; a process that is just ending has none any more. */
static uint64_t read_rss(struct watcher *watcher, pid_t pid)
{
    char text[ROLLUP_SIZE];
    if (watcher->rollup < 0) {
        char *path = text_format("/proc/%d/smaps_rollup", (int)pid);
        watcher->rollup = open(path, O_RDONLY | O_CLOEXEC);
        watcher->rollup_error = watcher->rollup < 0 ? errno : 0;
        free(path);
    }
    ssize_t length = watcher->rollup < 0 ? -1 : pread(watcher->rollup, text, sizeof text - 1, 0);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    return watch_rss_parse(text);
}

static void look(struct watcher *watcher, pid_t pid)
{
    struct watched *watched = watcher->watched;
    uint64_t began_ns = watcher->page->moment_ns[LAB_LIVE_RUNS];
    int64_t live = lab_live_bytes(watcher->page);
    uint64_t rss = read_rss(watcher, pid);
    uint64_t now_ns = monotonic_ns();
    /* A look that ends after the region may have seen what is after it. */
    if (rss && watched->point_count < WATCH_POINTS_MAX &&
        atomic_load_explicit(&watcher->page->state, memory_order_acquire) == LAB_LIVE_RUNS)
        watched->points[watched->point_count++] = (struct watch_point){
            .ns = now_ns - began_ns, .rss_bytes = rss, .live_bytes = live > 0 ? (uint64_t)live : 0};
}

/* Everything is freed: reads what is left when its time has come, lets the process go after the last. */
static void look_back(struct watcher *watcher, pid_t pid)
{
    struct watched *watched = watcher->watched;
    double idle_s = (double)(monotonic_ns() - watcher->page->moment_ns[LAB_LIVE_FREED]) / 1e9;
    if (!watcher->is_idle) {
        watcher->is_idle = true;
        watcher->books_bytes = lab_live_bytes(watcher->page);
        watcher->trial.process.tick_s = TICK_IDLE_S;
        watcher->idle(watcher->context);
    }
    if (watched->residue_count < watcher->residue_count && idle_s >= watcher->residues[watched->residue_count]) {
        struct watch_residue residue = {.after_s = watcher->residues[watched->residue_count],
                                        .rss_bytes = read_rss(watcher, pid)};
        watched->residues[watched->residue_count++] = residue;
    }
    if (watched->residue_count == watcher->residue_count)
        atomic_store_explicit(&watcher->page->leave, 1, memory_order_relaxed);
}

static void tick(void *context, pid_t pid)
{
    struct watcher *watcher = context;
    switch (atomic_load_explicit(&watcher->page->state, memory_order_acquire)) {
    case LAB_LIVE_RUNS:
        look(watcher, pid);
        break;
    case LAB_LIVE_FREED:
        look_back(watcher, pid);
        break;
    default:
        break;
    }
}

/* The record, and whether what was seen can be what happened. */
static int conclude(struct watcher *watcher, const json_t *record, struct lab_error *error)
{
    struct watched *watched = watcher->watched;
    const char *workload = watcher->trial.workload->name, *label = watcher->trial.arm->label;
    const uint64_t *moment_ns = watcher->page->moment_ns;
    watched->ops = (uint64_t)json_integer_value(json_object_get(record, "ops"));
    watched->rss_start_bytes = (uint64_t)json_integer_value(json_object_get(record, "rss_start_bytes"));
    watched->peak_rss_bytes = (uint64_t)json_integer_value(json_object_get(record, "peak_rss_bytes"));
    watched->region_ns = moment_ns[LAB_LIVE_ENDED] - moment_ns[LAB_LIVE_RUNS];
    for (size_t i = 0; i < watched->point_count; i++)
        if (watched->points[i].rss_bytes > watched->peak_rss_bytes)
            watched->peak_rss_bytes = watched->points[i].rss_bytes;
    if (watcher->rollup_error)
        return lab_error_set(error, STATUS_FAILED, "%s under %s: cannot read its smaps_rollup: %s", workload, label,
                             strerror(watcher->rollup_error));
    if (watcher->books_bytes)
        return lab_error_set(error, STATUS_FAILED,
                             "%s under %s: %lld bytes are live by its own books after all is freed", workload, label,
                             (long long)watcher->books_bytes);
    if (watched->residue_count < watcher->residue_count)
        return lab_error_set(error, STATUS_FAILED, "%s under %s ended before it was let go", workload, label);
    return STATUS_DONE;
}

static int page_share(struct watcher *watcher, int *fd, struct lab_error *error)
{
    *fd = memfd_create("live", MFD_CLOEXEC);
    if (*fd >= 0 && ftruncate(*fd, sizeof *watcher->page) == 0)
        watcher->page = mmap(NULL, sizeof *watcher->page, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (watcher->page && watcher->page != MAP_FAILED)
        return STATUS_DONE;
    watcher->page = NULL;
    return lab_error_set(error, STATUS_FAILED, "cannot share memory with the measured process: %s", strerror(errno));
}

static int run(struct watcher *watcher, int fd, double timeout_s, struct lab_error *error)
{
    struct trial *trial = &watcher->trial;
    char *program = text_format("%s/bench_%s_live", trial->arm->folder, workload_program(trial->workload));
    arguments_add_program(&trial->arguments, program, trial->workload);
    arguments_add_option(&trial->arguments, "probe", text_format("fd=%d", PROCESS_SHARED_FD));
    trial->program = program;
    trial->process =
        (struct process){.timeout_s = timeout_s, .shared_fd = fd, .tick_s = TICK_S, .tick = tick, .context = watcher};
    int status = trial_run(trial, &watcher->watched->record, error);
    return status ? status : conclude(watcher, watcher->watched->record, error);
}

int watch_process(const struct arm *arm, const struct workload *workload, const double *residues, size_t residue_count,
                  double timeout_s, void (*idle)(void *context), void *context, struct watched *watched,
                  struct lab_error *error)
{
    struct watcher watcher = {.trial = {.arm = arm, .workload = workload},
                              .residues = residues,
                              .residue_count = residue_count,
                              .idle = idle,
                              .context = context,
                              .watched = watched,
                              .rollup = -1};
    int fd = -1;
    *watched = (struct watched){.points = memory_take(WATCH_POINTS_MAX, sizeof *watched->points)};
    int status = page_share(&watcher, &fd, error);
    if (!status)
        status = run(&watcher, fd, timeout_s, error);
    if (!watcher.is_idle)
        idle(context);
    if (watcher.page)
        munmap(watcher.page, sizeof *watcher.page);
    if (watcher.rollup >= 0)
        close(watcher.rollup);
    if (fd >= 0)
        close(fd);
    return status;
}

void watched_free(struct watched *watched)
{
    json_decref(watched->record);
    free(watched->points);
    *watched = (struct watched){.points = NULL};
}
