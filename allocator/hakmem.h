/*
 * hakmem: the public interface.
 *
 * Every function here is safe to call from any thread at any time, before main and from thread-exit handlers
 * included, and none changes errno unless it fails.  The library exports the same functions under their C and
 * POSIX names too, so linking or preloading it is enough; this header is for programs that want to name it.
 *
 * Blocks are aligned to 16 bytes.  Requests above PTRDIFF_MAX fail.  Sizes are in bytes.
 * Options from the environment (HAKMEM_STATS, HAKMEM_HUGE_PAGES, HAKMEM_RESERVE): hakmem(3).
 * Source for the contracts: ISO C11 7.22.3, POSIX.1-2017, C23 (free_sized), and the Linux manual pages malloc(3),
 * posix_memalign(3), malloc_usable_size(3), malloc_trim(3), mallinfo(3), malloc_info(3), mallopt(3).
 */
#ifndef HAKMEM_H
#define HAKMEM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- the C interface ---------------------------------------------------------------------------------------- */

/* A block of at least `size` bytes, uninitialised.  malloc(0) gives a unique block.  NULL and ENOMEM on failure. */
void *hakmem_malloc(size_t size);
/* A zeroed block for `count` objects of `size` bytes.  NULL and ENOMEM on failure or if the product overflows. */
void *hakmem_calloc(size_t count, size_t size);
/* Resizes; keeps the content up to the smaller size.  `old` may be NULL (then: malloc).  `size` 0 frees `old` and
 * gives NULL, as glibc does.  On failure NULL and ENOMEM, and `old` stays valid. */
void *hakmem_realloc(void *old, size_t size);
/* Gives a block back; NULL does nothing; errno is kept.  A pointer that hakmem did not hand out ends the process
 * with one line on standard error. */
void hakmem_free(void *block);
/* C23: as free, for callers that know the size (and alignment). */
void hakmem_free_sized(void *block, size_t size);
void hakmem_free_aligned_sized(void *block, size_t alignment, size_t size);

/* --- aligned blocks ----------------------------------------------------------------------------------------- */

/* C11.  `alignment`: a power of two, else NULL and EINVAL. */
void *hakmem_aligned_alloc(size_t alignment, size_t size);
/* POSIX.  Returns 0, EINVAL (not a power of two, or no multiple of sizeof(void *)) or ENOMEM; `*out` is written on
 * success only; errno is untouched. */
int hakmem_posix_memalign(void **out, size_t alignment, size_t size);
/* Traditional.  memalign rounds `alignment` up to a power of two; valloc aligns to the system page; pvalloc also
 * rounds the size up to it. */
void *hakmem_memalign(size_t alignment, size_t size);
void *hakmem_valloc(size_t size);
void *hakmem_pvalloc(size_t size);

/* --- extensions --------------------------------------------------------------------------------------------- */

/* realloc for arrays: NULL and ENOMEM if the product overflows, `old` untouched. */
void *hakmem_reallocarray(void *old, size_t count, size_t size);
/* Bytes that may be used in the block, at least what was asked for; 0 for NULL. */
size_t hakmem_malloc_usable_size(void *block);
/* Gives free memory back to the system, keeping up to `pad` bytes.  1 if any was given back, else 0. */
int hakmem_malloc_trim(size_t pad);

/* Version and features as one line, such as "hakmem 0.1.0 phase1 direct_cache".  Static storage. */
const char *hakmem_version_string(void);

/* Walks every page that the calling thread owns, and the spans of the process, and verifies the invariants listed
 * in check.c.  Returns NULL if all hold, else a static text that names the first broken one.  Other threads may run,
 * but the calling thread's own pages must not be freed into meanwhile. */
const char *hakmem_check(void);

/* Counting builds only: the number of events so far by index; the name (NULL past the last).  In all other builds
 * the name is NULL at once.  See count.h. */
const char *hakmem_count_name(unsigned index);
unsigned long long hakmem_count_value(unsigned index);

#ifdef __cplusplus
}
#endif
#endif
