/* See joint.h. */
#include "perf/recorder/joint.h"

static unsigned log2_floor(uint64_t number)
{
    return 63u - (unsigned)__builtin_clzll(number);
}

/* Sizes below 2^JOINT_STEP_BITS are their own class; from there on the highest bits after the first one are the step.
 */
static unsigned size_class(uint64_t size)
{
    const uint64_t steps = UINT64_C(1) << JOINT_STEP_BITS;
    if (size < steps)
        return (unsigned)size;
    const unsigned doubling = log2_floor(size) - JOINT_STEP_BITS;
    return ((doubling + 1) << JOINT_STEP_BITS) + (unsigned)((size >> doubling) & (steps - 1));
}

static unsigned lifetime_class(uint64_t lifetime)
{
    if (lifetime == JOINT_END)
        return JOINT_LIFETIME_CLASSES - 1;
    return lifetime == 0 ? 0 : 1 + log2_floor(lifetime);
}

void joint_add(struct joint *joint, uint64_t size, uint64_t lifetime)
{
    const uint64_t counted = size == 0 ? 1 : size > JOINT_SIZE_MAX ? JOINT_SIZE_MAX : size;
    struct joint_cell *cell = &joint->cells[lifetime_class(lifetime)][size_class(counted)];
    if (cell->count == 0 || counted < cell->size_min)
        cell->size_min = counted;
    if (cell->count == 0 || counted > cell->size_max)
        cell->size_max = counted;
    if (cell->count == 0 || lifetime < cell->lifetime_min)
        cell->lifetime_min = lifetime;
    if (cell->count == 0 || lifetime > cell->lifetime_max)
        cell->lifetime_max = lifetime;
    cell->count++;
}
