/*
 * One shape, once, under whatever malloc the process has; `--help` says how to call it.
 *
 * CPU time is the process's, all threads and the kernel's part, from the first call of the shape to its last.  Peak
 * resident memory is the kernel's VmHWM, the whole process's: some 2 MiB are the program and its libraries.  The plan
 * of a profile and the slots of a drawn program are resident from before the run to the end, and are taken off.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "workloads/shapes/drawn.h"
#include "workloads/shapes/plan.h"
#include "workloads/shapes/replay.h"
#include "workloads/shapes/shape.h"

#define NS_PER_S  UINT64_C(1000000000)
#define SCALE_MAX 1000.0
#define KIB       1024

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const char help[] =
    "usage: shapes [--scale F] SHAPE\n"
    "       shapes [--scale F] [--null] --profile FILE\n"
    "       shapes [--scale F] drawn KEY=VALUE...\n"
    "       shapes --list\n"
    "\n"
    "Runs one shape under the malloc that the process has and prints a JSON line: shape, ops,\n"
    "cpu_ns (all threads, user and system), peak_rss_kib, checksum (the same under any malloc),\n"
    "misaligned (blocks that are not aligned as asked for).\n"
    "\n"
    "A profile is a file with the distribution of a program's sizes and lifetimes; perf/METHOD.md says what\n"
    "stands in it, and scripts/record-profile makes one of any program. Its line has plan_kib as well\n"
    "(memory of the replay itself, taken off peak_rss_kib) and peak_live_bytes (asked for at once).\n"
    "\n"
    "A drawn program has its parameters as words: policy=, sizes=, slots=, ops= and what perf/METHOD.md\n"
    "describes under Drawn programs; scripts/shapes --drawn draws them.\n"
    "\n"
    "  --scale F       so many times the operations (1); the live blocks stay as they are\n"
    "  --profile FILE  replays a profile; at scale 1 four million blocks, in whole lives of the program\n"
    "  --null          the replay without malloc and free: what of cpu_ns is the program's own\n"
    "  --list          the shapes, one on a line; those \"kept back\" no constant was chosen by\n"
    "  --help          this text\n"
    "\n"
    "Exit status: 0 done, 1 no memory or wrong content, 2 wrong usage or no profile.\n";

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

/* What a line says of a profile besides. */
static void plan_report(const struct plan *plan)
{
    printf(", \"plan_kib\": %zu, \"peak_live_bytes\": %" PRIu64, plan->own_bytes / KIB, plan->live_bytes_peak);
}

/* Runs the shape once, for `ops` operations. */
static int shape_report(const struct shape *shape, double ops)
{
    const uint64_t start_ns = cpu_ns();
    const struct tally tally = shape->run(shape, ops < 1 ? 1 : (uint64_t)ops);
    const uint64_t taken_ns = cpu_ns() - start_ns;
    const long peak_kib = peak_rss_kib() - (long)(shape->own_bytes / KIB);
    if (tally.written != tally.read)
        shape_fail("a block did not hold what was written into it");
    printf("{\"shape\": \"%s\", \"ops\": %" PRIu64 ", \"cpu_ns\": %" PRIu64 ", \"peak_rss_kib\": %ld, "
           "\"checksum\": %" PRIu64 ", \"misaligned\": %" PRIu64,
           shape->name, tally.ops, taken_ns, peak_kib, tally.read, tally.misaligned);
    if (shape->plan != NULL)
        plan_report(shape->plan);
    puts("}");
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int list(void)
{
    for (size_t i = 0; i < shape_count; i++)
        printf("%s: %s%s\n", shapes[i].name, shapes[i].what, shapes[i].kept_back ? " [kept back]" : "");
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int wrong_usage(const char *words, const char *given)
{
    fprintf(stderr, "shapes: %s%s%s; --help shows the usage, --list the shapes\n", given, *given != '\0' ? ": " : "",
            words);
    return EXIT_USAGE;
}

/* What the command line asks for. */
struct request {
    double scale;
    const char *profile; /* NULL: a shape of the table */
    const char *shape;   /* NULL: a profile */
    bool null;
    char **words; /* behind the shape's name: a drawn program's parameters */
    int words_count;
};

static int request_run(const struct request *request)
{
    if (request->profile != NULL) {
        const struct shape *replay = replay_make(request->profile, request->scale, request->null);
        return replay != NULL ? shape_report(replay, (double)replay->ops) : EXIT_USAGE;
    }
    if (request->null)
        return wrong_usage("--null goes with --profile", "");
    if (request->shape != NULL && strcmp(request->shape, "drawn") == 0) {
        const struct shape *drawn = drawn_make(request->words, request->words_count);
        return drawn != NULL ? shape_report(drawn, (double)drawn->ops * request->scale) : EXIT_USAGE;
    }
    const struct shape *shape = request->shape != NULL ? shape_find(request->shape) : NULL;
    if (shape == NULL)
        return wrong_usage(request->shape != NULL ? "no such shape" : "one shape is needed",
                           request->shape != NULL ? request->shape : "");
    return shape_report(shape, (double)shape->ops * request->scale);
}

int main(int count, char **arguments)
{
    static const struct option options[] = {
        {"scale", required_argument, NULL, 's'}, {"profile", required_argument, NULL, 'p'},
        {"null", no_argument, NULL, 'n'},        {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},        {0}};
    struct request request = {.scale = 1};
    int option;
    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
        char *end = "";
        if (option == 'l')
            return list();
        if (option == 'h')
            return fputs(help, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
        if (option == 's')
            request.scale = strtod(optarg, &end);
        if (option == 'p')
            request.profile = optarg;
        if (option == 'n')
            request.null = true;
        if (option == '?')
            return EXIT_USAGE;
        if (end == optarg || *end != '\0' || !(request.scale > 0 && request.scale <= SCALE_MAX))
            return wrong_usage("--scale takes a number above 0, at most 1000", optarg);
    }
    request.shape = arguments[optind];
    const bool drawn = request.shape != NULL && strcmp(request.shape, "drawn") == 0;
    request.words = &arguments[optind + drawn];
    request.words_count = count - optind - drawn;
    if (count - optind != (request.profile == NULL) && (!drawn || request.profile != NULL))
        return wrong_usage(request.profile == NULL ? "one shape is needed" : "--profile goes without a shape", "");
    return request_run(&request);
}
