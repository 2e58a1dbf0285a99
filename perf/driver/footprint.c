/*
 * Sizes of code.  Bytes come from the ELF file itself; instructions are counted in what objdump prints, because only a
 * disassembler knows where they begin.
 */
#define _GNU_SOURCE
#include "perf/driver/footprint.h"

#include "perf/driver/image.h"
#include "perf/driver/process.h"
#include "perf/driver/text.h"

#include <stdlib.h>
#include <string.h>

/* Compilers fill with these between loops and at the end. */
static bool is_padding(const char *instruction)
{
    static const char *const prefixes[] = {"nop", "xchg   %ax,%ax", "data16", "cs nopw", "int3"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (!strncmp(instruction, prefixes[i], strlen(prefixes[i])))
            return true;
    return false;
}

/* A line of objdump that holds an instruction is "  address:\tinstruction". */
static size_t count_instructions(char *listing)
{
    size_t count = 0;
    char *line;
    while ((line = text_next(&listing, '\n'))) {
        const char *instruction = strstr(line, ":\t");
        count += instruction && !is_padding(instruction + 2);
    }
    return count;
}

static size_t instructions_of(const char *library, const GElf_Sym *symbol)
{
    char *start = text_format("--start-address=%#lx", (unsigned long)symbol->st_value);
    char *stop = text_format("--stop-address=%#lx", (unsigned long)(symbol->st_value + symbol->st_size));
    const char *argv[] = {"objdump", "-d", "--no-show-raw-insn", start, stop, library, NULL};
    char *listing = process_output(argv);
    size_t count = listing ? count_instructions(listing) : 0;
    free(listing);
    free(start);
    free(stop);
    return count;
}

static struct function_size function_take(const char *library, struct image *image, const char *name)
{
    GElf_Sym symbol;
    if (!image_symbol(image, name, &symbol) || !symbol.st_size)
        return (struct function_size){0};
    return (struct function_size){.bytes = symbol.st_size, .instructions = instructions_of(library, &symbol)};
}

struct footprint footprint_take(const char *library)
{
    struct image image;
    struct footprint footprint = {.reason = "its file cannot be read"};
    if (image_open(library, &image)) {
        Elf_Data *code = image_code(&image);
        footprint.code_bytes = code ? code->d_size : 0;
        footprint.malloc = function_take(library, &image, "malloc");
        footprint.free = function_take(library, &image, "free");
        footprint.reason = footprint.malloc.instructions && footprint.free.instructions
                               ? NULL
                               : "objdump is not here or cannot read it; install binutils";
    }
    image_close(&image);
    return footprint;
}
