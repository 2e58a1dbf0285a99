/*
 * Sizes of code.  Bytes come from the ELF file itself; instructions are counted in what objdump prints, because only a
 * disassembler knows where they begin.  The parts that a compiler moved out of a function as cold are not in its size.
 */
#define _GNU_SOURCE
#include "perf/driver/code_size.h"

#include "perf/driver/image.h"
#include "perf/driver/process.h"
#include "perf/driver/text.h"

#include <stdlib.h>
#include <string.h>

#define HEAP_RECORD "hakmem_heap_none" /* the record of a thread without a heap: as large as every other */

/* What compilers fill gaps with, in front of loops and at the end. */
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

static json_t *number_or_null(size_t number)
{
    return number ? json_integer((json_int_t)number) : json_null();
}

static size_t symbol_bytes(struct image *image, const char *name)
{
    GElf_Sym symbol;
    return image_symbol(image, name, &symbol) ? symbol.st_size : 0;
}

static bool add_function(json_t *json, const char *library, struct image *image, const char *name)
{
    GElf_Sym symbol;
    size_t instructions = 0;
    char *bytes_field = text_format("%s_bytes", name);
    char *instructions_field = text_format("%s_instructions", name);
    if (!image_symbol(image, name, &symbol))
        symbol.st_size = 0;
    if (symbol.st_size)
        instructions = instructions_of(library, &symbol);
    json_object_set_new(json, bytes_field, number_or_null(symbol.st_size));
    json_object_set_new(json, instructions_field, number_or_null(instructions));
    free(bytes_field);
    free(instructions_field);
    return instructions > 0;
}

static json_t *sizes_of(const char *label, const char *library)
{
    struct image image;
    json_t *json = NULL;
    if (image_open(library, &image)) {
        Elf_Data *code = image_code(&image);
        json = json_object();
        json_object_set_new(json, "allocator", json_string(label));
        bool counted = add_function(json, library, &image, "malloc");
        counted = add_function(json, library, &image, "free") && counted;
        json_object_set_new(json, "text_bytes", number_or_null(code ? code->d_size : 0));
        json_object_set_new(json, "heap_bytes", number_or_null(symbol_bytes(&image, HEAP_RECORD)));
        json_object_set_new(json, "reason",
                            counted ? json_null() : json_string("objdump cannot be run on it; install binutils"));
    }
    image_close(&image);
    return json;
}

json_t *code_size_list(const struct plan *plan)
{
    json_t *list = json_array();
    for (size_t i = 0; i < plan->allocator_count; i++) {
        const struct allocator *allocator = &plan->allocators[i];
        json_t *sizes = allocator->library ? sizes_of(allocator->label, allocator->library) : NULL;
        if (sizes)
            json_array_append_new(list, sizes);
    }
    return list;
}
