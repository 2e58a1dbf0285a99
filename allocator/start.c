/* What happens before main and after it: options, fork handlers, and the line of statistics at exit. */
#define _GNU_SOURCE /* environ */
#include "fork.h"
#include "options.h"
#include "region.h"
#include "stats.h"
#include <fcntl.h>
#include <unistd.h>

/* The first that is not reserved for the compiler. */
#define PRIORITY_FIRST 101

/* A duplicate of standard error: many programs close that before they exit. */
static int stats_file = -1;

/* glibc hands the environment to constructors, and has not set `environ` when the first of them runs; other C libraries
 * have, and hand over nothing. */
__attribute__((constructor(PRIORITY_FIRST))) static void start(int count, char **arguments, char **environment)
{
    (void)count;
    (void)arguments;
    region_lock();
    options_load(environ != NULL ? environ : environment);
    region_unlock();
    fork_register();
    if (hakmem_options.stats)
        stats_file = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/* The last destructor: what other libraries free in theirs is counted. */
__attribute__((destructor(PRIORITY_FIRST))) static void stop(void)
{
    if (hakmem_options.stats)
        stats_print(stats_file);
}
