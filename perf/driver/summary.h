#ifndef LAB_DRIVER_SUMMARY_H
#define LAB_DRIVER_SUMMARY_H

#include <jansson.h>

struct campaign;

/* run.json of what the campaign has measured so far; `state` is "complete" or "partial". */
json_t *summary_make(const struct campaign *campaign, const char *state);

#endif
