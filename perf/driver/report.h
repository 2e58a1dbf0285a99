#ifndef LAB_DRIVER_REPORT_H
#define LAB_DRIVER_REPORT_H

#include "perf/driver/paths.h"
#include "perf/driver/status.h"

/* What the report script is asked for. */
struct report_request {
    const char *folder;   /* results folder */
    const char *other;    /* a second one to put beside it; NULL: none */
    const char *form;     /* an option of the script, such as "--markdown": what else to make; NULL: the page */
    const char *out;      /* where to write; NULL: the script's usual place */
    const char *workload; /* comma list, of plots; NULL: all */
};

/*
 * Has the report script make it.  *output receives what it printed, the caller frees it: the path of the page, or the
 * text.
 */
int report_make(const struct paths *paths, const struct report_request *request, char **output,
                struct lab_error *error);

#endif
