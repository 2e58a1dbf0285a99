/*
 * See recording.h.  A block that realloc moves or resizes dies before the one that takes its place is made, so that
 * what is live at once is what the program has, not the two copies of a move.
 */
#define _GNU_SOURCE
#include "perf/recorder/recording.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "perf/recorder/joint.h"

#define BLOCKS_MAX (UINT64_C(1) << 24) /* what a profile's `allocations` may be */

static atomic_bool running; /* relaxed: nothing else is published by it */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Under the lock. */
static struct {
    struct births births;
    struct joint joint;
    uint64_t made;       /* blocks */
    uint64_t bytes;      /* asked for in all */
    uint64_t live, peak; /* bytes, now and at most */
    uint64_t unseen;     /* blocks that no memory was left to remember */
} recording;

static bool enter(void)
{
    if (!atomic_load_explicit(&running, memory_order_relaxed))
        return false;
    pthread_mutex_lock(&lock);
    return true;
}

static void leave(void)
{
    pthread_mutex_unlock(&lock);
}

void recording_start(void)
{
    atomic_store_explicit(&running, true, memory_order_relaxed);
}

void recording_stop(void)
{
    atomic_store_explicit(&running, false, memory_order_relaxed);
}

static void remember(struct birth birth)
{
    if (!births_add(&recording.births, birth))
        recording.unseen++;
}

void recording_made(const void *block, size_t size)
{
    if (block == NULL || !enter())
        return;
    remember((struct birth){.address = (uintptr_t)block, .number = recording.made++, .size = size});
    recording.bytes += size;
    recording.live += size;
    if (recording.live > recording.peak)
        recording.peak = recording.live;
    leave();
}

bool recording_take(const void *block, struct birth *birth)
{
    if (block == NULL || !enter())
        return false;
    const bool there = births_take(&recording.births, (uintptr_t)block, birth);
    leave();
    return there;
}

void recording_died(const struct birth *birth)
{
    if (!enter())
        return;
    joint_add(&recording.joint, birth->size, recording.made - 1 - birth->number);
    recording.live -= birth->size;
    leave();
}

void recording_lives(const struct birth *birth)
{
    if (!enter())
        return;
    remember(*birth);
    leave();
}

static bool rows_write(int file, const struct joint *joint)
{
    for (unsigned lifetime = 0; lifetime < JOINT_LIFETIME_CLASSES; lifetime++)
        for (unsigned size = 0; size < JOINT_SIZE_CLASSES; size++) {
            const struct joint_cell *cell = &joint->cells[lifetime][size];
            char lifetimes[64] = "end end";
            if (cell->count == 0)
                continue;
            if (cell->lifetime_min != JOINT_END)
                snprintf(lifetimes, sizeof lifetimes, "%" PRIu64 " %" PRIu64, cell->lifetime_min, cell->lifetime_max);
            if (dprintf(file, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n", cell->count, cell->size_min, cell->size_max,
                        lifetimes) < 0)
                return false;
        }
    return true;
}

bool recording_write(int file, const char *program)
{
    if (!enter())
        return true;
    recording_stop();
    for (size_t i = 0; i < births_places(&recording.births); i++)
        if (recording.births.places[i].address != 0)
            joint_add(&recording.joint, recording.births.places[i].size, JOINT_END);
    const uint64_t made = recording.made;
    const bool written = dprintf(file,
                                 "hakmem-profile-1\n# process %s %d\n# blocks %" PRIu64 "\n# bytes %" PRIu64
                                 "\n# peak-live-bytes %" PRIu64 "\n# unseen %" PRIu64 "\nallocations %" PRIu64
                                 "\n# weight size-min size-max lifetime-min lifetime-max\n",
                                 program, (int)getpid(), made, recording.bytes, recording.peak, recording.unseen,
                                 made > BLOCKS_MAX ? BLOCKS_MAX : made) > 0 &&
                         rows_write(file, &recording.joint);
    leave();
    return written;
}
