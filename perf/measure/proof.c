/*
 * Proof of allocator.
 *
 * dladdr(3) names the object that an address lies in.  A version function counts only if it lies in the same object as
 * malloc: a program may well have one allocator's library loaded and another one's malloc in use.
 *
 * The static programs export the version functions of what they link (the linker's --export-dynamic-symbol), so that
 * dlsym(3) finds them there as it does in a shared object.
 *
 * Thread safety: one thread, after the measured region.
 */
#define _GNU_SOURCE
#include "perf/measure/proof.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each describes the allocator, given the address of the symbol by which it is known. */
typedef void describe_function(void *symbol, char *text, size_t bytes);

static void describe_hakmem(void *symbol, char *text, size_t bytes)
{
    const char *(*version)(void) = (const char *(*)(void))symbol;
    snprintf(text, bytes, "%s", version());
}

static void describe_mimalloc(void *symbol, char *text, size_t bytes)
{
    int (*version)(void) = (int (*)(void))symbol;
    snprintf(text, bytes, "mimalloc mi_version %d", version());
}

static void describe_jemalloc(void *symbol, char *text, size_t bytes)
{
    int (*control)(const char *, void *, size_t *, void *, size_t) =
        (int (*)(const char *, void *, size_t *, void *, size_t))symbol;
    const char *version = NULL;
    size_t size = sizeof version;
    if (control("version", (void *)&version, &size, NULL, 0) == 0 && version != NULL)
        snprintf(text, bytes, "jemalloc %s", version);
}

static void describe_tcmalloc(void *symbol, char *text, size_t bytes)
{
    const char *(*version)(int *, int *, const char **) = (const char *(*)(int *, int *, const char **))symbol;
    int major, minor;
    const char *patch;
    snprintf(text, bytes, "tcmalloc, %s", version(&major, &minor, &patch));
}

static void describe_tbbmalloc(void *symbol, char *text, size_t bytes)
{
    (void)symbol;
    snprintf(text, bytes, "tbbmalloc proxy");
}

static void describe_glibc(void *symbol, char *text, size_t bytes)
{
    const char *(*version)(void) = (const char *(*)(void))symbol;
    snprintf(text, bytes, "glibc %s", version());
}

static const struct {
    const char *symbol;          /* exported by this allocator alone */
    describe_function *describe; /* turns its address into words */
} known[] = {
    {"hakmem_version_string", describe_hakmem}, {"floor_version_string", describe_hakmem},
    {"mi_version", describe_mimalloc},          {"mallctl", describe_jemalloc},
    {"tc_version", describe_tcmalloc},          {"__TBB_malloc_proxy", describe_tbbmalloc},
    {"gnu_get_libc_version", describe_glibc},
};

/* Asks the first known version function that lies in the object at `base`. */
static void identity_find(const void *base, struct lab_proof *proof)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        Dl_info where;
        void *symbol = dlsym(RTLD_DEFAULT, known[i].symbol);
        if (symbol == NULL || dladdr(symbol, &where) == 0 || where.dli_fbase != base)
            continue;
        known[i].describe(symbol, proof->identity, sizeof proof->identity);
        return;
    }
}

/* The path of a shared object may be relative (as LD_PRELOAD gave it); the program's own is asked of the kernel. */
static int object_path(const char *name, bool own, char *path)
{
    if (!own)
        return realpath(name, path) != NULL ? 0 : -errno;
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (length < 0)
        return -errno;
    path[length] = '\0';
    return 0;
}

static bool in_libc(const void *base)
{
    Dl_info libc;
    void *symbol = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
    return symbol != NULL && dladdr(symbol, &libc) != 0 && libc.dli_fbase == base;
}

int lab_proof_take(void *(*malloc_function)(size_t), struct lab_proof *proof, struct lab_error *error)
{
    Dl_info where, self;
    memset(proof, 0, sizeof *proof);
    if (dladdr((void *)malloc_function, &where) == 0 || dladdr((void *)lab_proof_take, &self) == 0)
        return lab_error_set(error, -ENOENT, "cannot tell which object malloc is in: dladdr does not know its address");
    bool own = where.dli_fbase == self.dli_fbase;
    int status = object_path(where.dli_fname, own, proof->object);
    if (status != 0)
        return lab_error_set(error, status, "cannot resolve the path of malloc's object %s: %s", where.dli_fname,
                             strerror(-status));
    proof->linkage = own ? "static" : in_libc(where.dli_fbase) ? "system" : "preload";
    identity_find(where.dli_fbase, proof);
    return 0;
}
