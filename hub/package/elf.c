/* SPDX-License-Identifier: Apache-2.0 */
/* header -> segments -> dynamic section -> its tables -> od_plugin_entry. Every number that
 * comes from the file is checked before it is used as a place or a size. */
#include "package/elf.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#elif defined(__riscv)
#define MACHINE EM_RISCV
#else
#error "name this machine's ELF number here"
#endif

#define PAGE 4096 /* the smallest of any machine above */
#define ALIGN_MAX (2 * 1024 * 1024)
#define CHAIN_MAX 65536 /* symbols that are looked at */

struct image {
    const uint8_t *bytes;
    size_t size;
    const char *label;
    char *warning;
    struct package_refusal *refusal;
    Elf64_Phdr loads[PACKAGE_ELF_SEGMENTS_MAX];
    size_t load_count;
    Elf64_Phdr dynamic;
    bool has_dynamic, has_stack;
    /* from the dynamic section; addresses, 0 = none */
    uint64_t strings, strings_size, symbols, hash, gnu_hash, flags, flags_1;
    uint64_t needed[PACKAGE_ELF_NEEDED_MAX], paths[2];
    size_t needed_count, path_count;
};

static int refuse(const struct image *image, const char *what)
{
    return package_refuse(image->refusal, OD_EINVAL, "elf", "%.120s: %.300s.", image->label, what);
}

static bool is_inside(uint64_t at, uint64_t size, uint64_t whole)
{
    return at <= whole && size <= whole - at;
}

/* The bytes that the loader maps at address, or NULL unless all size of them are from the file. */
static const uint8_t *find(const struct image *image, uint64_t address, uint64_t size)
{
    for (size_t i = 0; i < image->load_count; i++) {
        const Elf64_Phdr *load = &image->loads[i];

        if (address >= load->p_vaddr && is_inside(address - load->p_vaddr, size, load->p_filesz))
            return image->bytes + load->p_offset + (address - load->p_vaddr);
    }
    return NULL;
}

static int check_header(const struct image *image, Elf64_Ehdr *header)
{
    if (image->size < sizeof(*header))
        return refuse(image, "is no ELF file");
    memcpy(header, image->bytes, sizeof(*header));
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return refuse(image, "is no ELF file");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_machine != MACHINE)
        return refuse(image, "is built for another kind of machine");
    if (header->e_ident[EI_VERSION] != EV_CURRENT || header->e_version != EV_CURRENT)
        return refuse(image, "has an unknown ELF version");
    if (header->e_type != ET_DYN)
        return refuse(image, "is no shared object; build it with -shared -fPIC");
    if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 || header->e_phnum > PACKAGE_ELF_SEGMENTS_MAX)
        return refuse(image, "has too many program headers, or of another size");
    if (!is_inside(header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr), image->size))
        return refuse(image, "has program headers beyond its end");
    return OD_OK;
}

/* Whole pages are mapped: bytes of one segment must not come from another's page. */
static bool is_aligned(const Elf64_Phdr *load, const Elf64_Phdr *before)
{
    uint64_t align = load->p_align;
    uint64_t end = before != NULL ? (before->p_vaddr + before->p_memsz + PAGE - 1) & ~(uint64_t)(PAGE - 1) : 0;

    return align >= PAGE && (align & (align - 1)) == 0 && align <= ALIGN_MAX &&
           ((load->p_vaddr - load->p_offset) & (align - 1)) == 0 && (load->p_vaddr & ~(uint64_t)(PAGE - 1)) >= end;
}

static int take_load(struct image *image, const Elf64_Phdr *load)
{
    const Elf64_Phdr *before = image->load_count > 0 ? &image->loads[image->load_count - 1] : NULL;

    if ((load->p_flags & PF_W) != 0 && (load->p_flags & PF_X) != 0)
        return refuse(image, "has code that is writable; build it without -z execstack or self-made sections");
    if (!is_aligned(load, before))
        return refuse(image, "has segments out of order or alignment");
    image->loads[image->load_count++] = *load;
    return OD_OK;
}

static int take_segment(struct image *image, const Elf64_Phdr *segment)
{
    bool is_empty = segment->p_type == PT_NULL || segment->p_type == PT_GNU_STACK;

    if (!is_empty && !is_inside(segment->p_offset, segment->p_filesz, image->size))
        return refuse(image, "has a segment beyond its end");
    if (!is_empty && (segment->p_filesz > segment->p_memsz || !is_inside(segment->p_vaddr, segment->p_memsz, PACKAGE_ELF_SPAN_MAX)))
        return refuse(image, "has a segment larger than it may be");
    switch (segment->p_type) {
    case PT_LOAD: return take_load(image, segment);
    case PT_INTERP: return refuse(image, "is a program; build it with -shared");
    case PT_DYNAMIC:
        if (image->has_dynamic)
            return refuse(image, "has two dynamic sections");
        image->dynamic = *segment;
        image->has_dynamic = true;
        return OD_OK;
    case PT_GNU_STACK:
        image->has_stack = true;
        if ((segment->p_flags & PF_X) != 0)
            return refuse(image, "wants an executable stack; build it with -z noexecstack");
        return OD_OK;
    default: return OD_OK; /* of no matter to the loader's trust */
    }
}

static int read_segments(struct image *image, const Elf64_Ehdr *header)
{
    int rc = OD_OK;

    for (size_t i = 0; rc == OD_OK && i < header->e_phnum; i++) {
        Elf64_Phdr segment;

        memcpy(&segment, image->bytes + header->e_phoff + i * sizeof(segment), sizeof(segment));
        rc = take_segment(image, &segment);
    }
    if (rc == OD_OK && (!image->has_dynamic || image->load_count == 0))
        rc = refuse(image, "has nothing to load, or no dynamic section");
    if (rc == OD_OK && !image->has_stack)
        rc = refuse(image, "does not say that its stack is not executable; build it with -z noexecstack");
    return rc;
}

static int take_path(struct image *image, uint64_t offset)
{
    if (image->path_count == sizeof(image->paths) / sizeof(image->paths[0]))
        return refuse(image, "has more than two search paths");
    image->paths[image->path_count++] = offset;
    return OD_OK;
}

static int take_dynamic(struct image *image, const Elf64_Dyn *entry)
{
    uint64_t value = entry->d_un.d_val;

    switch (entry->d_tag) {
    case DT_STRTAB: image->strings = value; return OD_OK;
    case DT_STRSZ: image->strings_size = value; return OD_OK;
    case DT_SYMTAB: image->symbols = value; return OD_OK;
    case DT_SYMENT: return value == sizeof(Elf64_Sym) ? OD_OK : refuse(image, "has symbols of another size");
    case DT_HASH: image->hash = value; return OD_OK;
    case DT_GNU_HASH: image->gnu_hash = value; return OD_OK;
    case DT_FLAGS: image->flags |= value; return OD_OK;
    case DT_FLAGS_1: image->flags_1 |= value; return OD_OK;
    case DT_RPATH:
    case DT_RUNPATH: return take_path(image, value);
    case DT_TEXTREL: image->flags |= DF_TEXTREL; return OD_OK;
    case DT_AUDIT:
    case DT_DEPAUDIT:
    case DT_AUXILIARY:
    case DT_FILTER: return refuse(image, "hooks into the loader (audit or filter libraries)");
    case DT_NEEDED:
        if (image->needed_count == PACKAGE_ELF_NEEDED_MAX)
            return refuse(image, "needs more than 64 libraries");
        image->needed[image->needed_count++] = value;
        return OD_OK;
    default: return OD_OK;
    }
}

static int read_dynamic(struct image *image)
{
    uint64_t count = image->dynamic.p_filesz / sizeof(Elf64_Dyn);
    const uint8_t *at = find(image, image->dynamic.p_vaddr, image->dynamic.p_filesz);
    bool has_end = false;
    int rc = OD_OK;

    /* What the loader reads is what is mapped there, which must be what the segment says. */
    if (at == NULL || at != image->bytes + image->dynamic.p_offset || count > PACKAGE_ELF_DYNAMIC_MAX)
        return refuse(image, "has a dynamic section out of bounds");
    for (uint64_t i = 0; rc == OD_OK && !has_end && i < count; i++) {
        Elf64_Dyn entry;

        memcpy(&entry, at + i * sizeof(entry), sizeof(entry));
        has_end = entry.d_tag == DT_NULL;
        if (!has_end)
            rc = take_dynamic(image, &entry);
    }
    return rc == OD_OK && !has_end ? refuse(image, "has a dynamic section without an end") : rc;
}

/* A text of the string table, or NULL unless it ends there. */
static const char *text_at(const struct image *image, uint64_t offset)
{
    const uint8_t *table = find(image, image->strings, image->strings_size);

    if (table == NULL || offset >= image->strings_size || memchr(table + offset, '\0', image->strings_size - offset) == NULL)
        return NULL;
    return (const char *)table + offset;
}

/* One place of a search path: only where the system's own packages put libraries. */
static bool is_system_path(const char *text, size_t size)
{
    static const char *const leads[] = {"/lib", "/usr/lib", "/usr/local/lib", "/opt"};
    char path[256];

    if (size == 0 || size >= sizeof(path) || memchr(text, '$', size) != NULL)
        return false;
    snprintf(path, sizeof(path), "%.*s/", (int)size, text);
    if (strstr(path, "/../") != NULL || strstr(path, "/./") != NULL)
        return false;
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        size_t lead = strlen(leads[i]);
        if (strncmp(path, leads[i], lead) == 0 && (path[lead] == '/' || strncmp(path + lead, "64/", 3) == 0))
            return true;
    }
    return false;
}

static int check_path(const struct image *image, uint64_t offset)
{
    const char *text = text_at(image, offset);

    if (text == NULL)
        return refuse(image, "has a search path out of bounds");
    for (;;) {
        size_t size = strcspn(text, ":");
        if (!is_system_path(text, size))
            return refuse(image, "looks for libraries outside the system's folders (RPATH or RUNPATH); link it without -rpath");
        if (text[size] == '\0')
            return OD_OK;
        text += size + 1;
    }
}

static int check_needed(const struct image *image)
{
    if (text_at(image, 0) == NULL)
        return refuse(image, "has its texts out of bounds");
    for (size_t i = 0; i < image->needed_count; i++) {
        const char *name = text_at(image, image->needed[i]);

        if (name == NULL || *name == '\0')
            return refuse(image, "names a library out of bounds");
        if (strchr(name, '/') != NULL || strchr(name, '$') != NULL)
            return refuse(image, "names a library by its path; link it by name");
    }
    return OD_OK;
}

static int check_flags(const struct image *image)
{
    if ((image->flags & DF_TEXTREL) != 0)
        return refuse(image, "has text relocations; build it with -fPIC");
    if ((image->flags & DF_ORIGIN) != 0 || (image->flags_1 & DF_1_ORIGIN) != 0)
        return refuse(image, "looks for libraries beside itself ($ORIGIN); link it without -rpath");
    if ((image->flags_1 & DF_1_PIE) != 0)
        return refuse(image, "is a program; build it with -shared");
    if ((image->flags_1 & DF_1_NODELETE) != 0)
        snprintf(image->warning, PACKAGE_TEXT_SIZE, "%.120s asks never to be unloaded (-z nodelete); its process ends instead, so this has no effect.",
                 image->label);
    return OD_OK;
}

/* Is symbol index the exported constant of that name? */
static bool is_entry(const struct image *image, uint64_t index)
{
    const uint8_t *at = index <= CHAIN_MAX ? find(image, image->symbols + index * sizeof(Elf64_Sym), sizeof(Elf64_Sym)) : NULL;
    Elf64_Sym symbol;

    if (at == NULL)
        return false;
    memcpy(&symbol, at, sizeof(symbol));
    const char *name = text_at(image, symbol.st_name);
    unsigned binding = ELF64_ST_BIND(symbol.st_info);
    return name != NULL && strcmp(name, "od_plugin_entry") == 0 && symbol.st_shndx != SHN_UNDEF &&
           ELF64_ST_TYPE(symbol.st_info) == STT_OBJECT && (binding == STB_GLOBAL || binding == STB_WEAK) &&
           ELF64_ST_VISIBILITY(symbol.st_other) == STV_DEFAULT && find(image, symbol.st_value, 1) != NULL;
}

static bool read_u32(const struct image *image, uint64_t address, uint32_t *value)
{
    const uint8_t *at = find(image, address, sizeof(*value));

    if (at != NULL)
        memcpy(value, at, sizeof(*value));
    return at != NULL;
}

static uint32_t gnu_hash_of(const char *text)
{
    uint32_t hash = 5381;

    for (; *text != '\0'; text++)
        hash = hash * 33 + (uint8_t)*text;
    return hash;
}

/* Walks the one chain of DT_GNU_HASH that the name falls into. */
static bool has_entry_gnu(const struct image *image)
{
    uint32_t head[4], hash = gnu_hash_of("od_plugin_entry"), index, found; /* buckets, first symbol, bloom words, shift */

    for (size_t i = 0; i < 4; i++)
        if (!read_u32(image, image->gnu_hash + i * 4, &head[i]))
            return false;
    if (head[0] == 0)
        return false;
    uint64_t buckets = image->gnu_hash + 16 + (uint64_t)head[2] * 8, chains = buckets + (uint64_t)head[0] * 4;
    if (!read_u32(image, buckets + (uint64_t)(hash % head[0]) * 4, &index) || index < head[1])
        return false;
    for (uint32_t steps = 0; steps < CHAIN_MAX; steps++, index++) {
        if (!read_u32(image, chains + (uint64_t)(index - head[1]) * 4, &found))
            return false;
        if ((found | 1) == (hash | 1) && is_entry(image, index))
            return true;
        if ((found & 1) != 0)
            return false;
    }
    return false;
}

/* DT_HASH says how many symbols there are: each is looked at. */
static bool has_entry_plain(const struct image *image)
{
    uint32_t count;

    if (!read_u32(image, image->hash + 4, &count))
        return false;
    for (uint32_t index = 0; index < count && index < CHAIN_MAX; index++)
        if (is_entry(image, index))
            return true;
    return false;
}

static int check_entry(const struct image *image)
{
    bool has_entry = image->gnu_hash != 0 ? has_entry_gnu(image) : image->hash != 0 && has_entry_plain(image);

    return has_entry ? OD_OK : refuse(image, "exports no od_plugin_entry; define OD_PLUGIN");
}

int package_elf_check(const void *bytes, size_t size, const char *label, char warning[PACKAGE_TEXT_SIZE], struct package_refusal *refusal)
{
    struct image image = {.bytes = bytes, .size = size, .label = label, .warning = warning, .refusal = refusal};
    Elf64_Ehdr header;

    warning[0] = '\0';
    int rc = check_header(&image, &header);
    if (rc == OD_OK)
        rc = read_segments(&image, &header);
    if (rc == OD_OK)
        rc = read_dynamic(&image);
    if (rc == OD_OK)
        rc = check_flags(&image);
    for (size_t i = 0; rc == OD_OK && i < image.path_count; i++)
        rc = check_path(&image, image.paths[i]);
    if (rc == OD_OK)
        rc = check_needed(&image);
    return rc == OD_OK ? check_entry(&image) : rc;
}
