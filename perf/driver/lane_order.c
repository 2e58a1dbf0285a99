/*
 * The order of the lanes' pairs.
 *
 *      a lab       every workload with: the first phase, the one in question, a variant of it, the peers
 *                  every workload with: the phases in between
 *      the others  every workload with every allocator
 *
 * Within a line workload by workload, so that allocators which are held side by side ran soon after each other.
 */
#include "perf/driver/lane_order.h"

static bool is_in_between(const struct plan *plan, size_t allocator)
{
    return plan->lab && allocator > 0 && allocator < plan->repeated;
}

bool lane_has_arm(const struct plan *plan, size_t allocator)
{
    bool left_out = plan->quick && is_in_between(plan, allocator);
    return !left_out && plan->allocators[allocator].kind != KIND_FLOOR;
}

/* The allocators of the lanes among the first so many. */
static size_t arms_before(const struct plan *plan, size_t end)
{
    size_t arms = 0;
    for (size_t i = 0; i < end; i++)
        arms += lane_has_arm(plan, i);
    return arms;
}

size_t lane_pairs(const struct plan *plan)
{
    return arms_before(plan, plan->allocator_count) * plan->workload_count;
}

static size_t row_of(const struct plan *plan, size_t workload, size_t allocator)
{
    return workload * arms_before(plan, plan->allocator_count) + arms_before(plan, allocator);
}

void lane_order(const struct plan *plan, struct lane_pair *pairs)
{
    size_t count = 0;
    for (int in_between = 0; in_between <= 1; in_between++)
        for (size_t i = 0; i < plan->workload_count; i++)
            for (size_t j = 0; j < plan->allocator_count; j++)
                if (lane_has_arm(plan, j) && is_in_between(plan, j) == in_between)
                    pairs[count++] = (struct lane_pair){.workload = i, .allocator = j, .row = row_of(plan, i, j)};
}
