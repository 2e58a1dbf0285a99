/*
 * The probe of bench_<workload>_live.  It only counts and says where the process is; the harness looks at the resident
 * set from outside, so that looking costs the workload nothing and works the same for every allocator.
 *
 *     STARTS --> RUNS (the region) --> ENDED --> everything is freed --> FREED --> waits for `leave`, then the record
 *
 * After FREED the process calls neither malloc nor free until the harness lets it go: what is resident then is what the
 * allocator keeps of a program that does nothing for a while.
 *
 * Thread safety: lab_live_add and lab_live_cell_take on any thread; the probe's functions on the main thread.
 */
#define _GNU_SOURCE
#include "perf/measure/live.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "perf/measure/probe.h"

#define WAIT_STEP_NS   5000000L            /* between looks at `leave` */
#define WAIT_MOST_NS   (30 * LAB_NS_PER_S) /* nobody lets it go: the harness is gone */
#define DESCRIPTOR_MAX 1024

static struct lab_live_page own; /* where no page is shared */
static uint64_t shared_fd;       /* 0: none */

struct lab_live_page *lab_live_page = &own;
__thread struct lab_live_cell *lab_live_cell;

struct lab_live_cell *lab_live_cell_take(void)
{
    static _Atomic uint32_t taken; /* relaxed: any distribution will do */
    uint32_t index = atomic_fetch_add_explicit(&taken, 1, memory_order_relaxed) % LAB_LIVE_CELLS;
    lab_live_cell = &lab_live_page->cells[index];
    return lab_live_cell;
}

static int begin(const struct lab_params *params, const struct lab_clock *clock, struct lab_error *error)
{
    (void)params, (void)clock;
    if (shared_fd == 0)
        return 0;
    void *page = mmap(NULL, sizeof *lab_live_page, PROT_READ | PROT_WRITE, MAP_SHARED, (int)shared_fd, 0);
    if (page == MAP_FAILED)
        return lab_error_set(error, -errno, "cannot map descriptor %d, which --probe fd= names: %s", (int)shared_fd,
                             strerror(errno));
    lab_live_page = page;
    return 0;
}

static void enter(enum lab_live_state state)
{
    lab_live_page->moment_ns[state] = lab_monotonic_ns();
    atomic_store_explicit(&lab_live_page->state, state, memory_order_release);
}

static void region_begins(void)
{
    enter(LAB_LIVE_RUNS);
}

static void region_ends(void)
{
    enter(LAB_LIVE_ENDED);
}

static void freed(void)
{
    const struct timespec step = {.tv_nsec = WAIT_STEP_NS};
    enter(LAB_LIVE_FREED);
    uint64_t until_ns = lab_monotonic_ns() + WAIT_MOST_NS;
    while (shared_fd != 0 && !atomic_load_explicit(&lab_live_page->leave, memory_order_relaxed) &&
           lab_monotonic_ns() < until_ns)
        nanosleep(&step, NULL);
}

/* What the books say is left, which must be nothing. */
static void write(struct lab_json *json)
{
    int64_t left = lab_live_bytes(lab_live_page);
    lab_json_u64(json, "live_bytes_left", left < 0 ? (uint64_t)-left : (uint64_t)left);
}

static const struct lab_probe_setting settings[] = {
    {"fd", "share the page of live bytes through this descriptor", 0, DESCRIPTOR_MAX, &shared_fd}, {.name = NULL}};

const struct lab_probe lab_probe = {
    .name = "live",
    .settings = settings,
    .begin = begin,
    .region_begins = region_begins,
    .region_ends = region_ends,
    .freed = freed,
    .write = write,
};
