#ifndef LAB_DRIVER_CODE_SIZE_H
#define LAB_DRIVER_CODE_SIZE_H

#include "perf/driver/plan.h"

#include <jansson.h>

/*
 * For each allocator of the plan that has a file of its own, in the plan's order, what its code takes:
 * {"allocator", "malloc_bytes", "malloc_instructions", "free_bytes", "free_instructions", "text_bytes", "heap_bytes",
 * "reason"}.  What is unknown is null; "reason" then says why there are no instruction counts.
 */
json_t *code_size_list(const struct plan *plan);

#endif
