/*
 * What the kernel tells about this machine.  Every fact may be missing (containers, virtual machines, other kernels)
 * and is then unknown: null in run.json, never a guess.
 */
#define _GNU_SOURCE
#include "perf/driver/machine.h"

#include "perf/driver/text.h"

#include <errno.h>
#include <glob.h>
#include <gnu/libc-version.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define HYPERVISOR_BIT  (1u << 31)  /* of ecx in cpuid leaf 1 */
#define HYPERVISOR_LEAF 0x40000000u /* cpuid: the hypervisor's signature in ebx, ecx, edx */

#define CPU_FOLDER "/sys/devices/system/cpu"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static int file_integer(const char *path, int otherwise)
{
    int64_t value;
    char *text = text_file_line(path);
    bool good = text && text_to_integer(text, INT32_MIN, INT32_MAX, &value);
    free(text);
    return good ? (int)value : otherwise;
}

/* Value of the first line "key : value" of a file, or "KEY=value"; quotes are taken off. */
static char *file_value(const char *path, const char *key, char separator)
{
    char line[1024];
    char *found = NULL;
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        char *value = strchr(line, separator);
        if (!value)
            continue;
        *value++ = '\0';
        if (strcmp(text_trim(line), key))
            continue;
        value = text_trim(value);
        size_t length = strlen(value);
        if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
            value[length - 1] = '\0';
            value++;
        }
        found = text_copy(value);
    }
    if (file)
        fclose(file);
    return found;
}

char *machine_governor(void)
{
    return text_file_line(CPU_FOLDER "/cpu0/cpufreq/scaling_governor");
}

const char *machine_turbo(void)
{
    int boost = file_integer(CPU_FOLDER "/cpufreq/boost", -1);
    int no_turbo = file_integer(CPU_FOLDER "/intel_pstate/no_turbo", -1);
    if (boost >= 0)
        return boost ? "on" : "off";
    return no_turbo < 0 ? NULL : no_turbo ? "off" : "on";
}

const char *machine_smt(void)
{
    int active = file_integer(CPU_FOLDER "/smt/active", -1);
    return active < 0 ? NULL : active ? "on" : "off";
}

char *machine_thp(void)
{
    char *line = text_file_line("/sys/kernel/mm/transparent_hugepage/enabled");
    char *start = line ? strchr(line, '[') : NULL;
    char *chosen = start ? text_format("%.*s", (int)strcspn(start + 1, "]"), start + 1) : NULL;
    free(line);
    return chosen;
}

int machine_aslr(void)
{
    return file_integer("/proc/sys/kernel/randomize_va_space", -1);
}

int machine_paranoid(void)
{
    return file_integer("/proc/sys/kernel/perf_event_paranoid", MACHINE_UNKNOWN);
}

double machine_load(void)
{
    double load = 0;
    return getloadavg(&load, 1) == 1 ? load : 0;
}

unsigned machine_threads(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

/* What the hypervisor calls itself in the processor's identification: "KVMKVMKVM"; NULL without one or without cpuid.
 */
static char *hypervisor_name(void)
{
#if defined(__x86_64__)
    unsigned eax, registers[3];
    unsigned ecx = 0;
    if (!__get_cpuid(1, &eax, &registers[0], &ecx, &registers[1]) || !(ecx & HYPERVISOR_BIT))
        return NULL;
    __cpuid(HYPERVISOR_LEAF, eax, registers[0], registers[1], registers[2]);
    char name[sizeof registers + 1] = "";
    memcpy(name, registers, sizeof registers);
    return *text_trim(name) ? text_copy(text_trim(name)) : NULL;
#else
    return NULL;
#endif
}

char *machine_virtual(void)
{
    char *type = text_file_line("/sys/hypervisor/type");
    if (!type)
        type = hypervisor_name();
    if (type)
        return type;
    char *flags = file_value("/proc/cpuinfo", "flags", ':');
    bool guest = flags && strstr(flags, " hypervisor");
    free(flags);
    if (!guest)
        return text_copy("none");
    char *product = text_file_line("/sys/class/dmi/id/sys_vendor");
    return product ? product : text_copy("virtual machine");
}

/* Tries to open one hardware event on this process; returns 0 or an errno. */
static int try_cycles(void)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof attr,
                                   .config = PERF_COUNT_HW_CPU_CYCLES,
                                   .disabled = 1,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
    long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return errno;
    close((int)fd);
    return 0;
}

static bool cpu_event_source(void)
{
    glob_t found;
    int code = glob("/sys/bus/event_source/devices/cpu*", 0, NULL, &found);
    if (!code)
        globfree(&found);
    code = code ? glob("/sys/bus/event_source/devices/armv*", 0, NULL, &found) : code;
    return !code || access("/sys/bus/event_source/devices/cpu_core", F_OK) == 0;
}

static void say(char **text, const char *words)
{
    if (text)
        *text = text_copy(words);
}

bool machine_pmu(char **reason, char **cure)
{
    int code = try_cycles();
    if (!code)
        return true;
    if (code == EACCES || code == EPERM) {
        say(reason, "the kernel denies counters (perf_event_paranoid or a container's filter)");
        say(cure, "sysctl kernel.perf_event_paranoid=2 as root; in a container allow perf_event_open (seccomp) or "
                  "CAP_PERFMON");
    } else if (code == ENOSYS) {
        say(reason, "this kernel has no perf_event_open");
        say(cure, "use a kernel with CONFIG_PERF_EVENTS");
    } else if (!cpu_event_source()) {
        say(reason, "no PMU: the kernel has no cpu event source in /sys/bus/event_source/devices");
        say(cure, "on a virtual machine ask for a virtual PMU (KVM: -cpu host,pmu=on), or measure on bare metal");
    } else {
        if (reason)
            *reason = text_format("perf_event_open fails for cycles: %s", strerror(code));
        say(cure, "see dmesg for what the kernel says of its PMU");
    }
    return false;
}

uint64_t machine_steal_ns(void)
{
    unsigned long long steal = 0;
    FILE *file = fopen("/proc/stat", "re");
    if (!file)
        return 0;
    if (fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal) != 1)
        steal = 0;
    fclose(file);
    return steal * (1000000000ull / (unsigned long long)sysconf(_SC_CLK_TCK));
}

/* "48K" -> 49152 */
static long long size_bytes(const char *text)
{
    char unit = 0;
    long long value = 0;
    if (!text || sscanf(text, "%lld%c", &value, &unit) < 1)
        return 0;
    return unit == 'K' ? value << 10 : unit == 'M' ? value << 20 : value;
}

/* How many CPUs a list such as "0-3,8" names. */
static int list_length(const char *text)
{
    int count = 0;
    char *copy = text_copy(text ? text : ""), *rest = copy, *piece;
    while ((piece = text_next(&rest, ','))) {
        int first = 0, last = 0;
        int fields = sscanf(piece, "%d-%d", &first, &last);
        count += fields == 2 ? last - first + 1 : fields == 1;
    }
    free(copy);
    return count;
}

static json_t *cache_describe(const char *folder)
{
    static const char *const files[] = {"level", "type", "size", "coherency_line_size", "shared_cpu_list"};
    char *facts[5];
    for (int i = 0; i < 5; i++) {
        char *path = text_format("%s/%s", folder, files[i]);
        facts[i] = text_file_line(path);
        free(path);
    }
    json_t *cache = NULL;
    if (facts[0] && facts[1]) {
        const char *type = facts[1][0] == 'D' ? "data" : facts[1][0] == 'I' ? "instruction" : "unified";
        int shared = list_length(facts[4]);
        cache = json_pack("{s:i, s:s, s:I, s:i, s:i}", "level", atoi(facts[0]), "type", type, "size_bytes",
                          (json_int_t)size_bytes(facts[2]), "line_bytes", facts[3] ? atoi(facts[3]) : 0, "shared_by",
                          shared ? shared : 1);
    }
    for (int i = 0; i < 5; i++)
        free(facts[i]);
    return cache;
}

static json_t *caches_describe(void)
{
    json_t *caches = json_array();
    for (int i = 0; i < 16; i++) {
        char *folder = text_format(CPU_FOLDER "/cpu0/cache/index%d", i);
        json_t *cache = cache_describe(folder);
        free(folder);
        if (!cache)
            break;
        json_array_append_new(caches, cache);
    }
    return caches;
}

static json_t *text_or_null(char *owned)
{
    json_t *value = owned ? json_string(owned) : json_null();
    free(owned);
    return value;
}

static json_t *constant_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *integer_or_null(int value, int unknown)
{
    return value == unknown ? json_null() : json_integer(value);
}

/* Physical cores: distinct (package, core) pairs, counted as threads that come first among their siblings. */
static int cores_count(void)
{
    int cores = 0;
    unsigned threads = machine_threads();
    for (unsigned cpu = 0; cpu < threads; cpu++) {
        char *path = text_format(CPU_FOLDER "/cpu%u/topology/thread_siblings_list", cpu);
        char *list = text_file_line(path);
        cores += !list || (unsigned)atoi(list) == cpu;
        free(list);
        free(path);
    }
    return cores ? cores : 1;
}

static char *cpu_model(void)
{
    char *model = file_value("/proc/cpuinfo", "model name", ':');
    return model ? model : text_file_line("/sys/firmware/devicetree/base/model");
}

static void describe_kernel(json_t *machine)
{
    char *pmu_reason = NULL;
    struct utsname kernel;
    uname(&kernel);
    bool pmu = machine_pmu(&pmu_reason, NULL);
    json_object_set_new(machine, "kernel", json_string(kernel.release));
    json_object_set_new(machine, "os", text_or_null(file_value("/etc/os-release", "PRETTY_NAME", '=')));
    json_object_set_new(machine, "governor", text_or_null(machine_governor()));
    json_object_set_new(machine, "turbo", constant_or_null(machine_turbo()));
    json_object_set_new(machine, "smt", constant_or_null(machine_smt()));
    json_object_set_new(machine, "thp", text_or_null(machine_thp()));
    json_object_set_new(machine, "aslr", integer_or_null(machine_aslr(), -1));
    json_object_set_new(machine, "perf_event_paranoid", integer_or_null(machine_paranoid(), MACHINE_UNKNOWN));
    json_object_set_new(machine, "pmu", json_boolean(pmu));
    json_object_set_new(machine, "pmu_reason", text_or_null(pmu_reason));
    json_object_set_new(machine, "load_1min", json_real(machine_load()));
}

json_t *machine_describe(void)
{
    json_t *machine = json_object();
    json_object_set_new(machine, "cpu_model", text_or_null(cpu_model()));
    json_object_set_new(machine, "microcode", text_or_null(file_value("/proc/cpuinfo", "microcode", ':')));
    json_object_set_new(machine, "cores", json_integer(cores_count()));
    json_object_set_new(machine, "threads", json_integer(machine_threads()));
    json_object_set_new(machine, "caches", caches_describe());
    json_object_set_new(machine, "memory_bytes",
                        json_integer((json_int_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE)));
    describe_kernel(machine);
    json_object_set_new(machine, "compiler", json_string(COMPILER));
    json_object_set_new(machine, "libc", json_sprintf("glibc %s", gnu_get_libc_version()));
    json_object_set_new(machine, "virtualisation", text_or_null(machine_virtual()));
    return machine;
}
