/*
 * liblab-witness.so: proof of allocator for programs that are not ours.
 *
 * `lab-program` preloads it before the allocator.  Its constructor runs in every program image of the process tree that
 * the dynamic linker starts, looks where malloc resolves to, and appends one line to the file that the environment
 * names:
 *
 *     PID <tab> linkage <tab> malloc's object <tab> its version <tab> the program's own path
 *
 * It defines no symbol that a program could call, and does nothing after that line.  A process that it is not loaded
 * into (static, setuid, started without the environment) leaves no line.
 *
 * Thread safety: the constructor runs before the program's first thread is made.  A line is one write of less than
 * PIPE_BUF bytes to a file opened for appending, so lines of several processes do not mix.
 */
#define _GNU_SOURCE
#include "perf/program/witness.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "perf/measure/proof.h"

static void own_path(char path[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = '\0';
}

/*
 * A program that is not position-independent and takes malloc's address has an entry of its own for it, and that is
 * what dlsym finds: its symbol is undefined there.  What calls reach is then the next definition, which is the
 * allocator's, because nothing but the program stands before the witness.
 */
static void *(*malloc_address(void))(size_t)
{
    Dl_info where;
    const ElfW(Sym) *definition = NULL;
    void *(*function)(size_t) = NULL;
    void *symbol = dlsym(RTLD_DEFAULT, "malloc");
    if (symbol && dladdr1(symbol, &where, (void **)&definition, RTLD_DL_SYMENT) &&
        (!definition || definition->st_shndx == SHN_UNDEF))
        symbol = dlsym(RTLD_NEXT, "malloc");
    memcpy(&function, &symbol, sizeof function);
    return function;
}

static void testify(const char *log)
{
    struct lab_proof proof;
    struct lab_error ignored;
    char self[PATH_MAX], line[WITNESS_LINE_BYTES];
    void *(*function)(size_t) = malloc_address();
    if (!function || lab_proof_take(function, &proof, &ignored))
        return;
    own_path(self);
    int length = snprintf(line, sizeof line, "%d\t%s\t%s\t%s\t%s\n", (int)getpid(), proof.linkage, proof.object,
                          proof.identity, self);
    int file = length < (int)sizeof line ? open(log, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    /* A line that cannot be written is a missing line, which the reader of the file takes for what it is. */
    ssize_t written = write(file, line, (size_t)length);
    (void)written;
    close(file);
}

__attribute__((constructor)) static void begin(void)
{
    const char *log = getenv(WITNESS_VARIABLE);
    if (log && *log)
        testify(log);
}
