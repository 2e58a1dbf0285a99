#ifndef LAB_DRIVER_SYMBOL_H
#define LAB_DRIVER_SYMBOL_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The function that an address of a running process is in, as its object file names it: "malloc", or "libfoo.so" where
 * the file has no symbol for it.  Files are read once and kept.  Not thread-safe; the text lives as long as the
 * harness.
 */
const char *symbol_at(pid_t pid, uint64_t address);

#endif
