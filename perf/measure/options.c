/*
 * Options of a workload program.  The parameters are one table: parsing, limits, --help and --describe all read it, so
 * that they cannot disagree.
 *
 * Thread safety: main thread, at start.
 */
#include "perf/measure/options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "perf/measure/json.h"
#include "perf/measure/probe.h"

struct parameter {
    const char *name;    /* in the record: min_size */
    const char *option;  /* on the command line: min-size */
    const char *unit;    /* of the number; "" for none */
    const char *meaning; /* one line; NULL: the workload's slots_meaning */
    size_t offset;       /* in struct lab_params */
    uint64_t min, max;   /* both allowed */
};

#define PARAMETER(field, option, unit, meaning, min, max)                                                              \
    {                                                                                                                  \
#field, option, unit, meaning, offsetof(struct lab_params, field), min, max                                    \
    }

static const struct parameter parameters[] = {
    PARAMETER(ops, "ops", "calls", "calls of malloc and free, all threads together", 1, LAB_OPS_MAX),
    PARAMETER(slots, "slots", "", NULL, 1, LAB_SLOTS_MAX),
    PARAMETER(min_size, "min-size", "bytes", "smallest request", 1, LAB_MAX_SIZE_MAX),
    PARAMETER(max_size, "max-size", "bytes", "largest request", 1, LAB_MAX_SIZE_MAX),
    PARAMETER(threads, "threads", "threads", "threads that run the workload", 1, LAB_THREADS_MAX),
    PARAMETER(seed, "seed", "", "of the random sequence", 0, UINT64_MAX),
};

enum { PARAMETER_COUNT = sizeof parameters / sizeof parameters[0] };

/* getopt_long values: the parameters' are their index plus this, the others follow. */
enum {
    FIRST_PARAMETER = 256,
    VERIFY = FIRST_PARAMETER + PARAMETER_COUNT,
    CPUS,
    PIN,
    EVENTS,
    GROUP,
    PROBE,
    RECORD,
    DESCRIBE,
    HELP,
    VERSION
};

static const struct option long_options[] = {
    {"ops", required_argument, NULL, FIRST_PARAMETER},
    {"slots", required_argument, NULL, FIRST_PARAMETER + 1},
    {"min-size", required_argument, NULL, FIRST_PARAMETER + 2},
    {"max-size", required_argument, NULL, FIRST_PARAMETER + 3},
    {"threads", required_argument, NULL, FIRST_PARAMETER + 4},
    {"seed", required_argument, NULL, FIRST_PARAMETER + 5},
    {"verify", no_argument, NULL, VERIFY},
    {"cpus", required_argument, NULL, CPUS},
    {"pin", required_argument, NULL, PIN},
    {"events", required_argument, NULL, EVENTS},
    {"group", required_argument, NULL, GROUP},
    {"probe", required_argument, NULL, PROBE},
    {"record", required_argument, NULL, RECORD},
    {"describe", no_argument, NULL, DESCRIBE},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {NULL, 0, NULL, 0},
};

static uint64_t *parameter_field(struct lab_params *params, const struct parameter *parameter)
{
    return (uint64_t *)((char *)params + parameter->offset);
}

static uint64_t parameter_default(const struct lab_workload *workload, const struct parameter *parameter)
{
    return *(const uint64_t *)((const char *)&workload->defaults + parameter->offset);
}

static const char *parameter_meaning(const struct lab_workload *workload, const struct parameter *parameter)
{
    return parameter->meaning != NULL ? parameter->meaning : workload->slots_meaning;
}

static int parameter_parse(const struct parameter *parameter, const char *text, uint64_t *value,
                           struct lab_error *error)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        return lab_error_set(error, -EINVAL, "--%s wants a whole number, not '%s'", parameter->option, text);
    if (*value < parameter->min || *value > parameter->max)
        return lab_error_set(error, -EINVAL, "--%s must be %" PRIu64 " to %" PRIu64 ", not %s", parameter->option,
                             parameter->min, parameter->max, text);
    return 0;
}

/* NAME=N, for the probe that this program has. */
static int probe_parse(const char *text, struct lab_error *error)
{
    char *end;
    const char *value = strchr(text, '=');
    if (&lab_probe == NULL)
        return lab_error_set(error, -EINVAL, "this program has no probe to set; bench_*_live and bench_*_latency have");
    const struct lab_probe_setting *setting = lab_probe.settings;
    while (setting->name != NULL && (value == NULL || strncmp(text, setting->name, (size_t)(value - text)) != 0 ||
                                     setting->name[value - text] != '\0'))
        setting++;
    if (setting->name == NULL)
        return lab_error_set(error, -EINVAL, "--probe %s: wants NAME=N with a name that --help lists", text);
    errno = 0;
    uint64_t number = strtoull(value + 1, &end, 10);
    if (value[1] < '0' || value[1] > '9' || *end != '\0' || errno != 0 || number < setting->min ||
        number > setting->max)
        return lab_error_set(error, -EINVAL, "--probe %s: must be a whole number from %" PRIu64 " to %" PRIu64, text,
                             setting->min, setting->max);
    *setting->value = number;
    return 0;
}

static int option_apply(int option, const char *argument, struct lab_options *options, struct lab_error *error)
{
    switch (option) {
    case VERIFY:
        options->verify = true;
        return 0;
    case CPUS:
        options->cpus = argument;
        return 0;
    case PIN:
        options->pin = argument;
        return 0;
    case EVENTS:
        options->events = argument;
        return 0;
    case GROUP:
        options->group = argument;
        return 0;
    case PROBE:
        return probe_parse(argument, error);
    case RECORD:
        options->record = argument;
        return 0;
    case DESCRIBE:
        options->action = LAB_ACTION_DESCRIBE;
        return 0;
    case HELP:
        options->action = LAB_ACTION_HELP;
        return 0;
    case VERSION:
        options->action = LAB_ACTION_VERSION;
        return 0;
    default:
        break;
    }
    const struct parameter *parameter = &parameters[option - FIRST_PARAMETER];
    return parameter_parse(parameter, argument, parameter_field(&options->params, parameter), error);
}

static int options_check(const struct lab_workload *workload, const struct lab_options *options,
                         struct lab_error *error)
{
    const struct lab_params *params = &options->params;
    if (params->min_size > params->max_size)
        return lab_error_set(error, -EINVAL, "--min-size %" PRIu64 " is above --max-size %" PRIu64, params->min_size,
                             params->max_size);
    if (options->cpus != NULL && options->pin != NULL)
        return lab_error_set(error, -EINVAL, "--cpus and --pin exclude each other: give the list or the policy");
    if (options->events != NULL && options->group != NULL)
        return lab_error_set(error, -EINVAL, "--events and --group exclude each other: give the file or the name");
    return workload->check == NULL ? 0 : workload->check(params, error);
}

int lab_options_parse(int argc, char **argv, const struct lab_workload *workload, struct lab_options *options,
                      struct lab_error *error)
{
    *options = (struct lab_options){.params = workload->defaults};
    opterr = 0;
    for (;;) {
        const char *word = argv[optind];
        int option = getopt_long(argc, argv, ":", long_options, NULL);
        if (option == -1)
            break;
        if (option == ':')
            return lab_error_set(error, -EINVAL, "%s wants a value", word);
        if (option == '?')
            return lab_error_set(error, -EINVAL, "unknown option %s; --help lists them", word);
        int status = option_apply(option, optarg, options, error);
        if (status != 0)
            return status;
    }
    if (optind < argc)
        return lab_error_set(error, -EINVAL, "unexpected argument '%s'; --help lists the options", argv[optind]);
    return options_check(workload, options, error);
}

void lab_options_help(const struct lab_workload *workload)
{
    printf("usage: bench_%s_VARIANT [options]\n\n%s: %s\nModels %s.\n\nParameters (default):\n", workload->name,
           workload->name, workload->summary, workload->models);
    for (size_t i = 0; i < PARAMETER_COUNT; i++)
        printf("  --%-9s N  %s%s%s (%" PRIu64 ")\n", parameters[i].option, parameter_meaning(workload, &parameters[i]),
               parameters[i].unit[0] == '\0' ? "" : ", in ", parameters[i].unit,
               parameter_default(workload, &parameters[i]));
    if (&lab_probe != NULL)
        printf("\nProbe %s, --probe NAME=N (default):\n", lab_probe.name);
    for (size_t i = 0; &lab_probe != NULL && lab_probe.settings[i].name != NULL; i++)
        printf("  %-11s N  %s (%" PRIu64 ")\n", lab_probe.settings[i].name, lab_probe.settings[i].meaning,
               *lab_probe.settings[i].value);
    puts("\nOptions:\n"
         "  --verify       fill every block with a pattern and check it before free\n"
         "  --cpus LIST    pin thread i to the i-th CPU of LIST, in turn (0 or 0,1 or 0-3)\n"
         "  --pin POLICY   compact, spread or none: ask lab-resolve for the list\n"
         "  --events FILE  count these encoded events (- is standard input)\n"
         "  --group NAME   count this group of events: ask lab-resolve to encode it\n"
         "  --record PATH  write the record there as JSON (- is standard output) instead of the line\n"
         "  --describe     print the workload and its parameters as JSON\n"
         "  --help, --version\n\n"
         "Exit status: 0 done, 1 failed (corrupt block, malloc returned NULL, a setting did not take effect), 2 wrong "
         "usage.");
}

void lab_options_describe(const struct lab_workload *workload, struct lab_json *json)
{
    lab_json_open(json, NULL, '{');
    lab_json_string(json, "name", workload->name);
    lab_json_string(json, "summary", workload->summary);
    lab_json_string(json, "models", workload->models);
    lab_json_u64(json, "threads_default", workload->defaults.threads);
    lab_json_open(json, "params", '[');
    for (size_t i = 0; i < PARAMETER_COUNT; i++) {
        const struct parameter *parameter = &parameters[i];
        lab_json_open(json, NULL, '{');
        lab_json_string(json, "name", parameter->name);
        lab_json_string(json, "option", parameter->option);
        lab_json_u64(json, "default", parameter_default(workload, parameter));
        lab_json_u64(json, "min", parameter->min);
        lab_json_u64(json, "max", parameter->max);
        lab_json_string(json, "unit", parameter->unit);
        lab_json_string(json, "meaning", parameter_meaning(workload, parameter));
        lab_json_close(json, '}');
    }
    lab_json_close(json, ']');
    lab_json_close(json, '}');
}
