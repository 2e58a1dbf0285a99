#ifndef LAB_DRIVER_IMAGE_H
#define LAB_DRIVER_IMAGE_H

#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>

/* An open ELF file. */
struct image {
    int fd;
    Elf *elf; /* NULL when it is not ELF */
    GElf_Ehdr header;
};

/* false when the file cannot be read (fd < 0) or is not ELF; image_close() in every case. */
bool image_open(const char *path, struct image *image);
void image_close(struct image *image);

/* The bytes of .text; NULL without one.  They live until image_close(). */
Elf_Data *image_code(struct image *image);

/* Finds a defined function or object by name, in the full symbol table or else the dynamic one. */
bool image_symbol(struct image *image, const char *name, GElf_Sym *symbol);

#endif
