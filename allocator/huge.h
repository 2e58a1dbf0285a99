/* Huge blocks: requests above 2 MiB, or aligned beyond a slice, each with a mapping of its own.  Thread-safe. */
#ifndef HAKMEM_HUGE_H
#define HAKMEM_HUGE_H

#include "hakmem_config.h"
#include <stdbool.h>

/* A zeroed block; `alignment` is a power of two.  NULL if refused. */
void *huge_alloc(size_t size, size_t alignment);
/* False if `p` is no huge block. */
bool huge_free(void *p);
/* Phase 7: resizes a huge block by moving its pages, not its bytes; *p may change.  False: refused, nothing changed. */
bool huge_resize(void **p, size_t size);
/* Bytes that may be used; 0 if `p` is no huge block. */
size_t huge_usable(const void *p);
/* Bytes in huge blocks, and their number. */
size_t huge_bytes(size_t *count);

void huge_lock(void);
void huge_unlock(void);

#endif
