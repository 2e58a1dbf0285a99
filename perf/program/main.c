/*
 * lab-program: runs a program that is not ours once, under a preloaded allocator, and writes the record of it.
 *
 *     lab-program --witness LIB [--preload LIB] --record FILE --output FILE [--cpus LIST]
 *                 [--input FILE] [--events FILE] -- PROGRAM ARGS...
 *
 * The record is a sample after perf/schema/sample.schema.json: the time of the first process, and CPU time, faults and
 * memory of the whole tree, and the events in FILE, one a line as lab-resolve encodes them.  One operation is one run
 * of the program.  Standard error passes through; standard output goes to the file, whose content and the exit status
 * make the checksum.  Whether the program did well is not judged here: the harness does.
 *
 * Exit status: 0 the record is written, 1 the program cannot be started or the record not written, 2 wrong usage.
 */
#define _GNU_SOURCE
#include "perf/measure/ask.h"
#include "perf/measure/clock.h"
#include "perf/measure/json.h"
#include "perf/measure/record.h"
#include "perf/program/launch.h"
#include "perf/program/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum {
    RECORD_BYTES = 65536, /* three paths, 1024 CPUs and 16 counters stay well below */
    EVENTS_BYTES = 16384  /* of an events file */
};

#define FNV_BASIS UINT64_C(0xcbf29ce484222325) /* FNV-1a, 64 bits */
#define FNV_PRIME UINT64_C(0x100000001b3)

static const char usage[] =
    "usage: lab-program --witness LIB [--preload LIB] --record FILE --output FILE [--cpus LIST]\n"
    "                   [--input FILE] [--events FILE] -- PROGRAM ARGS...\n"
    "Runs PROGRAM once and writes the record of it; './harness compare' does this for you.\n"
    "Exit status: 0 the record is written, 1 it could not be started or recorded, 2 wrong usage.\n";

struct request {
    const char *preload; /* allocator; NULL: the system's */
    const char *witness;
    const char *record;
    const char *output;
    const char *input;  /* file; NULL: as this process has it */
    const char *events; /* file; NULL: nothing is counted */
    struct lab_cpu_list cpus;
    char *const *argv;
};

static uint64_t hash(uint64_t value, const void *data, size_t bytes)
{
    for (const unsigned char *byte = data; bytes--; byte++)
        value = (value ^ *byte) * FNV_PRIME;
    return value;
}

/* Of the output's content, and how the program ended; *bytes receives the output's size. */
static int checksum(const char *path, int status, uint64_t *value, uint64_t *bytes)
{
    char buffer[1 << 16];
    ssize_t length;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    *value = hash(FNV_BASIS, &status, sizeof status);
    *bytes = 0;
    if (file < 0)
        return -errno;
    while ((length = read(file, buffer, sizeof buffer)) > 0) {
        *value = hash(*value, buffer, (size_t)length);
        *bytes += (uint64_t)length;
    }
    close(file);
    return length < 0 ? -EIO : 0;
}

static uint64_t time_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * LAB_NS_PER_S + (uint64_t)time.tv_usec * 1000;
}

static void write_usage(struct lab_json *json, const struct launch_end *end)
{
    const struct rusage *usage_of = &end->usage;
    uint64_t user_ns = time_ns(usage_of->ru_utime), system_ns = time_ns(usage_of->ru_stime);
    lab_json_u64(json, "ops", 1);
    lab_json_u64(json, "elapsed_ns", end->elapsed_ns);
    lab_json_double(json, "ops_per_sec", (double)LAB_NS_PER_S / (double)end->elapsed_ns);
    lab_json_u64(json, "cpu_user_ns", user_ns);
    lab_json_u64(json, "cpu_system_ns", system_ns);
    lab_json_u64(json, "cpu_ns", user_ns + system_ns);
    lab_json_u64(json, "minor_faults", (uint64_t)usage_of->ru_minflt);
    lab_json_u64(json, "major_faults", (uint64_t)usage_of->ru_majflt);
    lab_json_u64(json, "voluntary_switches", (uint64_t)usage_of->ru_nvcsw);
    lab_json_u64(json, "involuntary_switches", (uint64_t)usage_of->ru_nivcsw);
    lab_json_u64(json, "peak_rss_bytes", end->peak_rss_bytes);
}

static void write_program(struct lab_json *json, const struct launch_end *end, const struct testimony *testimony,
                          uint64_t output_bytes)
{
    lab_json_open(json, "program", '{');
    if (WIFEXITED(end->status))
        lab_json_u64(json, "exit_status", (uint64_t)WEXITSTATUS(end->status));
    else
        lab_json_null(json, "exit_status");
    if (WIFSIGNALED(end->status))
        lab_json_u64(json, "signal", (uint64_t)WTERMSIG(end->status));
    else
        lab_json_null(json, "signal");
    lab_json_u64(json, "output_bytes", output_bytes);
    lab_json_u64(json, "images", testimony->images);
    lab_json_u64(json, "left_running", end->left_running);
    lab_json_string(json, "other_malloc", *testimony->other ? testimony->other : NULL);
    lab_json_string(json, "other_program", *testimony->other_program ? testimony->other_program : NULL);
    lab_json_close(json, '}');
}

static void write_counters(struct lab_json *json, const struct counted *counted, const struct rusage *raw)
{
    struct lab_counter results[LAB_EVENTS_MAX];
    struct lab_usage of_tree = {.minor_faults = (uint64_t)raw->ru_minflt,
                                .major_faults = (uint64_t)raw->ru_majflt,
                                .voluntary_switches = (uint64_t)raw->ru_nvcsw,
                                .involuntary_switches = (uint64_t)raw->ru_nivcsw};
    lab_counters_result(&counted->counters, &of_tree, results);
    lab_record_counters(json, results, counted->count);
}

static int write_record(const struct request *request, const struct launch_end *end, const struct counted *counted,
                        const struct testimony *testimony, struct lab_error *error)
{
    static char buffer[RECORD_BYTES];
    struct lab_json json;
    char text[20];
    uint64_t sum, output_bytes;
    int status = checksum(request->output, end->status, &sum, &output_bytes);
    if (status)
        return lab_error_set(error, status, "cannot read %s: %s", request->output, strerror(-status));
    snprintf(text, sizeof text, "%016" PRIx64, sum);
    lab_json_init(&json, buffer, sizeof buffer);
    lab_json_open(&json, NULL, '{');
    lab_json_string(&json, "schema", "hakmem-lab/sample/1");
    write_usage(&json, end);
    lab_json_string(&json, "checksum", text);
    lab_json_bool(&json, "verify", false);
    write_counters(&json, counted, &end->usage);
    if (*testimony->object)
        lab_record_allocator(&json, testimony->linkage, testimony->object, testimony->identity);
    write_program(&json, end, testimony, output_bytes);
    lab_record_pin(&json, &request->cpus);
    lab_json_open(&json, "clock", '{');
    lab_json_string(&json, "source", "monotonic");
    lab_json_u64(&json, "hz", LAB_NS_PER_S);
    lab_json_close(&json, '}');
    /* The program inherits it, as this process did. */
    lab_json_bool(&json, "thp_disabled", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1);
    lab_json_u64(&json, "pid", (uint64_t)end->pid);
    lab_json_close(&json, '}');
    return lab_json_save(&json, request->record, error);
}

/* The events of the file, if there is one. */
static int read_events(const char *path, struct counted *counted, struct lab_error *error)
{
    static char text[EVENTS_BYTES];
    if (!path)
        return 0;
    int status = lab_read_text(path, text, sizeof text, error);
    int count = status ? status : lab_events_parse(text, counted->events, LAB_EVENTS_MAX, error);
    counted->count = count > 0 ? (size_t)count : 0;
    return count < 0 ? count : 0;
}

static int run(const struct request *request, struct lab_error *error)
{
    char preload[2 * PATH_MAX], log[PATH_MAX];
    struct launch_end end;
    static struct testimony testimony;
    static struct counted counted;
    snprintf(preload, sizeof preload, "%s%s%s", request->witness, request->preload ? ":" : "",
             request->preload ? request->preload : "");
    if (snprintf(log, sizeof log, "%s.witness", request->record) >= (int)sizeof log)
        return lab_error_set(error, -ENAMETOOLONG, "%s: the path is too long", request->record);
    struct launch launch = {.argv = request->argv,
                            .preload = preload,
                            .log = log,
                            .output = request->output,
                            .input = request->input,
                            .cpus = &request->cpus,
                            .counted = &counted};
    int status = read_events(request->events, &counted, error);
    if (!status)
        status = launch_run(&launch, &end, error);
    if (!status && (status = testimony_read(log, end.pid, &testimony)))
        lab_error_set(error, status, "cannot read %s: %s", log, strerror(-status));
    if (!status)
        status = write_record(request, &end, &counted, &testimony, error);
    unlink(log);
    return status;
}

/* 0, or -EINVAL with a sentence; --help leaves no program. */
static int parse(int argc, char **argv, struct request *request, struct lab_error *error)
{
    static const struct option options[] = {
        {"preload", required_argument, NULL, 'p'}, {"witness", required_argument, NULL, 'w'},
        {"record", required_argument, NULL, 'r'},  {"output", required_argument, NULL, 'o'},
        {"cpus", required_argument, NULL, 'c'},    {"events", required_argument, NULL, 'e'},
        {"input", required_argument, NULL, 'i'},   {NULL, 0, NULL, 0}};
    int status = 0;
    opterr = 0;
    for (int code; !status && (code = getopt_long(argc, argv, "+:", options, NULL)) >= 0;) {
        if (code == 'p')
            request->preload = optarg;
        else if (code == 'w')
            request->witness = optarg;
        else if (code == 'r')
            request->record = optarg;
        else if (code == 'o')
            request->output = optarg;
        else if (code == 'i')
            request->input = optarg;
        else if (code == 'e')
            request->events = optarg;
        else if (code == 'c')
            status = lab_cpu_list_parse(optarg, &request->cpus, error);
        else
            status = lab_error_set(error, -EINVAL, "bad option %s; see lab-program --help", argv[optind - 1]);
    }
    request->argv = argv + optind;
    if (!status && (!request->witness || !request->record || !request->output || optind >= argc))
        status = lab_error_set(error, -EINVAL, "--witness, --record, --output and a program are needed");
    return status;
}

int main(int argc, char **argv)
{
    static struct request request;
    struct lab_error error;
    if (argc == 2 && !strcmp(argv[1], "--help"))
        return fputs(usage, stdout) < 0 || fflush(stdout) ? EXIT_FAILED : EXIT_DONE;
    if (argc == 2 && !strcmp(argv[1], "--version"))
        return puts("lab-program " HAKMEM_VERSION) < 0 || fflush(stdout) ? EXIT_FAILED : EXIT_DONE;
    int status = parse(argc, argv, &request, &error);
    int ended = status ? EXIT_USAGE : EXIT_DONE;
    if (!status && (status = run(&request, &error)))
        ended = EXIT_FAILED;
    if (status)
        fprintf(stderr, "lab-program: %s\n", error.text);
    return ended;
}
