/* SPDX-License-Identifier: Apache-2.0 */
/* What a stranger's package is made of: the first byte says which reader gets the rest. */
#include <stdlib.h>
#include <string.h>

#include "package/elf.h"
#include "package/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_archive(const char *text, size_t size)
{
    struct package_bundle bundle = {.count = 0};
    struct package_refusal refusal;

    if (package_bundle_unpack(text, size, "fuzz", PACKAGE_PART_WHOLE, &bundle, &refusal) != OD_OK && refusal.text[0] == '\0')
        abort();
    for (size_t i = 0; i < bundle.count; i++)
        if (bundle.entries[i].size > package_entry_size_max(bundle.entries[i].name))
            abort();
    package_bundle_fini(&bundle);
}

static void read_elf(const char *text, size_t size)
{
    char warning[PACKAGE_TEXT_SIZE];
    struct package_refusal refusal = {.code = ""};

    if (package_elf_check(text, size, "fuzz", warning, &refusal) != OD_OK && refusal.text[0] == '\0')
        abort();
}

static void read_signature(const char *text, size_t size)
{
    static const struct package_public_key key;
    struct package_signature signature;
    struct package_public_key other;
    struct package_secret_key secret;
    bool needs_password;

    if (package_signature_read(text, size, &signature) == OD_OK)
        (void)package_signature_check(&signature, &key, text, size);
    if (package_public_key_read(text, size, &other) == OD_OK && package_secret_key_read(text, size, NULL, &needs_password, &secret) == OD_OK)
        abort(); /* no text is both */
}

static void read_manifest(const char *text, size_t size)
{
    static const char config[] = "{\"a\":[1,{\"b\":\"c\"},null],\"d\":{\"e\":true}}";
    struct package_manifest manifest = {.root = NULL};
    char message[PACKAGE_TEXT_SIZE];

    if (package_manifest_read(text, size, NULL, &manifest, message) == OD_OK) {
        if (package_config_check(&manifest, config, sizeof(config) - 1, message) == OD_ENOMEM)
            abort();
    } else if (message[0] == '\0') {
        abort();
    }
    package_manifest_fini(&manifest);
}

static void read_trust(const char *text, size_t size)
{
    struct package_trust trust = {.keys = NULL};
    char message[PACKAGE_TEXT_SIZE];

    if (package_trust_read(text, size, "fuzz", &trust, message) != OD_OK && message[0] == '\0')
        abort();
    package_trust_fini(&trust);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static void (*const readers[])(const char *, size_t) = {read_archive, read_elf, read_signature, read_manifest, read_trust};

    if (size > 0)
        readers[bytes[0] % (sizeof(readers) / sizeof(readers[0]))]((const char *)bytes + 1, size - 1);
    return 0;
}
