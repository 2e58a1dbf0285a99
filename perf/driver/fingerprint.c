/*
 * Telling machines apart by what their kernel says of them.
 */
#include "perf/driver/fingerprint.h"

#include <stddef.h>

static const char *const facts[] = {"hostname_hash", "cpu_model", "microcode",    "cores", "threads",
                                    "caches",        "kernel",    "memory_bytes", "os",    "governor",
                                    "turbo",         "smt",       "thp",          "aslr",  "virtualisation"};

bool fingerprint_same(const json_t *machine, const json_t *other)
{
    bool same = json_is_object(machine) && json_is_object(other);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0] && same; i++) {
        json_t *left = json_object_get(machine, facts[i]), *right = json_object_get(other, facts[i]);
        same = (!left && !right) || json_equal(left, right);
    }
    return same;
}
