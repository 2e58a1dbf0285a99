/*
 * A workload program for the harness's own tests: it speaks the same language as a real one, but its results are
 * invented, so that a verdict can be known beforehand, and with --mode it misbehaves in every way that the harness must
 * survive.
 *
 * Speed and memory come from the preloaded allocator if it defines stub_speed (percent), otherwise 100; stub_slowdown
 * is a factor of the time besides.  The process number adds a little noise.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef THREADS_MAX
#define THREADS_MAX "1"
#endif

enum mode {
    MODE_GOOD,
    MODE_CRASH,
    MODE_HANG,
    MODE_NO_RECORD,
    MODE_GARBAGE,
    MODE_CHECKSUM,
    MODE_COMPLAIN,
    MODE_LIAR,
    MODE_SLOW,
    MODE_DISTURBED
};

enum { NOISE_STEPS = 7, MALLOCS = 5000, SLOW_US = 50000 };

static const char description[] =
    "{\"name\":\"NAME\",\"summary\":\"a stub\",\"models\":\"nothing\",\"threads_default\":1,\"params\":["
    "{\"name\":\"ops\",\"default\":100000,\"min\":10,\"max\":1000000000,\"unit\":\"calls\",\"meaning\":\"calls\"},"
    "{\"name\":\"mode\",\"default\":0,\"min\":0,\"max\":9,\"unit\":\"\",\"meaning\":\"misbehaviour\"},"
    "{\"name\":\"threads\",\"default\":1,\"min\":1,\"max\":" THREADS_MAX
    ",\"unit\":\"threads\",\"meaning\":\"claimed, not started\"},"
    "{\"name\":\"seed\",\"default\":42,\"min\":0,\"max\":18446744073709551615,\"unit\":\"\",\"meaning\":\"no "
    "use\"}]}\n";

static long value_of(int argc, char **argv, const char *name, long otherwise)
{
    for (int i = 1; i + 1 < argc; i++)
        if (!strcmp(argv[i], name))
            return strtol(argv[i + 1], NULL, 10);
    return otherwise;
}

static const char *text_of(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (!strcmp(argv[i], name))
            return argv[i + 1];
    return NULL;
}

/* Calls malloc as often as a misbehaving allocator needs in order to misbehave. */
static void work(void)
{
    for (int i = 0; i < MALLOCS; i++) {
        char *block = malloc(16);
        *(volatile char *)block = 1;
        free(block);
    }
}

static void misbehave(enum mode mode)
{
    if (mode == MODE_CRASH)
        abort();
    if (mode == MODE_COMPLAIN) {
        fprintf(stderr, "first line\ncorruption in slot 3\n");
        exit(1);
    }
    if (mode == MODE_SLOW)
        usleep(SLOW_US);
    while (mode == MODE_HANG)
        pause();
}

/* Where malloc comes from, and what that calls itself. */
static void write_allocator(FILE *record, enum mode mode)
{
    Dl_info info;
    char path[PATH_MAX] = "";
    const char *(*version)(void) = NULL;
    void *symbol = dlsym(RTLD_DEFAULT, "hakmem_version_string");
    memcpy(&version, &symbol, sizeof version);
    const char *function = mode == MODE_LIAR ? "printf" : "malloc"; /* a preload that did not take effect */
    if (dladdr(dlsym(RTLD_DEFAULT, function), &info) && !realpath(info.dli_fname, path))
        path[0] = '\0';
    const char *linkage = getenv("LD_PRELOAD") ? "preload" : "system";
    fprintf(record, "\"allocator\":{\"linkage\":\"%s\",\"malloc_object\":\"%s\",\"identity\":", linkage, path);
    fprintf(record, version ? "\"%s\"}," : "null},", version ? version() : "");
}

/*
 * The counters that --events asks for, as if the hardware had counted: "NAME TYPE CONFIG 0" counts CONFIG thousandths
 * an operation; TYPE 0 all of the time, TYPE 1 nine tenths of it, TYPE 2 not at all.
 */
static void write_counters(FILE *record, const char *events, long ops)
{
    char name[64];
    unsigned type, config;
    const char *comma = "";
    FILE *file = events ? fopen(events, "r") : NULL;
    fprintf(record, "\"counters\":[");
    while (file && fscanf(file, "%63s %u %u %*u", name, &type, &config) == 3) {
        double value = (double)config * (double)ops / 1000;
        fprintf(record, "%s{\"name\":\"%s\",", comma, name);
        if (type == 2)
            fprintf(record,
                    "\"state\":\"unavailable\",\"value\":null,\"coverage\":null,\"reason\":\"the stub has none\"}");
        else
            fprintf(record, "\"state\":\"%s\",\"value\":%.3f,\"coverage\":%s,\"reason\":null}",
                    type ? "scaled" : "measured", value, type ? "0.9" : "1");
        comma = ",";
    }
    fprintf(record, "],");
    if (file)
        fclose(file);
}

static void write_record(FILE *record, const char *name, const char *events, long ops, long mode, long seed,
                         long threads, const char *cpus)
{
    int *speed = dlsym(RTLD_DEFAULT, "stub_speed");
    int percent = speed ? *speed : 100;
    double (*slowdown)(void) = NULL;
    void *symbol = dlsym(RTLD_DEFAULT, "stub_slowdown");
    memcpy(&slowdown, &symbol, sizeof slowdown);
    unsigned long long elapsed_ns = (unsigned long long)ops * 1000 / (unsigned)percent / (unsigned long)threads *
                                    (1000 + (unsigned)getpid() % NOISE_STEPS) / 1000;
    if (slowdown)
        elapsed_ns = (unsigned long long)((double)elapsed_ns * slowdown());
    unsigned long long peak = 100000000ull / (unsigned)percent * 100 + (unsigned)getpid() % NOISE_STEPS * 4096;
    fprintf(record, "{\"schema\":\"hakmem-lab/sample/1\",\"workload\":\"%s\",", name);
    fprintf(record, "\"params\":{\"ops\":%ld,\"mode\":%ld,\"threads\":%ld,\"seed\":%ld},", ops, mode, threads, seed);
    fprintf(record, "\"ops\":%ld,\"elapsed_ns\":%llu,\"ops_per_sec\":%.3f,", ops, elapsed_ns,
            (double)ops / (double)elapsed_ns * 1e9);
    fprintf(record, "\"cpu_user_ns\":%llu,\"cpu_system_ns\":0,\"minor_faults\":1,\"major_faults\":0,",
            mode == MODE_DISTURBED ? elapsed_ns / 2 : elapsed_ns);
    fprintf(record, "\"voluntary_switches\":0,\"involuntary_switches\":0,\"rss_start_bytes\":4096,");
    fprintf(record, "\"peak_rss_bytes\":%llu,\"rss_end_bytes\":%llu,", peak, peak);
    fprintf(record, "\"checksum\":\"%016llx\",\"verify\":false,",
            mode == MODE_CHECKSUM ? (unsigned long long)getpid() : 7ull);
    write_counters(record, events, ops);
    write_allocator(record, (enum mode)mode);
    fprintf(record, "\"pin\":{\"cpus\":[%s],\"applied\":%s},", cpus ? cpus : "", cpus ? "true" : "false");
    fprintf(record, "\"clock\":{\"source\":\"monotonic\",\"hz\":1000000000},\"pid\":%d}\n", getpid());
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/') + strlen("/bench_");
    char workload[64];
    snprintf(workload, sizeof workload, "%.*s", (int)strcspn(name, "_"), name);
    if (argc > 1 && !strcmp(argv[1], "--describe")) {
        const char *place = strstr(description, "NAME");
        printf("%.*s%s%s", (int)(place - description), description, workload, place + strlen("NAME"));
        return 0;
    }
    long mode = value_of(argc, argv, "--mode", 0);
    const char *path = text_of(argc, argv, "--record");
    work();
    misbehave((enum mode)mode);
    FILE *record = path && mode != MODE_NO_RECORD ? fopen(path, "w") : NULL;
    if (!record)
        return mode != MODE_NO_RECORD;
    if (mode == MODE_GARBAGE)
        fprintf(record, "{\"schema\":");
    else
        write_record(record, workload, text_of(argc, argv, "--events"), value_of(argc, argv, "--ops", 0), mode,
                     value_of(argc, argv, "--seed", 0), value_of(argc, argv, "--threads", 1),
                     text_of(argc, argv, "--cpus"));
    return fclose(record) != 0;
}
