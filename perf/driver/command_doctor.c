/*
 * `harness doctor`: what this machine can measure, what it cannot, why, and what would help.
 *
 * Every check has a finding; one that limits what can be measured or adds noise also has a cause and a cure.  Nothing
 * here changes a setting.  The exit status is 0: a machine without a PMU is not an error.
 */
#define _GNU_SOURCE
#include "perf/driver/commands.h"

#include "perf/driver/allocator.h"
#include "perf/driver/machine.h"
#include "perf/driver/process.h"
#include "perf/driver/selftest_recall.h"
#include "perf/driver/simulator.h"
#include "perf/driver/text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOAD_SHARE_MAX 0.25 /* of the hardware threads busy: more disturbs */

/* Adds a check; cure NULL: all is well.  Takes over the owned finding. */
static void add(json_t *checks, const char *name, char *owned_finding, const char *cure)
{
    json_array_append_new(checks, json_pack("{s:s, s:b, s:s, s:s?}", "name", name, "good", cure == NULL, "finding",
                                            owned_finding, "cure", cure));
    free(owned_finding);
}

static void check_counters(json_t *checks)
{
    char *reason = NULL, *cure = NULL;
    int paranoid = machine_paranoid();
    if (machine_pmu(&reason, &cure))
        add(checks, "hardware counters", text_copy("cycles can be counted"), NULL);
    else
        add(checks, "hardware counters", text_copy(reason), cure);
    free(reason);
    free(cure);
    if (paranoid == MACHINE_UNKNOWN)
        add(checks, "perf_event_paranoid", text_copy("the kernel does not tell"),
            "use a kernel with CONFIG_PERF_EVENTS");
    else
        add(checks, "perf_event_paranoid", text_format("%d", paranoid),
            paranoid > 2 && geteuid() ? "sysctl kernel.perf_event_paranoid=2 (as root)" : NULL);
}

static void check_processor(json_t *checks)
{
    char *governor = machine_governor();
    const char *turbo = machine_turbo(), *smt = machine_smt();
    if (!governor)
        add(checks, "frequency governor", text_copy("not visible here (usual on a virtual machine)"), NULL);
    else
        add(checks, "frequency governor", text_copy(governor),
            strcmp(governor, "performance") ? "cpupower frequency-set -g performance (as root)" : NULL);
    if (!turbo)
        add(checks, "turbo", text_copy("not visible here"), NULL);
    else
        add(checks, "turbo", text_copy(turbo),
            strcmp(turbo, "on")
                ? NULL
                : "speed varies with heat and load; to switch off: echo 0 > /sys/devices/system/cpu/cpufreq/boost");
    if (!smt)
        add(checks, "SMT", text_copy("not visible here"), NULL);
    else
        add(checks, "SMT", text_copy(smt),
            strcmp(smt, "on") ? NULL : "threads of one core slow each other; --pin spread uses one per core");
    free(governor);
}

static void check_system(json_t *checks)
{
    char *thp = machine_thp(), *hypervisor = machine_virtual();
    int aslr = machine_aslr();
    double load = machine_load();
    bool guest = hypervisor && strcmp(hypervisor, "none");
    if (!thp)
        add(checks, "transparent huge pages", text_copy("not visible here"), NULL);
    else
        add(checks, "transparent huge pages", text_copy(thp),
            strcmp(thp, "always")
                ? NULL
                : "memory figures depend on it; echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
    add(checks, "ASLR", aslr < 0 ? text_copy("not visible here") : text_format("%d", aslr),
        aslr == 0 ? "layout is an input that must vary; sysctl kernel.randomize_va_space=2" : NULL);
    add(checks, "load", text_format("%.2f on %u CPUs", load, machine_threads()),
        load > LOAD_SHARE_MAX * machine_threads() ? "other programs are running; end them for a quieter result" : NULL);
    add(checks, "hypervisor", text_copy(guest ? hypervisor : "none"),
        guest ? "neighbours can steal time; the lab watches for it and discards such samples" : NULL);
    free(thp);
    free(hypervisor);
}

static void check_selftest(json_t *checks, const struct paths *paths)
{
    char *parent = text_format("%s/results", paths->root);
    json_t *machine = machine_describe();
    json_t *found = selftest_recall(parent, machine, false);
    bool known = json_is_number(json_object_get(found, "smallest_detectable_effect"));
    bool passed = json_is_true(json_object_get(found, "passed"));
    add(checks, "self-test", selftest_line(found),
        known && passed ? NULL
        : !found        ? "./harness selftest (long; --quick takes two minutes)"
                        : "end other programs and run ./harness selftest again");
    json_decref(found);
    json_decref(machine);
    free(parent);
}

/* What would be simulated where nothing can be counted. */
static void check_simulator(json_t *checks, const struct paths *paths)
{
    struct simulator simulator;
    struct lab_error error;
    if (simulator_find(&simulator, paths, &error) == STATUS_DONE)
        add(checks, "simulated counters", text_copy(simulator.words), NULL);
    else
        add(checks, "simulated counters", text_copy("none"), error.text);
    simulator_free(&simulator);
}

static void check_allocators(json_t *checks)
{
    struct allocator allocator;
    struct lab_error absent;
    for (size_t i = 0; allocator_known_names[i]; i++) {
        struct paths nowhere = {.bin = (char *)"", .lib = (char *)"", .root = (char *)""};
        int status = allocator_find(&nowhere, allocator_known_names[i], &allocator, &absent);
        char *finding = status ? text_copy("not installed") : text_copy(allocator.library);
        const char *cure = strstr(absent.text, "install it with");
        add(checks, allocator_known_names[i], finding,
            status ? (cure ? cure : "it is in no package: build it and name its path") : NULL);
        allocator_free(&allocator);
    }
}

static void print_checks(const json_t *checks)
{
    size_t i;
    json_t *check;
    json_array_foreach (checks, i, check) {
        const char *cure = json_string_value(json_object_get(check, "cure"));
        printf("%-4s %-23s %s\n", cure ? "note" : "ok", json_string_value(json_object_get(check, "name")),
               json_string_value(json_object_get(check, "finding")));
        if (cure)
            printf("%-4s %-23s   -> %s\n", "", "", cure);
    }
}

int command_doctor(const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error)
{
    (void)typed;
    if (options->word_count)
        return lab_error_set(error, STATUS_USAGE, "doctor takes no '%s'", options->words[0]);
    json_t *checks = json_array();
    check_counters(checks);
    check_processor(checks);
    check_system(checks);
    check_selftest(checks, paths);
    check_simulator(checks, paths);
    check_allocators(checks);
    if (options->json) {
        json_dumpf(checks, stdout, JSON_INDENT(1));
        putchar('\n');
    } else {
        print_checks(checks);
    }
    json_decref(checks);
    return STATUS_DONE;
}
