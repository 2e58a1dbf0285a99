#ifndef LAB_DRIVER_HUGE_PAGES_H
#define LAB_DRIVER_HUGE_PAGES_H

#include "perf/driver/status.h"

/*
 * Switches transparent huge pages off for this process and, since that is inherited, for all that it starts from now
 * on. STATUS_FAILED when the kernel refuses.
 */
int huge_pages_refuse(struct lab_error *error);

#endif
