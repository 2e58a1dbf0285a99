#ifndef LAB_DRIVER_MACHINE_H
#define LAB_DRIVER_MACHINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The fingerprint as run.json's "machine" wants it; null for what the machine does not tell. */
json_t *machine_describe(void);

/* Single facts, for doctor; texts are the caller's to free and NULL when unknown. */
char *machine_governor(void);
const char *machine_turbo(void); /* "on", "off" or NULL */
const char *machine_smt(void);
char *machine_thp(void);
int machine_aslr(void);      /* randomize_va_space, -1 when unknown */
int machine_paranoid(void);  /* perf_event_paranoid, or MACHINE_UNKNOWN */
double machine_load(void);   /* 1 minute average */
char *machine_virtual(void); /* name of the hypervisor or "none" */
unsigned machine_threads(void);

#define MACHINE_UNKNOWN (-100)

/*
 * Whether hardware counters can be opened here.  false: *reason is a text to free that names the cause, and *cure, if
 * wanted, one that says what to do.
 */
bool machine_pmu(char **reason, char **cure);

/* Time stolen by the hypervisor since boot, over all CPUs, in ns; its resolution is a clock tick. */
uint64_t machine_steal_ns(void);

#endif
