/* The slots that most shapes keep their blocks in: an array of pointers, NULL where there is none. */
#include "workloads/shapes/shape.h"

void **slots_make(uint64_t count)
{
    void **slots = calloc(count, sizeof *slots);
    if (slots == NULL)
        shape_fail("no memory");
    return slots;
}

void slots_drop(struct tally *tally, void **slots, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        block_drop(tally, slots[i]);
    free(slots);
}
