/*
 * Options from the environment.  It may be read before the C library is ready, and in the middle of the first malloc:
 * nothing here calls a function that could allocate, and a complaint is one write.
 */
#include "options.h"
#include "hakmem_config.h"
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

struct hakmem_options hakmem_options = {.reserve_bytes = SIZE_MAX};

#define COMPLAINT_BYTES 200

static size_t append(char *line, size_t at, const char *text)
{
    size_t length = strlen(text);
    if (length > COMPLAINT_BYTES - at)
        length = COMPLAINT_BYTES - at;
    memcpy(line + at, text, length);
    return at + length;
}

/* "hakmem: HAKMEM_STATS=maybe: say 0 or 1; ignored" */
static void complain(const char *setting, const char *advice)
{
    char line[COMPLAINT_BYTES + 1];
    size_t at = append(line, 0, "hakmem: ");
    at = append(line, at, setting);
    at = append(line, at, ": ");
    at = append(line, at, advice);
    at = append(line, at, "; ignored");
    line[at++] = '\n';
    if (write(STDERR_FILENO, line, at) < 0)
        return; /* nobody listens */
}

/* The value, if the setting is NAME=value; else NULL. */
static const char *value_of(const char *setting, const char *name)
{
    size_t length = strlen(name);
    return strncmp(setting, name, length) == 0 && setting[length] == '=' ? setting + length + 1 : NULL;
}

static void read_switch(const char *setting, const char *name, bool *into)
{
    const char *value = value_of(setting, name);
    if (value == NULL)
        return;
    if ((value[0] != '0' && value[0] != '1') || value[1] != '\0')
        complain(setting, "say 0 or 1");
    else
        *into = value[0] == '1';
}

/* The shift of a unit, -1 if it is none. */
static int unit_shift(char unit)
{
    const char *units = "KMGT";
    for (int i = 0; units[i] != '\0'; i++)
        if (unit == units[i])
            return 10 * (i + 1);
    return -1;
}

/* Bytes of "64G" and the like; 0 if it is no such size. */
static size_t parse_size(const char *text)
{
    size_t size = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        if (__builtin_mul_overflow(size, (size_t)10, &size) ||
            __builtin_add_overflow(size, (size_t)(*text - '0'), &size))
            return 0;
    int shift = *text == '\0' ? 0 : unit_shift(*text++);
    if (shift < 0 || (shift > 0 && *text != '\0') || size > SIZE_MAX >> shift)
        return 0;
    return size << shift;
}

static void read_size(const char *setting, const char *name, size_t minimum, size_t *into)
{
    const char *value = value_of(setting, name);
    if (value == NULL)
        return;
    size_t size = parse_size(value);
    if (size < minimum)
        complain(setting, "say a size of at least 32M, such as 4G");
    else
        *into = size;
}

/* The lowest rung of the reservation's ladder and its records fit into this. */
#define RESERVE_BYTES_MIN ((size_t)32 << 20)

void options_load(char **environment)
{
    static bool loaded;
    if (loaded || environment == NULL)
        return;
    loaded = true;
    if (getauxval(AT_SECURE) != 0)
        return;
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, "HAKMEM_", strlen("HAKMEM_")) != 0)
            continue;
        read_switch(*environment, "HAKMEM_STATS", &hakmem_options.stats);
        read_switch(*environment, "HAKMEM_HUGE_PAGES", &hakmem_options.huge_pages);
        read_size(*environment, "HAKMEM_RESERVE", RESERVE_BYTES_MIN, &hakmem_options.reserve_bytes);
    }
}
