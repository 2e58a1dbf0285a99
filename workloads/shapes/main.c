/*
 * One shape, once, under whatever malloc the process has; `--help` says how to call it.
 *
 * CPU time is the process's, all threads and the kernel's part, from the first call of the shape to its last.  Peak
 * resident memory is the kernel's VmHWM, the whole process's: some 2 MiB are the program and its libraries.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "workloads/shapes/shape.h"

#define NS_PER_S  UINT64_C(1000000000)
#define SCALE_MAX 1000.0

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const char help[] =
    "usage: shapes [--scale F] SHAPE\n"
    "       shapes --list\n"
    "\n"
    "Runs one shape under the malloc that the process has and prints a JSON line: shape, ops,\n"
    "cpu_ns (all threads, user and system), peak_rss_kib, checksum (the same under any malloc),\n"
    "misaligned (blocks that are not aligned as asked for).\n"
    "\n"
    "  --scale F   so many times the operations (1); the live blocks stay as they are\n"
    "  --list      the shapes, one on a line\n"
    "  --help      this text\n"
    "\n"
    "Exit status: 0 done, 1 no memory or wrong content, 2 wrong usage.\n";

void shape_fail(const char *words)
{
    fprintf(stderr, "shapes: %s\n", words);
    exit(EXIT_FAILED);
}

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* VmHWM, and not ru_maxrss, which a process inherits from the one that started it. */
static long peak_rss_kib(void)
{
    char line[200];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, "VmHWM:", strlen("VmHWM:")) == 0)
            kib = strtol(line + strlen("VmHWM:"), NULL, 10);
    if (status != NULL)
        fclose(status);
    if (kib < 0)
        shape_fail("no VmHWM in /proc/self/status: is /proc there?");
    return kib;
}

static const struct shape *shape_find(const char *name)
{
    for (size_t i = 0; i < shape_count; i++)
        if (strcmp(shapes[i].name, name) == 0)
            return &shapes[i];
    return NULL;
}

static int shape_report(const struct shape *shape, double scale)
{
    const double ops = (double)shape->ops * scale;
    const uint64_t start_ns = cpu_ns();
    const struct tally tally = shape->run(shape, ops < 1 ? 1 : (uint64_t)ops);
    const uint64_t taken_ns = cpu_ns() - start_ns;
    const long peak_kib = peak_rss_kib();
    if (tally.written != tally.read)
        shape_fail("a block did not hold what was written into it");
    printf("{\"shape\": \"%s\", \"ops\": %" PRIu64 ", \"cpu_ns\": %" PRIu64 ", \"peak_rss_kib\": %ld, "
           "\"checksum\": %" PRIu64 ", \"misaligned\": %" PRIu64 "}\n",
           shape->name, tally.ops, taken_ns, peak_kib, tally.read, tally.misaligned);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int list(void)
{
    for (size_t i = 0; i < shape_count; i++)
        printf("%s: %s\n", shapes[i].name, shapes[i].what);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int wrong_usage(const char *words, const char *given)
{
    fprintf(stderr, "shapes: %s%s%s; --help shows the usage, --list the shapes\n", given, *given != '\0' ? ": " : "",
            words);
    return EXIT_USAGE;
}

int main(int count, char **arguments)
{
    static const struct option options[] = {{"scale", required_argument, NULL, 's'},
                                            {"list", no_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    double scale = 1;
    int option;
    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
        char *end = "";
        if (option == 'l')
            return list();
        if (option == 'h')
            return fputs(help, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
        if (option == 's')
            scale = strtod(optarg, &end);
        if (option == '?')
            return EXIT_USAGE;
        if (end == optarg || *end != '\0' || !(scale > 0 && scale <= SCALE_MAX))
            return wrong_usage("--scale takes a number above 0, at most 1000", optarg);
    }
    if (optind + 1 != count)
        return wrong_usage("one shape is needed", "");
    const struct shape *shape = shape_find(arguments[optind]);
    return shape != NULL ? shape_report(shape, scale) : wrong_usage("no such shape", arguments[optind]);
}
