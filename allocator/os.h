/*
 * The operating system's memory, in whole system pages.  Thread-safe: no state but the page size.
 * Every function keeps errno unless it says otherwise.
 */
#ifndef HAKMEM_OS_H
#define HAKMEM_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* System page size in bytes (4 KiB on x86-64; 4 to 64 KiB on aarch64). */
size_t os_page_bytes(void);
/* Address space without memory behind it (PROT_NONE, no swap reserved), huge pages declined; NULL if refused. */
void *os_reserve(size_t bytes);
/* Makes reserved address space usable; widened to system pages.  False if refused. */
bool os_open(void *start, size_t bytes);
/* Zeroed memory of its own; NULL if refused. */
void *os_map(size_t bytes);
/* Resizes a mapping, moving it if need be; NULL if refused, and nothing changed. */
void *os_remap(void *start, size_t bytes, size_t new_bytes);
/* Gives a mapping back.  Where the system refuses (it may have too many mappings to split one), the addresses are lost,
 * but not the memory. */
void os_unmap(void *start, size_t bytes);
/* Gives the memory back, keeps the addresses: the next touch reads zero.  False if refused, as it is for memory that is
 * locked: then the content stays. */
bool os_purge(void *start, size_t bytes);
/* System pages of the range that have memory behind them now; all of them if the system does not say. */
size_t os_resident(void *start, size_t bytes);
/* Asks for huge pages of 2 MiB from the next touch on, where the system has them, or declines them; false if refused.
 */
bool os_huge_pages(void *start, size_t bytes, bool wanted);
/* Whether the system's settings allow os_collapse. */
bool os_may_collapse(void);
/* Asks for huge pages and copies what is there into them, if that can be done. */
void os_collapse(void *start, size_t bytes);
/* Monotonic time in ns, some ms coarse, without a system call. */
uint64_t os_coarse_ns(void);
/* The most address space that this process may use (RLIMIT_AS), SIZE_MAX if unlimited. */
size_t os_address_limit(void);

#endif
