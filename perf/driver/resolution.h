#ifndef LAB_DRIVER_RESOLUTION_H
#define LAB_DRIVER_RESOLUTION_H

#include <jansson.h>

/*
 * How long it takes to see a slowdown of so many percent, from the finished trials in which it was injected:
 * {"rounds", "seconds", "resolved", "trials"}: medians over the trials, null where fewer than half ever saw it.
 */
json_t *resolution_json(const json_t *trials, int effect_percent);

#endif
