/* SPDX-License-Identifier: Apache-2.0 */
/* A module on its way to a host:
 *
 *   connect_load -> connect_module_open: folder, package file or module store -> verified in memory
 *     -> staged -> sealed: connect_module_seal -> each start of a host: connect_module_trust -> descriptors 5 and 6
 *     -> first ready: connect_module_note
 *
 * What is checked, and why it cannot be swapped in between: package/verify.h, package/stage.h. */
#include "connect/inside.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/time.h"

#define PATH_SIZE 4096
#define DAY_MS 86400000

struct connect_judge connect_judge_of(const struct connect *connect)
{
    return (struct connect_judge){
        .options = &connect->options, .stage = connect->stage,
        .policy = {.trust = connect->trust != NULL ? &connect->trust->trust : NULL, .may_be_unsigned = connect->options.may_be_unsigned,
                   .today = (int32_t)(base_wall_ms() / DAY_MS)}};
}

static int tell(char text[512], const struct package_refusal *refusal, int rc)
{
    snprintf(text, 512, "%s", refusal->text);
    return rc == OD_EIO ? OD_EINVAL : rc;
}

/* The bundle is there: may it run? */
static int check(const struct connect_judge *judge, const struct connect_loading *loading, struct package *package, struct package_refusal *refusal)
{
    int rc = package_verify(package, loading->module, PACKAGE_PART_WHOLE, &judge->policy, refusal);

    return rc == OD_OK ? package_stage_admit(judge->stage, package, loading->is_again ? PACKAGE_LOAD_AGAIN : PACKAGE_LOAD_NEW, refusal) : rc;
}

/* What ran here last under that name, if the store still has just that. Errors: OD_ENOTFOUND it has not; OD_EDENIED
 * it may not run any more; *package is empty then. */
static int open_stored(const struct connect_judge *judge, const struct connect_loading *loading, struct package *package, struct package_refusal *refusal)
{
    uint8_t address[BASE_HASH_SIZE];

    if (package_stage_find(judge->stage, loading->module, address) != OD_OK)
        return OD_ENOTFOUND;
    int rc = package_stage_read(judge->stage, address, loading->module, PACKAGE_PART_WHOLE, &package->bundle, refusal);
    if (rc == OD_OK)
        rc = check(judge, loading, package, refusal);
    if (rc == OD_OK && base_hash_equal(address, package->identity.address))
        return OD_OK;
    package_fini(package);
    return rc == OD_EDENIED || rc == OD_ENOMEM ? rc : OD_ENOTFOUND;
}

static bool is_wanted(void *owner, const uint8_t address[BASE_HASH_SIZE])
{
    for (struct connect_link *link = connect_first(owner); link != NULL; link = connect_next(link))
        if (base_hash_equal(link->identity.address, address))
            return true;
    return false;
}

void connect_store_clean(struct connect *connect)
{
    size_t count = package_stage_clean(connect->stage, is_wanted, connect);

    if (count > 0)
        base_log(BASE_LOG_INFO, "removed from the module store, as nobody can come back to them: %zu", count);
}

/* As it lies in the module folder. A developer's next build has the same name: in development the folder alone counts. */
static int open_found(const struct connect_judge *judge, const struct connect_loading *loading, struct package *package, struct package_refusal *refusal)
{
    int rc = package_find(judge->options->module_folder, loading->module, PACKAGE_PART_WHOLE, &package->bundle, refusal);

    if (rc == OD_OK)
        rc = check(judge, loading, package, refusal);
    if (rc != OD_OK)
        package_fini(package);
    return rc;
}

int connect_module_open(const struct connect_judge *judge, const struct connect_loading *loading, struct package *package,
                        struct package_refusal *refusal)
{
    struct package read = {.is_signed = false};
    int rc = OD_ENOTFOUND;

    if (loading->is_again && !judge->options->may_be_unsigned)
        rc = open_stored(judge, loading, &read, refusal);
    if (rc == OD_ENOTFOUND)
        rc = open_found(judge, loading, &read, refusal);
    if (rc == OD_OK)
        *package = read;
    return rc;
}

/* Whether there is code beside the manifest is worth a word before anyone loads it. */
static int find_code(const struct connect_judge *judge, const char *module, struct package_refusal *refusal)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%s", judge->options->module_folder, module);
    if (access(path, F_OK) != 0)
        return OD_OK; /* a package file: looked into when it is loaded */
    snprintf(path, sizeof(path), "%s/%s/" PACKAGE_MODULE_NAME, judge->options->module_folder, module);
    if (access(path, R_OK) == 0)
        return OD_OK;
    return package_refuse(refusal, OD_EINVAL, "missing_file", "%s has no " PACKAGE_MODULE_NAME " beside its manifest; build and copy it there.", module);
}

int connect_module_look(const struct connect_judge *judge, const char *module, struct package_manifest *manifest, char signed_by[BASE_ID_MAX + 1],
                        char text[512])
{
    struct package package = {.is_signed = false};
    struct package_refusal refusal = {.code = ""};
    int rc = package_find(judge->options->module_folder, module, PACKAGE_PART_MANIFEST, &package.bundle, &refusal);

    if (rc == OD_OK)
        rc = package_verify(&package, module, PACKAGE_PART_MANIFEST, &judge->policy, &refusal);
    if (rc == OD_OK)
        rc = find_code(judge, module, &refusal);
    memcpy(signed_by, package.signed_by, BASE_ID_MAX + 1);
    *manifest = package.manifest; /* as far as it was read, for whoever lists it */
    package.manifest = (struct package_manifest){.root = NULL};
    package_fini(&package);
    return rc == OD_OK ? OD_OK : tell(text, &refusal, rc);
}

int connect_manifest_read(struct connect *connect, const char *module, struct package_manifest *manifest, char text[512])
{
    struct package_manifest read = {.root = NULL};
    const struct connect_judge judge = connect_judge_of(connect);
    char signed_by[BASE_ID_MAX + 1];
    int rc = connect_module_look(&judge, module, &read, signed_by, text);

    if (rc == OD_OK)
        *manifest = read;
    else
        package_manifest_fini(&read);
    return rc;
}

/* A key may have been revoked, or have run out, since the module was verified. */
static int check_key(const struct package_policy *policy, const uint8_t id[8], const struct package_manifest *manifest,
                     struct package_refusal *refusal)
{
    const struct package_trust_key *key = policy->trust != NULL ? package_trust_find(policy->trust, id) : NULL;
    char text[17];

    if (key != NULL)
        return package_trust_check(key, manifest, policy->today, refusal);
    package_key_id_put(id, text);
    return package_refuse(refusal, OD_EDENIED, "unknown_key", "%s is signed by the key %s, which the trust file does not hold.", manifest->name, text);
}

static int check_trust(const struct connect_link *link, struct package_refusal *refusal)
{
    const struct connect_judge judge = connect_judge_of(link->connect);

    return link->is_signed ? check_key(&judge.policy, link->key, &link->manifest, refusal) : OD_OK;
}

int connect_module_admit(const struct connect_judge *judge, const struct package *package, bool is_again, struct package_refusal *refusal)
{
    int rc = package->is_signed ? check_key(&judge->policy, package->key, &package->manifest, refusal) : OD_OK;

    return rc == OD_OK ? package_stage_admit(judge->stage, package, is_again ? PACKAGE_LOAD_AGAIN : PACKAGE_LOAD_NEW, refusal) : rc;
}

/* Somebody took it out of the store, as he is told to where it was changed: the same again from the module folder. */
static int stage_again(const struct connect_link *link, struct package_refusal *refusal)
{
    const struct connect_loading loading = {.id = link->id, .module = link->module, .is_again = true};
    const struct connect_judge judge = connect_judge_of(link->connect);
    struct package package = {.is_signed = false};
    int rc = open_found(&judge, &loading, &package, refusal);

    if (rc == OD_OK && !base_hash_equal(package.identity.address, link->identity.address))
        rc = package_refuse(refusal, OD_EINVAL, "stage", "The module store no longer holds %s, and the module folder holds another one of that name; load it anew.",
                            link->module);
    if (rc == OD_OK)
        rc = package_stage_put(link->connect->stage, &package, refusal);
    package_fini(&package);
    return rc;
}

/* Nobody can change what is sealed: so a host that is started anew gets the very same descriptors, and nothing is
 * read or hashed again, however often it ends. */
int connect_module_seal(struct connect_link *link, char text[PACKAGE_TEXT_SIZE])
{
    struct package_refusal refusal = {.code = ""};

    if (link->seal.module >= 0)
        return OD_OK;
    int rc = package_stage_seal(link->connect->stage, &link->identity, link->module, &link->seal, &refusal);
    if (rc == OD_ENOTFOUND && (rc = stage_again(link, &refusal)) == OD_OK)
        rc = package_stage_seal(link->connect->stage, &link->identity, link->module, &link->seal, &refusal);
    if (rc != OD_OK)
        snprintf(text, PACKAGE_TEXT_SIZE, "%s", refusal.text);
    return rc;
}

int connect_module_trust(const struct connect_link *link, char text[PACKAGE_TEXT_SIZE])
{
    struct package_refusal refusal = {.code = ""};
    int rc = check_trust(link, &refusal);

    if (rc != OD_OK)
        snprintf(text, PACKAGE_TEXT_SIZE, "%s", refusal.text);
    return rc;
}

bool connect_link_look_trust(struct connect_link *link)
{
    struct package_refusal refusal = {.code = ""};
    bool was_trusted = link->trust_error[0] == '\0';
    bool is_trusted = link->remote != NULL || check_trust(link, &refusal) == OD_OK;

    snprintf(link->trust_error, sizeof(link->trust_error), "%s", is_trusted ? "" : refusal.text);
    if (is_trusted || !was_trusted)
        return false;
    base_log(BASE_LOG_WARNING, "connector=%s goes on, but will not be started again: %s", link->id, refusal.text);
    return true;
}

struct connect_trust *connect_trust_hold(struct connect *connect)
{
    if (connect->trust != NULL)
        connect->trust->holders++;
    return connect->trust;
}

void connect_trust_drop(struct connect_trust *trust)
{
    if (trust == NULL || --trust->holders > 0)
        return;
    package_trust_fini(&trust->trust);
    base_free(trust);
}

int connect_trust_load(struct connect *connect, const char *file, char text[512])
{
    struct connect_trust *read = base_alloc(sizeof(*read));
    int rc = read == NULL ? OD_ENOMEM : file != NULL ? package_trust_load(file, &read->trust, text) : OD_OK;

    if (rc != OD_OK) {
        if (read == NULL)
            snprintf(text, 512, "No memory left to read the trust file.");
        base_free(read);
        return rc;
    }
    read->holders = 1;
    connect_trust_drop(connect->trust);
    connect->trust = read;
    return OD_OK;
}
