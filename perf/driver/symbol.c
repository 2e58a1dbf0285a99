/*
 * Names for addresses, for listings.
 *
 * /proc/PID/maps says which file an address is mapped from and at which offset; the file's symbol tables (.symtab where
 * it was kept, .dynsym otherwise) say which function that is.  Files stay open until the harness ends: a listing asks
 * for the same few over and over.
 */
#define _GNU_SOURCE
#include "perf/driver/symbol.h"

#include "perf/driver/image.h"
#include "perf/driver/text.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES_MAX = 64 };

/* Files read so far; they stay open until the harness ends. */
static struct known_image {
    char *path;
    struct image image;
} images[IMAGES_MAX];
static size_t image_count;

static struct known_image *image_of(const char *path)
{
    for (size_t i = 0; i < image_count; i++)
        if (!strcmp(images[i].path, path))
            return &images[i];
    if (image_count == IMAGES_MAX)
        return NULL;
    images[image_count].path = text_copy(path);
    image_open(path, &images[image_count].image);
    return &images[image_count++];
}

/* Fills in the file that the address is mapped from and the offset there. */
static bool find_mapping(pid_t pid, uint64_t address, char path[PATH_MAX], uint64_t *offset)
{
    char name[32], line[PATH_MAX + 128];
    bool found = false;
    snprintf(name, sizeof name, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(name, "re");
    while (maps && !found && fgets(line, sizeof line, maps)) {
        uint64_t start, end, from;
        int at = 0;
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %n", &start, &end, &from, &at) < 3 || !at)
            continue;
        found = address >= start && address < end && line[at] == '/';
        if (!found)
            continue;
        *offset = address - start + from;
        snprintf(path, PATH_MAX, "%s", text_trim(line + at));
    }
    if (maps)
        fclose(maps);
    return found;
}

/* The offset in the file as the address that its symbols have. */
static uint64_t linked_address(const struct image *image, uint64_t offset)
{
    for (size_t i = 0; i < image->header.e_phnum; i++) {
        GElf_Phdr segment;
        if (gelf_getphdr(image->elf, (int)i, &segment) && segment.p_type == PT_LOAD && offset >= segment.p_offset &&
            offset < segment.p_offset + segment.p_filesz)
            return offset - segment.p_offset + segment.p_vaddr;
    }
    return offset;
}

static bool covers(const GElf_Sym *symbol, uint64_t address)
{
    return GELF_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF && address >= symbol->st_value &&
           address < symbol->st_value + symbol->st_size;
}

/* Of several names for one function the one with the fewest underscores in front: malloc rather than __libc_malloc. */
static const char *table_name(struct image *image, Elf_Scn *section, const GElf_Shdr *header, uint64_t address)
{
    const char *best = NULL;
    Elf_Data *data = elf_getdata(section, NULL);
    int count = data && header->sh_entsize ? (int)(header->sh_size / header->sh_entsize) : 0;
    for (int i = 0; i < count; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, i, &symbol) || !covers(&symbol, address))
            continue;
        const char *name = elf_strptr(image->elf, header->sh_link, symbol.st_name);
        if (name && (!best || strspn(name, "_") < strspn(best, "_")))
            best = name;
    }
    return best;
}

static const char *name_in(struct image *image, uint64_t address)
{
    static const GElf_Word tables[] = {SHT_SYMTAB, SHT_DYNSYM};
    for (int i = 0; i < 2; i++) {
        Elf_Scn *section = NULL;
        while ((section = elf_nextscn(image->elf, section))) {
            GElf_Shdr header;
            const char *name = NULL;
            if (gelf_getshdr(section, &header) && header.sh_type == tables[i])
                name = table_name(image, section, &header, address);
            if (name)
                return name;
        }
    }
    return NULL;
}

const char *symbol_at(pid_t pid, uint64_t address)
{
    static char path[PATH_MAX];
    uint64_t offset;
    if (!find_mapping(pid, address, path, &offset))
        return "no file";
    struct known_image *known = image_of(path);
    if (!known)
        return "too many files";
    struct image *image = &known->image;
    const char *name = image->elf ? name_in(image, linked_address(image, offset)) : NULL;
    return name ? name : text_base_name(known->path);
}
