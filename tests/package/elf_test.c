/* SPDX-License-Identifier: Apache-2.0 */
/* Shared objects: what the linker makes of odd options is refused by name; single fields are
 * turned; then a fixed random source flips bytes, and whatever it makes is looked at safely. */
#include "package/elf.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/memory.h"
#include "lib/files.h"
#include "package/maker.h"

static int check(const void *bytes, size_t size, char warning[PACKAGE_TEXT_SIZE], struct package_refusal *refusal)
{
    *refusal = (struct package_refusal){.code = ""};
    return package_elf_check(bytes, size, "module.so", warning, refusal);
}

static void the_smallest_module_is_fine(void **state)
{
    const struct maker *maker = *state;
    char warning[PACKAGE_TEXT_SIZE];
    struct package_refusal refusal;

    CHECK_I64(OD_OK, check(maker->module, maker->module_size, warning, &refusal), refusal.text);
    CHECK_TEXT("", warning, "nothing to warn of");
}

static char *build(const char *folder, const char *source, const char *options, size_t *size)
{
    char line[2048], path[1024];

    maker_write_file(folder, "m.c", source, strlen(source));
    snprintf(line, sizeof(line), "cd %s && cc -w -o m.so %s m.c >out 2>&1", folder, options);
    if (system(line) != 0)
        return NULL;
    snprintf(path, sizeof(path), "%s/m.so", folder);
    return test_file_read(path, size);
}

#define ENTRY "const int od_plugin_entry = 1;\n"
#define SHARED "-shared -fPIC -Wl,-z,noexecstack "

static void what_the_linker_makes(void **state)
{
    static const struct {
        const char *source, *options, *message, *why;
    } rows[] = {
        {ENTRY, SHARED, NULL, "plain"},
        {ENTRY, SHARED "-Wl,--hash-style=sysv", NULL, "the older hash"},
        {ENTRY, SHARED "-Wl,--hash-style=both -Wl,-z,relro,-z,now", NULL, "both hashes"},
        {ENTRY "int f(void) { return 1; } __thread int t; int g(void) { return t++; }", SHARED, NULL, "code and thread data"},
        {ENTRY, SHARED "-Wl,-rpath,/usr/lib/x86_64-linux-gnu", NULL, "the system's own folder"},
        {ENTRY, SHARED "-Wl,-rpath,/usr/lib:/lib64", NULL, "two of them"},
        {ENTRY, SHARED "-Wl,-rpath,/tmp/x", "looks for libraries outside the system's folders", "a writable folder"},
        {ENTRY, SHARED "-Wl,--disable-new-dtags -Wl,-rpath,/usr/lib/../../tmp", "outside the system's folders", "RPATH, with a way out"},
        {ENTRY, SHARED "-Wl,-rpath,lib", "outside the system's folders", "a relative path"},
        {ENTRY, SHARED "-Wl,-rpath,/usr/lib:", "outside the system's folders", "an empty path is the present folder"},
        {ENTRY, SHARED "-Wl,-rpath,/usr/library", "outside the system's folders", "half a name"},
        {ENTRY, SHARED "-Wl,-rpath,'$ORIGIN' -Wl,-z,origin", "looks for libraries beside itself", "$ORIGIN"},
        {ENTRY, "-shared -fPIC -Wl,-z,execstack", "wants an executable stack", "execstack"},
        {ENTRY, SHARED "-Wl,-z,nodelete", NULL, "nodelete is a warning"},
        {ENTRY, SHARED "-Wl,--audit=libx.so", "hooks into the loader", "an audit library"},
        {ENTRY, SHARED "-Wl,-f,libx.so", "hooks into the loader", "an auxiliary filter"},
        {"const int other = 1;\n", SHARED, "exports no od_plugin_entry", "no entry"},
        {"__attribute__((visibility(\"hidden\"))) " ENTRY, SHARED, "exports no od_plugin_entry", "a hidden entry"},
        {"int od_plugin_entry(void) { return 1; }\n", SHARED, "exports no od_plugin_entry", "a function"},
        {"extern const int od_plugin_entry; int f(void) { return od_plugin_entry; }\n", SHARED, "exports no od_plugin_entry", "only wanted"},
        {"int main(void) { return 0; }\n" ENTRY, "-pie -fPIE", "is a program", "a program"},
        {"int main(void) { return 0; }\n" ENTRY, "-no-pie", "is no shared object", "an old program"},
        {ENTRY, "-c -fPIC", "is no shared object", "an object file"},
    };
    const char *folder = maker_folder();

    (void)state;
    if (system("command -v cc >/dev/null 2>&1") != 0)
        skip();
    for (size_t i = 0; i < COUNT(rows); i++) {
        char warning[PACKAGE_TEXT_SIZE];
        struct package_refusal refusal;
        size_t size;
        char *bytes = build(folder, rows[i].source, rows[i].options, &size);

        if (bytes == NULL)
            fail_msg("%s: the compiler does not take %s", rows[i].why, rows[i].options);
        int rc = check(bytes, size, warning, &refusal);
        if (rc != (rows[i].message == NULL ? OD_OK : OD_EINVAL) || (rows[i].message != NULL && strstr(refusal.text, rows[i].message) == NULL))
            fail_msg("%s: %d %s", rows[i].why, rc, refusal.text);
        CHECK((strstr(rows[i].options, "nodelete") != NULL) == (warning[0] != '\0'), rows[i].why);
        free(bytes);
    }
    maker_remove(folder);
}

static Elf64_Phdr *segment_of(char *bytes, uint32_t type)
{
    Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)bytes;
    Elf64_Phdr *segments = (Elf64_Phdr *)(void *)(bytes + header->e_phoff);

    for (size_t i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == type)
            return &segments[i];
    return NULL;
}

static Elf64_Dyn *dynamic_of(char *bytes, int64_t tag)
{
    const Elf64_Phdr *segment = segment_of(bytes, PT_DYNAMIC);
    Elf64_Dyn *entry = (Elf64_Dyn *)(void *)(bytes + segment->p_offset);

    while (entry->d_tag != tag && entry->d_tag != DT_NULL)
        entry++;
    return entry;
}

enum turn { CLASS, MACHINE, TYPE, VERSION, COUNT_0, COUNT_65, PLACE, SIZE_PH, BEYOND, SHRUNK, HUGE, WRITABLE, ALIGN, NO_STACK, NO_DYNAMIC, MOVED, NO_END, STRINGS, NEEDED, NEEDED_PATH, TEXTREL, PIE, SYMENT, HASH };

static void turn_field(char *bytes, enum turn turn)
{
    Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)bytes;
    Elf64_Phdr *load = segment_of(bytes, PT_LOAD), *dynamic = segment_of(bytes, PT_DYNAMIC);

    switch (turn) {
    case CLASS: header->e_ident[EI_CLASS] = ELFCLASS32; break;
    case MACHINE: header->e_machine = EM_68K; break;
    case TYPE: header->e_type = ET_EXEC; break;
    case VERSION: header->e_version = 9; break;
    case COUNT_0: header->e_phnum = 0; break;
    case COUNT_65: header->e_phnum = PACKAGE_ELF_SEGMENTS_MAX + 1; break;
    case PLACE: header->e_phoff = UINT64_MAX - 8; break;
    case SIZE_PH: header->e_phentsize = 32; break;
    case BEYOND: load->p_filesz = UINT64_MAX; break;
    case SHRUNK: load->p_memsz = 1; break;
    case HUGE: load->p_memsz = PACKAGE_ELF_SPAN_MAX + 1; break;
    case WRITABLE: load->p_flags = PF_R | PF_W | PF_X; break;
    case ALIGN: load->p_align = 3; break;
    case NO_STACK: segment_of(bytes, PT_GNU_STACK)->p_type = PT_NULL; break;
    case NO_DYNAMIC: dynamic->p_type = PT_NULL; break;
    case MOVED: dynamic->p_offset += 8; break;
    case NO_END: dynamic->p_filesz = sizeof(Elf64_Dyn); break;
    case STRINGS: dynamic_of(bytes, DT_STRSZ)->d_un.d_val = UINT64_MAX; break;
    case NEEDED: dynamic_of(bytes, DT_NEEDED)->d_un.d_val = UINT64_MAX; break;
    case NEEDED_PATH: {
        const Elf64_Dyn *needed = dynamic_of(bytes, DT_NEEDED);
        bytes[dynamic_of(bytes, DT_STRTAB)->d_un.d_val + needed->d_un.d_val] = '/'; /* the first segment starts at 0 */
        break;
    }
    case TEXTREL: dynamic_of(bytes, DT_NEEDED)->d_tag = DT_TEXTREL; break;
    case PIE: *dynamic_of(bytes, DT_NEEDED) = (Elf64_Dyn){.d_tag = DT_FLAGS_1, .d_un.d_val = DF_1_PIE}; break;
    case SYMENT: dynamic_of(bytes, DT_SYMENT)->d_un.d_val = 16; break;
    case HASH: dynamic_of(bytes, DT_GNU_HASH)->d_un.d_val = UINT64_MAX - 3; break;
    }
}

static void single_fields(void **state)
{
    static const struct {
        enum turn turn;
        const char *message;
    } rows[] = {
        {CLASS, "is built for another kind of machine"}, {MACHINE, "is built for another kind of machine"},
        {TYPE, "is no shared object"}, {VERSION, "has an unknown ELF version"}, {COUNT_0, "program headers"},
        {COUNT_65, "program headers"}, {PLACE, "program headers beyond its end"}, {SIZE_PH, "of another size"},
        {BEYOND, "has a segment beyond its end"}, {SHRUNK, "larger than it may be"}, {HUGE, "larger than it may be"},
        {WRITABLE, "has code that is writable"}, {ALIGN, "out of order or alignment"}, {NO_STACK, "its stack is not executable"},
        {NO_DYNAMIC, "no dynamic section"}, {MOVED, "has a dynamic section out of bounds"}, {NO_END, "dynamic section without an end"},
        {STRINGS, "out of bounds"}, {NEEDED, "names a library out of bounds"}, {NEEDED_PATH, "names a library by its path"},
        {TEXTREL, "has text relocations"}, {PIE, "is a program"}, {SYMENT, "symbols of another size"}, {HASH, "exports no od_plugin_entry"},
    };
    const struct maker *maker = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *bytes = maker_copy(maker->module, maker->module_size), warning[PACKAGE_TEXT_SIZE];
        struct package_refusal refusal;

        turn_field(bytes, rows[i].turn);
        CHECK_I64(OD_EINVAL, check(bytes, maker->module_size, warning, &refusal), rows[i].message);
        if (strstr(refusal.text, rows[i].message) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", refusal.text, rows[i].message);
        base_free(bytes);
    }
}

static void a_cut_file_is_refused(void **state)
{
    const struct maker *maker = *state;
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)(const void *)maker->module;
    char warning[PACKAGE_TEXT_SIZE];
    struct package_refusal refusal;

    for (size_t size = 0; size < header->e_phoff + header->e_phnum * sizeof(Elf64_Phdr); size++) {
        char *bytes = malloc(size + 1); /* no byte beyond: memory checkers see */
        memcpy(bytes, maker->module, size);
        CHECK_I64(OD_EINVAL, check(bytes, size, warning, &refusal), "cut in its head");
        free(bytes);
    }
}

static void flipped_bytes_are_looked_at_safely(void **state)
{
    const struct maker *maker = *state;
    uint64_t source = 2463534242u;
    unsigned refused = 0;

    for (unsigned round = 0; round < 30000; round++) {
        char *bytes = maker_copy(maker->module, maker->module_size), warning[PACKAGE_TEXT_SIZE];
        struct package_refusal refusal;
        const Elf64_Phdr *dynamic = segment_of(bytes, PT_DYNAMIC);
        size_t from = round % 3 == 0 ? 0 : round % 3 == 1 ? dynamic->p_offset : 0;
        size_t span = round % 3 == 0 ? 1024 : round % 3 == 1 ? dynamic->p_filesz : maker->module_size;

        for (unsigned flips = 0; flips < 4; flips++) {
            source ^= source << 13;
            source ^= source >> 7;
            source ^= source << 17;
            bytes[from + source % span] = (char)(source >> 32);
        }
        refused += check(bytes, maker->module_size, warning, &refusal) != OD_OK;
        base_free(bytes);
    }
    CHECK(refused > 3000, "many are noticed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_module_is_fine),
        cmocka_unit_test(what_the_linker_makes),
        cmocka_unit_test(single_fields),
        cmocka_unit_test(a_cut_file_is_refused),
        cmocka_unit_test(flipped_bytes_are_looked_at_safely),
    };

    return cmocka_run_group_tests(tests, maker_open, maker_close);
}
