/*
 * C++ operator new and delete, by their mangled names (Itanium C++ ABI, size_t = unsigned long).
 *
 * A failing new asks the new-handler and, without one, throws std::bad_alloc.  Both live in the C++ runtime and are
 * weak here, so that C programs need none.  Compiled with -fexceptions: a throw passes through these frames.
 *
 * The nothrow forms are left to the C++ runtime.  A new-handler may throw, which a nothrow new has to catch and C
 * cannot; and the standard has a nothrow form call the plain one, which a program may have replaced
 * ([new.delete.single]).  The runtimes' forms do both, and so end here.
 *
 * For the same reason the array and the sized forms call the plain ones, as the runtimes' do, even where the program
 * has replaced them: cxx_plain.list keeps the shared library from binding these calls to its own.
 *
 * All are weak: in the archive, a program that brings operators of its own must not meet a second definition.
 */
#include "alloc.h"
#include "hakmem.h"
#include <stdlib.h>

#if HAKMEM_OVERRIDE

typedef void (*new_handler)(void);
extern new_handler cxx_get_new_handler(void) __asm__("_ZSt15get_new_handlerv") __attribute__((weak));
extern _Noreturn void cxx_throw_bad_alloc(void) __asm__("_ZSt17__throw_bad_allocv") __attribute__((weak));

/* Tries until there is memory, or no handler is left.  A handler makes memory free, throws, or ends the process. */
static void *try_new(size_t size, size_t alignment)
{
    for (;;) {
        void *block = alignment == 0 ? hakmem_malloc(size) : alloc_aligned(size, alignment);
        if (HAKMEM_LIKELY(block != NULL))
            return block;
        new_handler handler = cxx_get_new_handler != NULL ? cxx_get_new_handler() : NULL;
        if (handler == NULL)
            return NULL;
        handler();
    }
}

static void *new_or_throw(size_t size, size_t alignment)
{
    void *block = try_new(size, alignment);
    if (HAKMEM_LIKELY(block != NULL))
        return block;
    if (cxx_throw_bad_alloc != NULL)
        cxx_throw_bad_alloc();
    abort();
}

#define CXX_NEW(name, parameters, body)                                                                                \
    HAKMEM_EXPORT __attribute__((weak)) void *name parameters;                                                         \
    HAKMEM_EXPORT void *name parameters                                                                                \
    {                                                                                                                  \
        return body;                                                                                                   \
    }
#define CXX_DELETE(name, parameters, body)                                                                             \
    HAKMEM_EXPORT __attribute__((weak)) void name parameters;                                                          \
    HAKMEM_EXPORT void name parameters                                                                                 \
    {                                                                                                                  \
        body;                                                                                                          \
    }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* Plain forms, and those with an alignment. */
CXX_NEW(_Znwm, (size_t size), new_or_throw(size, 0))
CXX_NEW(_ZnwmSt11align_val_t, (size_t size, size_t alignment), new_or_throw(size, alignment))
CXX_DELETE(_ZdlPv, (void *p), hakmem_free(p))
CXX_DELETE(_ZdlPvSt11align_val_t, (void *p, size_t alignment), hakmem_free(p))

/* Arrays. */
CXX_NEW(_Znam, (size_t size), _Znwm(size))
CXX_NEW(_ZnamSt11align_val_t, (size_t size, size_t alignment), _ZnwmSt11align_val_t(size, alignment))
CXX_DELETE(_ZdaPv, (void *p), _ZdlPv(p))
CXX_DELETE(_ZdaPvSt11align_val_t, (void *p, size_t alignment), _ZdlPvSt11align_val_t(p, alignment))

/* Sized. */
CXX_DELETE(_ZdlPvm, (void *p, size_t size), _ZdlPv(p))
CXX_DELETE(_ZdaPvm, (void *p, size_t size), _ZdaPv(p))
CXX_DELETE(_ZdlPvmSt11align_val_t, (void *p, size_t size, size_t alignment), _ZdlPvSt11align_val_t(p, alignment))
CXX_DELETE(_ZdaPvmSt11align_val_t, (void *p, size_t size, size_t alignment), _ZdaPvSt11align_val_t(p, alignment))

#pragma GCC diagnostic pop

#endif
