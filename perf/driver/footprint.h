#ifndef LAB_DRIVER_FOOTPRINT_H
#define LAB_DRIVER_FOOTPRINT_H

#include <stddef.h>

/* The size of a function; 0: unknown. */
struct function_size {
    size_t bytes;        /* as the symbol table says; cold parts that the compiler moved away are not in it */
    size_t instructions; /* as objdump shows them, padding not counted */
};

/* What an allocator's code takes, read from its file. */
struct footprint {
    struct function_size malloc;
    struct function_size free;
    size_t code_bytes;  /* .text */
    const char *reason; /* why there are no instruction counts; NULL: there are */
};

/* Zeros for what the file does not tell. */
struct footprint footprint_take(const char *library);

#endif
