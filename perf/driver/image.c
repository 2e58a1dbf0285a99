/*
 * Reading ELF files through libelf.
 */
#include "perf/driver/image.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool image_open(const char *path, struct image *image)
{
    *image = (struct image){.fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (image->fd < 0)
        return false;
    elf_version(EV_CURRENT);
    image->elf = elf_begin(image->fd, ELF_C_READ_MMAP, NULL);
    return image->elf && elf_kind(image->elf) == ELF_K_ELF && gelf_getehdr(image->elf, &image->header);
}

void image_close(struct image *image)
{
    elf_end(image->elf);
    if (image->fd >= 0)
        close(image->fd);
}

Elf_Data *image_code(struct image *image)
{
    size_t names;
    Elf_Scn *section = NULL;
    if (elf_getshdrstrndx(image->elf, &names))
        return NULL;
    while ((section = elf_nextscn(image->elf, section))) {
        GElf_Shdr header;
        const char *name = gelf_getshdr(section, &header) ? elf_strptr(image->elf, names, header.sh_name) : NULL;
        if (name && !strcmp(name, ".text"))
            return elf_rawdata(section, NULL);
    }
    return NULL;
}

static bool table_symbol(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, const char *name, GElf_Sym *symbol)
{
    Elf_Data *data = elf_getdata(section, NULL);
    if (!data || !header->sh_entsize)
        return false;
    int count = (int)(header->sh_size / header->sh_entsize);
    for (int i = 0; i < count; i++) {
        if (!gelf_getsym(data, i, symbol) || symbol->st_shndx == SHN_UNDEF)
            continue;
        const char *symbol_name = elf_strptr(elf, header->sh_link, symbol->st_name);
        if (symbol_name && !strcmp(symbol_name, name))
            return true;
    }
    return false;
}

bool image_symbol(struct image *image, const char *name, GElf_Sym *symbol)
{
    static const GElf_Word tables[] = {SHT_SYMTAB, SHT_DYNSYM};
    for (int i = 0; i < 2; i++) {
        Elf_Scn *section = NULL;
        while ((section = elf_nextscn(image->elf, section))) {
            GElf_Shdr header;
            if (gelf_getshdr(section, &header) && header.sh_type == tables[i] &&
                table_symbol(image->elf, section, &header, name, symbol))
                return true;
        }
    }
    return false;
}
