/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration says that its own file cannot know to be wrong: addresses that it may
 * not listen on, departments and modules that are not there. Every fault is told. */
#include "engine/errand.h"
#include "package/verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_MS 86400000

struct checking {
    const struct engine_config *config;
    const struct package_trust *trust;
    engine_fault_cb on_fault;
    void *owner;
    size_t count;
};

static void tell(struct checking *checking, const char *pointer, const char *what)
{
    char line[1024];

    snprintf(line, sizeof(line), "%.64s: %.900s", pointer, what);
    checking->on_fault(checking->owner, line);
    checking->count++;
}

/* A key that goes in the clear goes no further than this machine. */
static void check_nng_door(struct checking *checking, const char *url, const char *pointer)
{
    char text[512];

    if (url == NULL || strncmp(url, "tcp://", 6) != 0)
        return;
    if (front_listen_check(url + 6, checking->config->key_count > 0, false, text) == OD_OK)
        return;
    snprintf(text, sizeof(text), "plain tcp:// beyond loopback needs keys, and should be tls+tcp://");
    tell(checking, pointer, text);
}

static void check_doors(struct checking *checking)
{
    const struct engine_config *config = checking->config;
    char text[512];

    if (config->listen != NULL && front_listen_check(config->listen, config->key_count > 0, false, text) != OD_OK)
        tell(checking, "/listen", text);
    check_nng_door(checking, config->nng_front_desk, "/nng/front_desk");
    check_nng_door(checking, config->nng_connectors, "/nng/connectors");
}

static void check_keys(struct checking *checking, const struct catalog *catalog)
{
    const struct engine_config *config = checking->config;
    char pointer[64], text[256];

    for (size_t i = 0; i < config->key_count; i++) {
        const struct front_key *key = &config->keys[i];

        snprintf(pointer, sizeof(pointer), "/keys/%zu", i);
        if (key->department[0] != '\0' && catalog_department_find(catalog, key->department) == NULL) {
            snprintf(text, sizeof(text), "the catalogue has no department %s", key->department);
            tell(checking, pointer, text);
        }
        for (size_t k = 0; k < i; k++)
            if (base_hash_equal(config->keys[k].hash, key->hash)) {
                snprintf(text, sizeof(text), "the key of %s again: every key needs a secret of its own", config->keys[k].id);
                tell(checking, pointer, text);
            }
    }
}

/* May the module run here, and does the configuration fit it? Nothing of it runs. */
static void check_module(struct checking *checking, const char *pointer, const struct engine_connector_config *connector)
{
    struct package_policy policy = {.trust = checking->trust, .may_be_unsigned = checking->config->may_be_unsigned,
                                    .today = (int32_t)(base_wall_ms() / DAY_MS)};
    struct package package = {.is_signed = false};
    struct package_refusal refusal;
    int rc = package_find(checking->config->modules, connector->module, PACKAGE_PART_WHOLE, &package.bundle, &refusal);

    if (rc == OD_OK)
        rc = package_verify(&package, connector->module, PACKAGE_PART_WHOLE, &policy, &refusal);
    if (rc == OD_OK)
        rc = package_config_check(&package.manifest, connector->config, strlen(connector->config), refusal.text);
    if (rc != OD_OK)
        tell(checking, pointer, refusal.text);
    package_fini(&package);
}

static void check_connector(struct checking *checking, size_t index, const struct catalog *catalog)
{
    const struct engine_connector_config *connector = &checking->config->connectors[index];
    char pointer[64], text[512];

    snprintf(pointer, sizeof(pointer), "/connectors/%zu", index);
    if (engine_errand_kind_served(connector->department) == NULL && catalog_department_find(catalog, connector->department) == NULL) {
        snprintf(text, sizeof(text), "the catalogue has no department %.64s", connector->department);
        tell(checking, pointer, text);
    }
    for (size_t k = 0; k < index; k++)
        if (strcmp(checking->config->connectors[k].department, connector->department) == 0) {
            snprintf(text, sizeof(text), "department %.64s has the connector %.64s already", connector->department,
                     checking->config->connectors[k].id);
            tell(checking, pointer, text);
        }
    check_module(checking, pointer, connector);
}

static void check_trust(struct checking *checking, struct package_trust *trust)
{
    char text[PACKAGE_TEXT_SIZE];

    if (checking->config->trust != NULL && package_trust_load(checking->config->trust, trust, text) != OD_OK)
        tell(checking, "/trust", text);
}

size_t engine_config_faults(const struct engine_config *config, const struct catalog *catalog,
                            engine_fault_cb on_fault, void *owner)
{
    struct package_trust trust = {.keys = NULL};
    struct checking checking = {.config = config, .trust = &trust, .on_fault = on_fault, .owner = owner};

    check_doors(&checking);
    check_trust(&checking, &trust);
    if (catalog != NULL)
        check_keys(&checking, catalog);
    for (size_t i = 0; catalog != NULL && i < config->connector_count; i++)
        check_connector(&checking, i, catalog);
    package_trust_fini(&trust);
    return checking.count;
}

static void keep_fault(void *owner, const char *text)
{
    base_log(BASE_LOG_ERROR, "configuration %s", text);
    snprintf(owner, 512, "configuration %.480s", text);
}

int engine_doors_check(const struct engine_config *config, const struct catalog *catalog, char text[512])
{
    struct engine_config checked = *config;

    checked.connector_count = 0; /* looked at when it is started: the store may know it better */
    return engine_config_faults(&checked, catalog, keep_fault, text) > 0 ? OD_EINVAL : OD_OK;
}

/* -- What a catalogue says -- */

static size_t told_count(const struct catalog_findings *findings)
{
    if (findings == NULL)
        return 0;
    return findings->count < CATALOG_FINDINGS_MAX ? findings->count : CATALOG_FINDINGS_MAX;
}

void engine_findings_tell(const struct engine_config *config, int rc, const struct catalog_findings *findings, char text[512])
{
    size_t count = told_count(findings);

    if (count == 0) {
        snprintf(text, 512, "catalogue %.300s: %s", config->catalog, base_error_text(rc));
        return;
    }
    for (size_t i = 0; i < count; i++)
        base_log(BASE_LOG_ERROR, "catalogue: %s:%u:%u: %s", findings->items[i].file, findings->items[i].line,
                 findings->items[i].column, findings->items[i].text[CATALOG_EN]);
    snprintf(text, 512, "%.120s:%u:%u: %.250s (%zu findings)", findings->items[0].file, findings->items[0].line,
             findings->items[0].column, findings->items[0].text[CATALOG_EN], findings->count);
}

static int check_catalog(const struct engine_config *config, struct catalog **catalog)
{
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    int rc = findings != NULL ? catalog_load(config->catalog, catalog, findings) : OD_ENOMEM;
    size_t count = told_count(findings);

    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "%s:%u:%u: %s\n", findings->items[i].file, findings->items[i].line, findings->items[i].column,
                findings->items[i].text[CATALOG_EN]);
    if (count > 0 && findings->count > count)
        fprintf(stderr, "and %zu more\n", findings->count - count);
    if (rc != OD_OK)
        fprintf(stderr, "refused: %s\n", base_error_text(rc));
    base_free(findings);
    return rc;
}

static void tell_fault(void *owner, const char *text)
{
    fprintf(stderr, "refused: %s %s\n", (const char *)owner, text);
}

int engine_config_check(const struct engine_config *config)
{
    struct catalog *catalog = NULL;
    char text[512], where[] = "the configuration's";
    int rc = check_catalog(config, &catalog), modules = engine_modules_check(config, text);
    size_t faults = engine_config_faults(config, catalog, tell_fault, where);

    if (modules != OD_OK)
        fprintf(stderr, "refused: %s\n", text);
    else if (rc == OD_OK && faults == 0)
        printf("fine: catalogue %s, %zu services, %zu matters, %zu departments\n", catalog_version(catalog),
               catalog_service_count(catalog), catalog_matter_count(catalog), catalog_department_count(catalog));
    catalog_release(catalog);
    return rc == OD_OK && modules == OD_OK && faults == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int engine_modules_check(const struct engine_config *config, char text[512])
{
    struct stat about;
    int rc = stat(config->modules, &about) != 0 ? errno : S_ISDIR(about.st_mode) ? 0 : ENOTDIR;

    if (rc == 0 && access(config->modules, R_OK | X_OK) != 0)
        rc = errno;
    if (rc == 0)
        return OD_OK;
    snprintf(text, 512, "the module folder %.300s cannot be read: %.80s; create it, or correct modules in the configuration",
             config->modules, strerror(rc));
    return OD_EINVAL;
}
