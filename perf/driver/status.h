#ifndef LAB_DRIVER_STATUS_H
#define LAB_DRIVER_STATUS_H

#include "perf/measure/error.h"

/*
 * What the harness ends with; documented in `harness --help`.  Functions that can fail return one of these and, when it
 * is not STATUS_DONE, leave one message in the struct lab_error they were given.  Only main prints it.
 */
enum status {
    STATUS_DONE = 0,         /* all done */
    STATUS_FAILED = 1,       /* a sample or a check failed, or the system refused something */
    STATUS_USAGE = 2,        /* the command line asks for something that cannot be */
    STATUS_INTERRUPTED = 130 /* Ctrl-C; what was measured is kept */
};

#endif
