/* SPDX-License-Identifier: Apache-2.0 */
/* package_verify: check_signature -> read the manifest -> package_trust_check -> check_files -> package_elf_check */
#include "package/verify.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "package/elf.h"

#define PATH_SIZE 4096

struct verifying {
    struct package *package;
    const struct package_policy *policy;
    const struct package_trust_key *key; /* that signed it, or NULL */
    const char *label;
    struct package_refusal *refusal;
};

static int tell_missing(const struct verifying *verifying, const char *name)
{
    return package_refuse(verifying->refusal, OD_EINVAL, "missing_file", "%.120s has no %.80s.", verifying->label, name);
}

static int check_unsigned(const struct verifying *verifying)
{
    if (verifying->policy->may_be_unsigned)
        return OD_OK;
    return package_refuse(verifying->refusal, OD_EDENIED, "unsigned",
                          "%.120s is not signed. Sign it with \"onedoor plugin sign\"; only a center for development may set \"modules_unsigned\".",
                          verifying->label);
}

static int tell_signature(const struct verifying *verifying, enum package_signature_fault fault)
{
    if (fault == PACKAGE_SIGNATURE_COMMENT)
        return package_refuse(verifying->refusal, OD_EDENIED, "altered_comment",
                              "The trusted comment of %.120s is not the one that was signed; get the package again from its maker.", verifying->label);
    return package_refuse(verifying->refusal, OD_EDENIED, "altered",
                          "manifest.json of %.120s is not the one that was signed; get the package again from its maker.", verifying->label);
}

static int check_signature(struct verifying *verifying)
{
    const struct package_entry *manifest = package_bundle_find(&verifying->package->bundle, PACKAGE_MANIFEST_NAME);
    const struct package_entry *file = package_bundle_find(&verifying->package->bundle, PACKAGE_SIGNATURE_NAME);
    struct package_signature signature;
    char id[17];

    if (file == NULL)
        return check_unsigned(verifying);
    if (package_signature_read(file->bytes, file->size, &signature) != OD_OK)
        return package_refuse(verifying->refusal, OD_EINVAL, "signature_form", "%.120s/" PACKAGE_SIGNATURE_NAME " is no minisign signature; sign it again.",
                              verifying->label);
    verifying->key = verifying->policy->trust != NULL ? package_trust_find(verifying->policy->trust, signature.id) : NULL;
    if (verifying->key == NULL) {
        package_key_id_put(signature.id, id);
        return package_refuse(verifying->refusal, OD_EDENIED, "unknown_key", "%.120s is signed by the key %s, which the trust file does not hold.",
                              verifying->label, id);
    }
    enum package_signature_fault fault = package_signature_check(&signature, &verifying->key->key, manifest->bytes, manifest->size);
    if (fault != PACKAGE_SIGNATURE_FINE)
        return tell_signature(verifying, fault);
    verifying->package->is_signed = true;
    memcpy(verifying->package->key, signature.id, sizeof(signature.id));
    snprintf(verifying->package->signed_by, sizeof(verifying->package->signed_by), "%s", verifying->key->name);
    snprintf(verifying->package->comment, sizeof(verifying->package->comment), "%s", signature.comment);
    return OD_OK;
}

static int read_manifest(const struct verifying *verifying, const char *module)
{
    const struct package_entry *entry = package_bundle_find(&verifying->package->bundle, PACKAGE_MANIFEST_NAME);
    int rc = package_manifest_read(entry->bytes, entry->size, module, &verifying->package->manifest, verifying->refusal->text);

    verifying->refusal->code = rc == OD_OK ? "" : rc == OD_ENOMEM ? "memory" : "manifest";
    return rc == OD_ELIMIT ? OD_EINVAL : rc;
}

static const struct package_file *find_file(const struct package_manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->file_count; i++)
        if (strcmp(manifest->files[i].name, name) == 0)
            return &manifest->files[i];
    return NULL;
}

static int check_listed(const struct verifying *verifying, const struct package_file *file)
{
    const struct package_entry *entry = package_bundle_find(&verifying->package->bundle, file->name);
    uint8_t hash[BASE_HASH_SIZE];

    if (entry == NULL)
        return tell_missing(verifying, file->name);
    if (entry->size != file->size)
        return package_refuse(verifying->refusal, OD_EINVAL, "file_size", "%.120s/%.80s has %zu bytes, the manifest says %llu; get the package again.",
                              verifying->label, file->name, entry->size, (unsigned long long)file->size);
    base_hash(entry->bytes, entry->size, hash);
    if (!base_hash_equal(hash, file->hash))
        return package_refuse(verifying->refusal, OD_EINVAL, "file_hash", "%.120s/%.80s is not the file that the manifest names; get the package again.",
                              verifying->label, file->name);
    return OD_OK;
}

static int tell_unknown(const struct verifying *verifying, const char *name)
{
    return package_refuse(verifying->refusal, OD_EINVAL, "unknown_file",
                          "%.120s holds %.80s, which the manifest does not name; take it out, or pack and sign the module again.", verifying->label, name);
}

/* The manifest names every file with its hash, and nothing else is there. */
static int check_files(const struct verifying *verifying)
{
    const struct package_manifest *manifest = &verifying->package->manifest;
    const struct package_bundle *bundle = &verifying->package->bundle;
    int rc = OD_OK;

    if (!manifest->has_files && verifying->package->is_signed)
        return package_refuse(verifying->refusal, OD_EINVAL, "unlisted",
                              "%.120s is signed, but its manifest does not list its files; pack it with \"onedoor plugin pack\" and sign it again.",
                              verifying->label);
    if (!manifest->has_files)
        return OD_OK;
    for (size_t i = 0; rc == OD_OK && i < manifest->file_count; i++)
        rc = check_listed(verifying, &manifest->files[i]);
    for (size_t i = 0; rc == OD_OK && i < bundle->count; i++) {
        const char *name = bundle->entries[i].name;
        bool is_own = strcmp(name, PACKAGE_MANIFEST_NAME) == 0 || strcmp(name, PACKAGE_SIGNATURE_NAME) == 0;
        if (!is_own && find_file(manifest, name) == NULL)
            rc = tell_unknown(verifying, name);
    }
    return rc == OD_OK && bundle->unknown[0] != '\0' ? tell_unknown(verifying, bundle->unknown) : rc;
}

static int check_module(const struct verifying *verifying)
{
    const struct package_entry *entry = package_bundle_find(&verifying->package->bundle, PACKAGE_MODULE_NAME);
    char label[160];

    if (entry == NULL)
        return tell_missing(verifying, PACKAGE_MODULE_NAME);
    snprintf(label, sizeof(label), "%.120s/" PACKAGE_MODULE_NAME, verifying->label);
    return package_elf_check(entry->bytes, entry->size, label, verifying->package->warning, verifying->refusal);
}

static void put_identity(struct package *package)
{
    const struct package_entry *manifest = package_bundle_find(&package->bundle, PACKAGE_MANIFEST_NAME);
    const struct package_entry *module = package_bundle_find(&package->bundle, PACKAGE_MODULE_NAME);
    struct package_identity *identity = &package->identity;

    base_hash(manifest->bytes, manifest->size, identity->manifest);
    if (module != NULL)
        base_hash(module->bytes, module->size, identity->module);
    if (package->manifest.has_files)
        memcpy(identity->address, identity->manifest, BASE_HASH_SIZE);
    else
        base_hash_pair(identity->manifest, BASE_HASH_SIZE, identity->module, BASE_HASH_SIZE, identity->address);
}

int package_verify(struct package *package, const char *module, enum package_part part, const struct package_policy *policy,
                   struct package_refusal *refusal)
{
    struct verifying verifying = {
        .package = package, .policy = policy, .label = module != NULL ? module : "The package", .refusal = refusal};
    int rc = OD_OK;

    *refusal = (struct package_refusal){.code = ""};
    if (package_bundle_find(&package->bundle, PACKAGE_MANIFEST_NAME) == NULL)
        rc = tell_missing(&verifying, PACKAGE_MANIFEST_NAME);
    if (rc == OD_OK)
        rc = check_signature(&verifying);
    if (rc == OD_OK)
        rc = read_manifest(&verifying, module);
    if (rc == OD_OK && verifying.key != NULL)
        rc = package_trust_check(verifying.key, &package->manifest, policy->today, refusal);
    if (rc == OD_OK && part == PACKAGE_PART_WHOLE)
        rc = check_files(&verifying);
    if (rc == OD_OK && part == PACKAGE_PART_WHOLE)
        rc = check_module(&verifying);
    if (rc == OD_OK)
        put_identity(package);
    return rc;
}

void package_fini(struct package *package)
{
    package_bundle_fini(&package->bundle);
    package_manifest_fini(&package->manifest);
    *package = (struct package){.is_signed = false};
}

int package_find(const char *folder, const char *module, enum package_part part, struct package_bundle *bundle,
                 struct package_refusal *refusal)
{
    char path[PATH_SIZE];

    if (!package_name_is_valid(module, PACKAGE_NAME_MAX))
        return package_refuse(refusal, OD_EINVAL, "name", "\"%.80s\" is no module name; use <id>-<version> as in the module folder.", module);
    int size = snprintf(path, sizeof(path), "%s/%s", folder, module);
    if (size < 0 || (size_t)size + sizeof(PACKAGE_SUFFIX) > sizeof(path))
        return package_refuse(refusal, OD_EINVAL, "unreadable", "The path of the module folder is too long.");
    int rc = package_bundle_read(path, module, part, bundle, refusal);
    if (rc != OD_ENOTFOUND || bundle->count > 0)
        return rc;
    memcpy(path + size, PACKAGE_SUFFIX, sizeof(PACKAGE_SUFFIX));
    package_bundle_fini(bundle);
    rc = package_bundle_read(path, module, part, bundle, refusal);
    if (rc != OD_ENOTFOUND)
        return rc;
    return package_refuse(refusal, rc, "missing", "No module %s: %.200s holds neither %s/" PACKAGE_MANIFEST_NAME " nor %s" PACKAGE_SUFFIX ". Put it there.",
                          module, folder, module, module);
}

int package_trust_load(const char *file, struct package_trust *trust, char message[PACKAGE_TEXT_SIZE])
{
    char *bytes = NULL;
    size_t size = 0;
    int rc = package_file_read(AT_FDCWD, file, PACKAGE_TRUST_MAX, &bytes, &size);

    if (rc == OD_OK) {
        rc = package_trust_read(bytes, size, file, trust, message);
        base_free(bytes);
        return rc == OD_ENOMEM || rc == OD_OK ? rc : OD_EINVAL;
    }
    snprintf(message, PACKAGE_TEXT_SIZE, "The trust file %.300s cannot be read: %s.", file,
             rc == OD_ENOTFOUND ? "it does not exist" : rc == OD_ELIMIT ? "it is too large" : rc == OD_ENOMEM ? "no memory left" : "it is no plain file that the hub's user may read");
    return rc == OD_ENOMEM ? rc : OD_EINVAL;
}
