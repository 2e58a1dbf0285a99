/*
 * The frame of every workload program: options, pin, counters, region, proof, record.  Until the region has ended
 * nothing here calls malloc, not even through stdio (lab_ask's child, used by hand only, is another process).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "perf/measure/ask.h"
#include "perf/measure/options.h"
#include "perf/measure/probe.h"
#include "perf/measure/sample.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

#define ANSWER_BYTES  16384 /* of lab-resolve or an events file */
#define MESSAGE_BYTES 512
#define MILLION       1e6

static struct lab_options options;
static struct lab_sample sample;
static struct lab_counters counters;
static char answer[ANSWER_BYTES];
static char record[LAB_RECORD_BYTES];

const struct lab_params *lab_params_in_force(void)
{
    return &sample.params;
}

void lab_fail(const char *format, ...)
{
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof message)
        length = sizeof message - 1;
    message[length++] = '\n';
    ssize_t written = write(STDERR_FILENO, message, (size_t)length);
    (void)written;
    _exit(EXIT_FAILED);
}

/* --cpus, or --pin through lab-resolve. */
static int cpus_choose(struct lab_cpu_list *cpus, struct lab_error *error)
{
    if (options.cpus != NULL)
        return lab_cpu_list_parse(options.cpus, cpus, error);
    if (options.pin == NULL)
        return 0;
    char threads[8];
    snprintf(threads, sizeof threads, "%u", (unsigned)options.params.threads);
    int status = lab_ask((const char *const[]){"cpus", options.pin, threads, NULL}, answer, sizeof answer, error);
    answer[strcspn(answer, "\n")] = '\0';
    if (status != 0 || answer[0] == '\0') /* an empty list: policy none */
        return status;
    return lab_cpu_list_parse(answer, cpus, error);
}

/* --events, or --group through lab-resolve; opens what it gets. */
static int counters_choose(struct lab_error *error)
{
    struct lab_event events[LAB_EVENTS_MAX];
    int status = 0;
    answer[0] = '\0';
    if (options.events != NULL)
        status = lab_read_text(options.events, answer, sizeof answer, error);
    else if (options.group != NULL)
        status = lab_ask((const char *const[]){"events", options.group, NULL}, answer, sizeof answer, error);
    if (status != 0)
        return status;
    int count = lab_events_parse(answer, events, LAB_EVENTS_MAX, error);
    if (count < 0)
        return count;
    lab_counters_open(&counters, events, (size_t)count, &lab_kernel_events);
    return 0;
}

static int measure(const struct lab_workload *workload, struct lab_error *error)
{
    struct lab_region region = {
        .workload = workload,
        .params = &sample.params,
        .clock = &sample.clock,
        .cpus = &sample.cpus,
        .counters = &counters,
        .verify = options.verify,
    };
    int status = &lab_probe != NULL ? lab_probe.begin(&sample.params, &sample.clock, error) : 0;
    if (status == 0)
        status = lab_region_run(&region, &sample.region, error);
    if (status != 0)
        return status;
    if (&lab_probe != NULL && lab_probe.freed != NULL)
        lab_probe.freed();
    lab_counters_result(&counters, &sample.region.usage, sample.counters);
    sample.counter_count = counters.count;
    lab_counters_close(&counters);
    return lab_proof_take(workload->malloc_function, &sample.allocator, error);
}

static void print_counters(void)
{
    for (size_t i = 0; i < sample.counter_count; i++) {
        const struct lab_counter *counter = &sample.counters[i];
        if (counter->state == LAB_COUNTER_UNAVAILABLE)
            printf("%-24s unavailable: %s\n", counter->name, counter->reason);
        else
            printf("%-24s %.3f per op (%s, %.0f %% of the time)\n", counter->name,
                   counter->value / (double)sample.region.ops, lab_counter_state_name(counter->state),
                   100 * counter->coverage);
    }
}

static int report(struct lab_error *error)
{
    struct lab_json json;
    if (options.record != NULL) {
        lab_json_init(&json, record, sizeof record);
        lab_sample_write(&sample, &json);
        return lab_json_save(&json, options.record, error);
    }
    printf("%.2f M ops/sec\n", lab_sample_ops_per_sec(&sample) / MILLION);
    print_counters();
    if (&lab_probe != NULL && lab_probe.print != NULL)
        lab_probe.print();
    return fflush(stdout) != 0 ? lab_error_set(error, -errno, "cannot write to standard output: %s", strerror(errno))
                               : 0;
}

static int complain(const struct lab_workload *workload, const struct lab_error *error, int exit_status)
{
    fprintf(stderr, "%s: %s\n", workload->name, error->text);
    return exit_status;
}

static int run(const struct lab_workload *workload)
{
    struct lab_error error;
    sample = (struct lab_sample){.workload = workload->name, .params = options.params, .verify = options.verify};
    sample.pid = (uint64_t)getpid();
    sample.thp_disabled = prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1;
    if (cpus_choose(&sample.cpus, &error) != 0 || counters_choose(&error) != 0)
        return complain(workload, &error, EXIT_USAGE);
    lab_clock_init(&sample.clock);
    if (measure(workload, &error) != 0 || report(&error) != 0)
        return complain(workload, &error, EXIT_FAILED);
    return EXIT_DONE;
}

static int describe(const struct lab_workload *workload)
{
    struct lab_error error;
    struct lab_json json;
    lab_json_init(&json, record, sizeof record);
    lab_options_describe(workload, &json);
    return lab_json_save(&json, "-", &error) != 0 ? complain(workload, &error, EXIT_FAILED) : EXIT_DONE;
}

int lab_main(int argc, char **argv, const struct lab_workload *workload)
{
    struct lab_error error;
    if (lab_options_parse(argc, argv, workload, &options, &error) != 0)
        return complain(workload, &error, EXIT_USAGE);
    switch (options.action) {
    case LAB_ACTION_HELP:
        lab_options_help(workload);
        return EXIT_DONE;
    case LAB_ACTION_VERSION:
        printf("%s %s\n", workload->name, HAKMEM_VERSION);
        return EXIT_DONE;
    case LAB_ACTION_DESCRIBE:
        return describe(workload);
    default:
        return run(workload);
    }
}
