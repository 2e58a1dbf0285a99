#ifndef LAB_DRIVER_CHECKLIST_H
#define LAB_DRIVER_CHECKLIST_H

#include <jansson.h>

/* The roadmap's checklist, see roadmap.h; from "stats", "code_sizes" and the comparisons of a run.json. */
json_t *checklist_make(const json_t *run, const char *workload, const char *baseline);

#endif
