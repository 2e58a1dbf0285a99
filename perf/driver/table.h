#ifndef LAB_DRIVER_TABLE_H
#define LAB_DRIVER_TABLE_H

#include <jansson.h>
#include <stdio.h>

/* Prints what a run came to, from its run.json, within 80 columns; in colour on a terminal unless NO_COLOR is set. */
void table_print(FILE *file, const json_t *run);

/* The end of it alone: what was discarded, what failed, the warnings, whether the run is partial or quick. */
void table_print_remarks(FILE *file, const json_t *run);

#endif
