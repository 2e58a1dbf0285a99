#ifndef LAB_DRIVER_FINGERPRINT_H
#define LAB_DRIVER_FINGERPRINT_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Whether two descriptions of a machine (as in run.json) are of one machine in one state: processor, memory, kernel and
 * the settings that speed depends on.  Its load at that moment and the harness's compiler do not count.
 */
bool fingerprint_same(const json_t *machine, const json_t *other);

#endif
