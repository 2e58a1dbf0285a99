#ifndef LAB_DRIVER_COUNTER_TABLE_H
#define LAB_DRIVER_COUNTER_TABLE_H

#include <jansson.h>
#include <stdio.h>

/*
 * The counter_metrics of a run as tables, one a workload: metrics downwards, allocators across; of a lab run that of
 * the core workload alone.  Where the hardware counts, metrics that no allocator has are named once, with their reason.
 */
void counter_table_print(FILE *file, const json_t *run);

#endif
