/* SPDX-License-Identifier: Apache-2.0 */
#include "host/module.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#elif defined(__riscv)
#define MACHINE EM_RISCV
#else
#error "name this machine's ELF number here"
#endif

static int refuse(char reason[HOST_REASON_SIZE], const char *path, const char *why)
{
    snprintf(reason, HOST_REASON_SIZE, "%.200s: %.250s", path, why);
    return OD_EINVAL;
}

static int header_check(int fd, const char *path, char reason[HOST_REASON_SIZE])
{
    Elf64_Ehdr header;

    if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return refuse(reason, path, "not an ELF file");
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_machine != MACHINE)
        return refuse(reason, path, "built for another kind of machine");
    if (header.e_type != ET_DYN)
        return refuse(reason, path, "not a shared object; build it with -shared -fPIC");
    return OD_OK;
}

int host_module_find(const char *folder, int *fd, char reason[HOST_REASON_SIZE])
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/module.so", folder);
    int found = open(path, O_RDONLY | O_CLOEXEC);
    if (found < 0)
        return refuse(reason, path, strerror(errno));
    int rc = header_check(found, path, reason);
    if (rc == OD_OK)
        *fd = found;
    else
        close(found);
    return rc;
}

int host_module_check(int fd, const char *path, char reason[HOST_REASON_SIZE])
{
    const int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
    int have = fcntl(fd, F_GET_SEALS);

    if (have < 0 || (have & seals) != seals)
        return refuse(reason, path, "not sealed: the hub hands modules over in memory that nobody can change");
    return header_check(fd, path, reason);
}

int host_module_hash(int fd, char text[HOST_HASH_TEXT_SIZE])
{
    uint8_t hash[BASE_HASH_SIZE];
    struct stat about;

    if (fstat(fd, &about) != 0 || about.st_size <= 0)
        return OD_EIO;
    void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return OD_EIO;
    base_hash(bytes, (size_t)about.st_size, hash);
    munmap(bytes, (size_t)about.st_size);
    base_hex(hash, sizeof(hash), text);
    return OD_OK;
}

static int abi_check(const struct od_plugin *plugin, const struct host_manifest *manifest,
                     char reason[HOST_REASON_SIZE])
{
    if (plugin->magic != OD_PLUGIN_MAGIC) {
        snprintf(reason, HOST_REASON_SIZE, "od_plugin_entry does not begin with OD_PLUGIN_INIT");
        return OD_EUNSUPPORTED;
    }
    if (plugin->abi_major != OD_ABI_MAJOR || plugin->abi_minor > OD_ABI_MINOR ||
        plugin->size < offsetof(struct od_plugin, resume)) {
        snprintf(reason, HOST_REASON_SIZE, "built for connector ABI %u.%u, this host speaks %u.%u: build it again",
                 plugin->abi_major, plugin->abi_minor, OD_ABI_MAJOR, OD_ABI_MINOR);
        return OD_EUNSUPPORTED;
    }
    if (plugin->abi_major != manifest->abi_major || plugin->abi_minor != manifest->abi_minor) {
        snprintf(reason, HOST_REASON_SIZE, "manifest.json says ABI %u.%u, module.so was built with %u.%u",
                 manifest->abi_major, manifest->abi_minor, plugin->abi_major, plugin->abi_minor);
        return OD_EUNSUPPORTED;
    }
    return OD_OK;
}

static int name_check(const char *what, const char *in_module, const char *in_manifest,
                      char reason[HOST_REASON_SIZE])
{
    if (in_module != NULL && strcmp(in_module, in_manifest) == 0)
        return OD_OK;
    snprintf(reason, HOST_REASON_SIZE, "manifest.json says %s \"%s\", module.so says \"%.64s\"", what, in_manifest,
             in_module != NULL ? in_module : "");
    return OD_EINVAL;
}

int host_plugin_check(const struct od_plugin *plugin, const struct host_manifest *manifest,
                      char reason[HOST_REASON_SIZE])
{
    int rc = abi_check(plugin, manifest, reason);

    if (rc == OD_OK)
        rc = name_check("id", plugin->id, manifest->id, reason);
    if (rc == OD_OK)
        rc = name_check("version", plugin->version, manifest->version, reason);
    if (rc != OD_OK)
        return rc;
    if (plugin->open == NULL || plugin->close == NULL || plugin->offer == NULL) {
        snprintf(reason, HOST_REASON_SIZE, "open, close and offer are required");
        return OD_EINVAL;
    }
    return OD_OK;
}

int host_module_open(int fd, const struct host_manifest *manifest, struct od_plugin *out,
                     char reason[HOST_REASON_SIZE])
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return host_module_open_path(path, manifest, out, reason);
}

int host_module_open_path(const char *path, const struct host_manifest *manifest, struct od_plugin *out,
                          char reason[HOST_REASON_SIZE])
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return refuse(reason, "module.so", dlerror());
    const struct od_plugin *plugin = dlsym(library, "od_plugin_entry");
    if (plugin == NULL)
        return refuse(reason, "module.so", "exports no od_plugin_entry; define OD_PLUGIN");
    int rc = host_plugin_check(plugin, manifest, reason);
    if (rc != OD_OK)
        return rc;
    *out = (struct od_plugin){.magic = OD_PLUGIN_MAGIC};
    memcpy(out, plugin, plugin->size < sizeof(*out) ? plugin->size : sizeof(*out));
    return OD_OK;
}
