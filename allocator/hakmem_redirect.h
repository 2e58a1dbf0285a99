/*
 * For builds in which malloc belongs to somebody else (sanitizers): include this before all else
 * (-include allocator/hakmem_redirect.h) and the translation unit calls hakmem by its own names.
 */
#ifndef HAKMEM_REDIRECT_H
#define HAKMEM_REDIRECT_H

#include "hakmem.h"
#include <malloc.h>
#include <stdlib.h>

#define malloc(size)                         hakmem_malloc(size)
#define calloc(count, size)                  hakmem_calloc(count, size)
#define realloc(old, size)                   hakmem_realloc(old, size)
#define reallocarray(old, count, size)       hakmem_reallocarray(old, count, size)
#define free(block)                          hakmem_free(block)
#define aligned_alloc(alignment, size)       hakmem_aligned_alloc(alignment, size)
#define posix_memalign(out, alignment, size) hakmem_posix_memalign(out, alignment, size)
#define memalign(alignment, size)            hakmem_memalign(alignment, size)
#define malloc_usable_size(block)            hakmem_malloc_usable_size(block)

#endif
