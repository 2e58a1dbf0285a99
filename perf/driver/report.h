#ifndef LAB_DRIVER_REPORT_H
#define LAB_DRIVER_REPORT_H

#include "perf/driver/paths.h"
#include "perf/driver/status.h"

/* Has the report script make report.html of a results folder.  *path receives where it is; the caller frees it. */
int report_make(const struct paths *paths, const char *folder, char **path, struct lab_error *error);

#endif
