/*
 * What an ELF file tells before anything is run: whether it is an allocator at all, and whether two of them are the
 * same machine code under two names.  The first saves a run whose rows would silently measure libc; the second saves
 * the reader from a comparison whose every difference is noise.
 */
#include "perf/driver/library.h"

#include "perf/driver/image.h"
#include "perf/driver/process.h"
#include "perf/driver/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool section_defines(Elf_Scn *section, const GElf_Shdr *header, Elf *elf, const char *name)
{
    Elf_Data *data = elf_getdata(section, NULL);
    if (!data || !header->sh_entsize)
        return false;
    int count = (int)(header->sh_size / header->sh_entsize);
    for (int i = 0; i < count; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, i, &symbol) || symbol.st_shndx == SHN_UNDEF)
            continue;
        int type = GELF_ST_TYPE(symbol.st_info);
        const char *symbol_name = elf_strptr(elf, header->sh_link, symbol.st_name);
        if ((type == STT_FUNC || type == STT_GNU_IFUNC) && symbol_name && !strcmp(symbol_name, name))
            return true;
    }
    return false;
}

static bool image_defines(struct image *image, const char *name)
{
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(image->elf, section))) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_DYNSYM &&
            section_defines(section, &header, image->elf, name))
            return true;
    }
    return false;
}

static bool image_for_this_machine(const struct image *image)
{
    struct image self;
    bool same = image_open("/proc/self/exe", &self) && self.header.e_machine == image->header.e_machine &&
                self.header.e_ident[EI_CLASS] == image->header.e_ident[EI_CLASS];
    image_close(&self);
    return same;
}

static const char *image_fault(struct image *image)
{
    if (image->header.e_type != ET_DYN)
        return "it is an ELF file, but not a shared object (link it with -shared)";
    if (!image_for_this_machine(image))
        return "it is built for another kind of machine";
    if (!image_defines(image, "malloc"))
        return "it does not define malloc, so preloading it would measure the system's";
    if (!image_defines(image, "free"))
        return "it defines malloc but not free";
    return NULL;
}

int library_check(const char *path, struct lab_error *error)
{
    struct stat about;
    struct image image;
    const char *fault;
    if (stat(path, &about))
        return lab_error_set(error, STATUS_USAGE, "cannot use %s as an allocator: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return lab_error_set(error, STATUS_USAGE, "cannot use %s as an allocator: it is not a file", path);
    if (image_open(path, &image))
        fault = image_fault(&image);
    else
        fault = image.fd < 0 ? "it cannot be read" : "it is not an ELF file; name a shared object (.so)";
    image_close(&image);
    return fault ? lab_error_set(error, STATUS_USAGE, "cannot use %s as an allocator: %s", path, fault) : STATUS_DONE;
}

bool library_same_code(const char *path, const char *other)
{
    struct image left, right;
    bool left_open = image_open(path, &left);
    bool right_open = image_open(other, &right);
    Elf_Data *left_code = left_open ? image_code(&left) : NULL;
    Elf_Data *right_code = right_open ? image_code(&right) : NULL;
    bool same = left_code && right_code && left_code->d_size && left_code->d_size == right_code->d_size &&
                !memcmp(left_code->d_buf, right_code->d_buf, left_code->d_size);
    image_close(&left);
    image_close(&right);
    return same;
}

char *library_sha256(const char *path)
{
    enum { HEX_DIGITS = 64 };
    const char *argv[] = {"sha256sum", "--", path, NULL};
    char *line = process_output(argv);
    if (!line || strspn(line, "0123456789abcdef") < HEX_DIGITS) {
        free(line);
        return NULL;
    }
    line[HEX_DIGITS] = '\0';
    return line;
}
