/*
 * See plan.h.  Frees are kept in a calendar with one list for each block that is made: a block goes into the list of
 * the last block that is made before it is freed, and that list is emptied right after that block.  Lists are of slots,
 * linked by their numbers; empty slots are in such a list too, the last emptied first, so that no more slots are used
 * than there are live blocks.
 *
 * Slots and links are counted from 1 on, so that zeroed memory is a calendar without an entry.
 */
#define _GNU_SOURCE
#include "workloads/shapes/plan.h"

#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/rng.h"
#include "workloads/shapes/shape.h"

#define OPS_MIN      4000000u /* about so many blocks at scale 1: whole lives of a short program */
#define WORDS_A_LIFE 3u       /* of each block: two for its malloc, one for its free */
#define PLAN_SEED    23u

struct planner {
    uint32_t *words;     /* where the next word goes */
    uint32_t *lists;     /* [blocks + 1]: of each block, the first slot that is freed after it; the last is for `end` */
    uint32_t *next;      /* [slots + 1]: the slot behind this one in its list */
    uint32_t *sizes;     /* [slots + 1]: bytes of the live block */
    uint32_t empty;      /* the first empty slot; 0: none */
    uint32_t slots;      /* used so far */
    uint64_t live, peak; /* bytes */
    const uint64_t blocks; /* made in all */
};

void *plan_memory(size_t bytes, size_t *sum)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (bytes + page - 1) / page * page;
    void *memory = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        shape_fail("no memory for the plan of a profile");
    *sum += whole;
    return memory;
}

static uint64_t below(struct rng *rng, uint64_t limit)
{
    return (uint64_t)((unsigned __int128)rng_next(rng) * limit >> 64);
}

static uint32_t slot_take(struct planner *planner)
{
    const uint32_t slot = planner->empty;
    if (slot == 0)
        return ++planner->slots;
    planner->empty = planner->next[slot];
    return slot;
}

static void free_list(struct planner *planner, uint32_t slot)
{
    for (uint32_t following; slot != 0; slot = following) {
        following = planner->next[slot];
        *planner->words++ = (slot - 1) | PLAN_FREE;
        planner->live -= planner->sizes[slot];
        planner->next[slot] = planner->empty;
        planner->empty = slot;
    }
}

/* Makes block `number`, counted from 0 on, and enters its free. */
static void make_block(struct planner *planner, const struct profile *profile, struct rng *rng, uint64_t number)
{
    const struct profile_row *row = profile_row_at(profile, below(rng, profile_weight(profile)));
    const uint64_t size = row->size_min + below(rng, row->size_max - row->size_min + 1);
    const uint64_t lifetime = row->lifetime_min + below(rng, row->lifetime_max - row->lifetime_min + 1);
    const uint64_t left = planner->blocks - 1 - number;
    const uint64_t last = lifetime <= left ? number + lifetime : planner->blocks;
    const uint32_t slot = slot_take(planner);
    planner->sizes[slot] = (uint32_t)size;
    planner->next[slot] = planner->lists[last];
    planner->lists[last] = slot;
    *planner->words++ = slot - 1;
    *planner->words++ = (uint32_t)size;
    planner->live += size;
    if (planner->live > planner->peak)
        planner->peak = planner->live;
}

struct plan plan_make(const struct profile *profile, double scale)
{
    const double ops = scale * (double)((OPS_MIN + profile->blocks - 1) / profile->blocks * profile->blocks);
    struct plan plan = {.lives = 1, .blocks = profile->blocks};
    if (ops < (double)plan.blocks)
        plan.blocks = ops < 1 ? 1 : (uint64_t)ops;
    else
        plan.lives = (uint64_t)(ops / (double)plan.blocks + 0.5);
    struct rng rng = rng_seed(PLAN_SEED, 0);
    struct planner planner = {.words = plan_memory(plan.blocks * WORDS_A_LIFE * sizeof(uint32_t), &plan.own_bytes),
                              .lists = plan_memory((plan.blocks + 1) * sizeof(uint32_t), &plan.own_bytes),
                              .next = plan_memory((plan.blocks + 1) * sizeof(uint32_t), &plan.own_bytes),
                              .sizes = plan_memory((plan.blocks + 1) * sizeof(uint32_t), &plan.own_bytes),
                              .blocks = plan.blocks};
    plan.words = planner.words;
    for (uint64_t number = 0; number < plan.blocks; number++) {
        make_block(&planner, profile, &rng, number);
        free_list(&planner, planner.lists[number]);
    }
    free_list(&planner, planner.lists[plan.blocks]);
    plan.end = planner.words;
    plan.live_bytes_peak = planner.peak;
    plan.slots = plan_memory(planner.slots * sizeof *plan.slots, &plan.own_bytes);
    return plan;
}
