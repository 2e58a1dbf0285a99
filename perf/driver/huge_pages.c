/*
 * Transparent huge pages change speed and memory of every allocator that gets them; with --thp never nobody does.
 *
 * prctl(2) is told so by the harness, once; fork and exec hand it on.  Each measured process asks the kernel itself and
 * says so in its record.
 */
#define _GNU_SOURCE
#include "perf/driver/huge_pages.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

int huge_pages_refuse(struct lab_error *error)
{
    if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
        return lab_error_set(error, STATUS_FAILED, "--thp never: the kernel refuses (prctl: %s)", strerror(errno));
    if (prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) != 1)
        return lab_error_set(error, STATUS_FAILED, "--thp never: the kernel says that it took no effect");
    return STATUS_DONE;
}
