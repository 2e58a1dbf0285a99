/*
 * Copies of the slowed allocator that differ in their parameters alone: the block is found by its magic bytes and
 * written over in place.
 */
#define _GNU_SOURCE
#include "perf/driver/delay_file.h"

#include "perf/driver/file.h"
#include "perf/inject/delay.h"

#include <stdlib.h>
#include <string.h>

/* The only block of parameters in the bytes; NULL when there is none, or more than one. */
static char *find_block(char *bytes, size_t length)
{
    size_t size = sizeof(struct lab_delay);
    char *first = memmem(bytes, length, LAB_DELAY_MAGIC, sizeof LAB_DELAY_MAGIC);
    if (!first || (size_t)(bytes + length - first) < size)
        return NULL;
    char *behind = first + size;
    return memmem(behind, (size_t)(bytes + length - behind), LAB_DELAY_MAGIC, sizeof LAB_DELAY_MAGIC) ? NULL : first;
}

int delay_file_write(const char *from, const char *to, uint64_t burn, struct lab_error *error)
{
    char *bytes;
    size_t length;
    struct lab_delay delay;
    int code = file_load(from, &bytes, &length);
    if (code)
        return lab_error_set(error, STATUS_FAILED, "cannot read %s: %s; run make", from, strerror(-code));
    char *block = find_block(bytes, length);
    if (block) {
        memcpy(&delay, block, sizeof delay);
        delay.burn = burn;
        memcpy(block, &delay, sizeof delay);
        code = file_save(to, bytes, length, 0755);
    }
    free(bytes);
    if (!block)
        return lab_error_set(error, STATUS_FAILED, "%s is no allocator with a slowdown: its parameters are not there",
                             from);
    return code ? lab_error_set(error, STATUS_FAILED, "cannot write %s: %s", to, strerror(-code)) : STATUS_DONE;
}
