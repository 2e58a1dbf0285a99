/*
 * lab-resolve: turns a pinning policy into a list of CPUs, a group of events into encoded ones and the caches into a
 * simulator's geometry, for programs that must not link hwloc and libpfm4 themselves.
 *
 *     lab-resolve cpus POLICY THREADS     -> 0,1            (empty for policy none)
 *     lab-resolve places POLICY THREADS   -> the list, then "cores N caches N packages N nodes N siblings N"
 *     lab-resolve events GROUP            -> lines as in perf/measure/event.h
 *     lab-resolve groups                  -> NAME  SUMMARY
 *     lab-resolve caches                  -> I1=BYTES,WAYS,LINE, then D1 and LL
 *
 * Exit status: 0 done, 1 impossible here, 2 wrong usage.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "perf/measure/caches.h"
#include "perf/measure/events.h"
#include "perf/measure/topology.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

#define GROUPS_MAX 64
#define LINE_BYTES 512

static const char usage[] = "usage: lab-resolve cpus POLICY THREADS   a list of CPUs; POLICY: compact, spread,\n"
                            "                                         per-cache, none\n"
                            "       lab-resolve places POLICY THREADS the list, and what it lies on\n"
                            "       lab-resolve events GROUP          the group's events, encoded for this machine\n"
                            "       lab-resolve groups                the groups there are\n"
                            "       lab-resolve caches                first-level and last-level caches: "
                            "size, ways, line\n"
                            "       lab-resolve --help | --version\n"
                            "Exit status: 0 done, 1 impossible here, 2 wrong usage.\n";

static int complain(const struct lab_error *error, int exit_status)
{
    fprintf(stderr, "lab-resolve: %s\n", error->text);
    return exit_status;
}

static int finish(void)
{
    if (fflush(stdout) == 0)
        return EXIT_DONE;
    perror("lab-resolve: standard output");
    return EXIT_FAILED;
}

static int describe(const struct lab_cpu_list *list)
{
    struct lab_placement placement = {.cores = 0};
    struct lab_error error;
    if (lab_topology_describe(list, &placement, &error) != 0)
        return complain(&error, EXIT_FAILED);
    printf("cores %u caches %u packages %u nodes %u siblings %u\n", placement.cores, placement.caches,
           placement.packages, placement.nodes, placement.siblings);
    return finish();
}

static int resolve_cpus(const char *policy, const char *threads_text, bool places)
{
    struct lab_cpu_list list;
    struct lab_error error;
    char text[LAB_CPUS_MAX * 5];
    char *end;
    unsigned long threads = strtoul(threads_text, &end, 10);
    if (threads_text[0] < '0' || threads_text[0] > '9' || *end != '\0' || threads == 0 || threads > UINT_MAX) {
        lab_error_set(&error, 0, "'%s' is no number of threads", threads_text);
        return complain(&error, EXIT_USAGE);
    }
    int status = lab_topology_cpus(policy, (unsigned)threads, &list, &error);
    if (status != 0)
        return complain(&error, status == -EINVAL ? EXIT_USAGE : EXIT_FAILED);
    lab_cpu_list_format(&list, text, sizeof text);
    puts(text);
    return places ? describe(&list) : finish();
}

static int resolve_events(const char *folder, const char *name)
{
    static struct lab_event_group group;
    struct lab_event events[LAB_GROUP_EVENTS];
    struct lab_error error;
    char line[LINE_BYTES];
    int status = lab_event_group_load(folder, name, &group, &error);
    if (status != 0)
        return complain(&error, status == -ENOENT ? EXIT_USAGE : EXIT_FAILED);
    int count = lab_events_encode(&group, lab_events_paranoid(), &lab_kernel_events, events, &error);
    if (count < 0)
        return complain(&error, EXIT_FAILED);
    for (int i = 0; i < count; i++)
        if (lab_event_format(&events[i], line, sizeof line) > 0)
            fputs(line, stdout);
    return finish();
}

static int list_groups(const char *folder)
{
    static struct lab_event_group group;
    char names[GROUPS_MAX][LAB_GROUP_NAME];
    struct lab_error error;
    int count = lab_event_group_names(folder, names, GROUPS_MAX, &error);
    if (count < 0)
        return complain(&error, EXIT_FAILED);
    for (int i = 0; i < count; i++) {
        if (lab_event_group_load(folder, names[i], &group, &error) != 0)
            return complain(&error, EXIT_FAILED);
        printf("%-12s %s\n", group.name, group.summary);
    }
    return finish();
}

static void print_cache(const char *name, const struct lab_cache *cache)
{
    printf("%s=%llu,%u,%u\n", name, (unsigned long long)cache->bytes, (unsigned)cache->ways, (unsigned)cache->line);
}

static int print_caches(void)
{
    struct lab_caches caches;
    struct lab_error error;
    if (lab_caches_read(&caches, &error) != 0)
        return complain(&error, EXIT_FAILED);
    print_cache("I1", &caches.instruction);
    print_cache("D1", &caches.data);
    print_cache("LL", &caches.last);
    return finish();
}

int main(int argc, char **argv)
{
    char folder[PATH_MAX];
    const char *action = argc > 1 ? argv[1] : "";
    if (lab_event_group_folder(folder, sizeof folder) != 0) {
        fputs("lab-resolve: cannot find the folder of event groups; set HAKMEM_ROOT\n", stderr);
        return EXIT_FAILED;
    }
    if (argc == 4 && strcmp(action, "cpus") == 0)
        return resolve_cpus(argv[2], argv[3], false);
    if (argc == 4 && strcmp(action, "places") == 0)
        return resolve_cpus(argv[2], argv[3], true);
    if (argc == 3 && strcmp(action, "events") == 0)
        return resolve_events(folder, argv[2]);
    if (argc == 2 && strcmp(action, "groups") == 0)
        return list_groups(folder);
    if (argc == 2 && strcmp(action, "caches") == 0)
        return print_caches();
    if (argc == 2 && strcmp(action, "--help") == 0)
        return fputs(usage, stdout), finish();
    if (argc == 2 && strcmp(action, "--version") == 0)
        return puts("lab-resolve " HAKMEM_VERSION), finish();
    fputs(usage, stderr);
    return EXIT_USAGE;
}
