/* The end of a process whose heap can no longer be trusted.  No libc function here may allocate. */
#include "fatal.h"
#include "hakmem_config.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 160
#define HEX_DIGITS     (2 * sizeof(uintptr_t))

static size_t append(char *line, size_t at, const char *text)
{
    size_t length = strlen(text);
    if (length > LINE_MAX_BYTES - HEX_DIGITS - at)
        length = LINE_MAX_BYTES - HEX_DIGITS - at;
    memcpy(line + at, text, length);
    return at + length;
}

_Noreturn void hakmem_fatal(const char *what, const void *address)
{
    char line[LINE_MAX_BYTES + 4];
    size_t at = append(line, 0, "hakmem: ");
    at = append(line, at, what);
    at = append(line, at, ": 0x");
    bool started = false;
    for (int shift = (int)HEX_DIGITS * 4 - 4; shift >= 0; shift -= 4) {
        unsigned digit = (unsigned)((uintptr_t)address >> shift) & 15;
        started = started || digit != 0 || shift == 0;
        if (started)
            line[at++] = "0123456789abcdef"[digit];
    }
    line[at++] = '\n';
    if (write(STDERR_FILENO, line, at) < 0)
        abort();
    abort();
}
