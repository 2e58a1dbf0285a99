/*
 * The names under which programs know the allocator.  HAKMEM_ALIAS gives a function a second, public name; it stands
 * right after the function's definition, so that both names are one address and no call goes through another.
 * HAKMEM_OVERRIDE=0 (sanitizer builds, whose runtime owns malloc) leaves only the hakmem_ names.
 */
#ifndef HAKMEM_OVERRIDE_H
#define HAKMEM_OVERRIDE_H

#include "hakmem_config.h"

#if HAKMEM_OVERRIDE
#define HAKMEM_ALIAS(type, name, parameters, target)                                                                   \
    type name parameters __attribute__((alias(#target), visibility("default"), copy(target)))
#if defined(__clang__)
#undef HAKMEM_ALIAS
#define HAKMEM_ALIAS(type, name, parameters, target)                                                                   \
    type name parameters __attribute__((alias(#target), visibility("default")))
#endif
#else
#define HAKMEM_ALIAS(type, name, parameters, target) static_assert(1, "no override in this build")
#endif

#endif
