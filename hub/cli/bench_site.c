/* SPDX-License-Identifier: Apache-2.0 */
/* The center that bench measures: the sample's catalogue, and for each department of the service a module that
 * approves at once, so that what is measured is the hub and not the patience of departments. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "catalog/catalog.h"
#include "cli/bench.h"
#include "cli/suggest.h"

#define RUNNING "##########" /* the load generator puts its number there */

/* -- The request -- */

/* Another person each time: the same one again would be told as a duplicate, and cost more than a real one. */
static void applicant_put(struct base_buffer *body, const struct base_json *applicant)
{
    const char *kind = base_json_member_text(applicant, "id_type");
    bool is_resident = kind != NULL && strcmp(kind, "resident_id") == 0;

    base_json_open(body, "applicant", '{');
    for (const struct base_json *member = base_json_first(applicant); member != NULL; member = base_json_next(member)) {
        const char *key = base_json_key(member), *text = base_json_text(member);
        char name[512];

        if (text != NULL && strcmp(key, "name") == 0) {
            snprintf(name, sizeof(name), "%.400s " RUNNING, text);
            base_json_put_text(body, key, name);
        } else if (is_resident && strcmp(key, "id_number") == 0) {
            base_json_put_text(body, key, "11010119" RUNNING);
        } else {
            base_json_put(body, key, member);
        }
    }
    base_json_close(body, '}');
}

int cli_bench_body_make(const struct base_json *example, struct base_buffer *body)
{
    base_json_open(body, NULL, '{');
    for (const struct base_json *member = base_json_first(example); member != NULL; member = base_json_next(member)) {
        if (strcmp(base_json_key(member), "applicant") == 0)
            applicant_put(body, member);
        else
            base_json_put(body, base_json_key(member), member);
    }
    base_json_close(body, '}');
    return body->is_broken ? OD_ENOMEM : OD_OK;
}

static int example_take(const struct catalog_service *service, struct base_buffer *body)
{
    struct base_buffer text = {0};
    struct base_json_error error;
    struct base_json *example = NULL;

    catalog_put_example(&text, NULL, service);
    int rc = text.is_broken ? OD_ENOMEM : base_json_parse(text.bytes, text.size, &example, &error);
    if (rc == OD_OK)
        rc = cli_bench_body_make(example, body);
    base_json_destroy(example);
    base_buffer_fini(&text);
    return rc;
}

/* -- The center -- */

/* The folder of the sample, in a build folder or installed. */
static int sample_find(const struct cli *cli, char path[CLI_PATH_SIZE])
{
    static const char *const places[] = {"sample", "share/onedoor/sample"};
    char catalog[CLI_PATH_SIZE + 16];

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (cli_kit_path(cli, places[i], path) != CLI_DONE)
            return CLI_FAILED;
        snprintf(catalog, sizeof(catalog), "%s/catalog", path);
        if (access(catalog, R_OK) == 0)
            return CLI_DONE;
    }
    cli_tell(cli, "%s", cli_say(cli, "找不到示例中心；请安装完整的软件包", "the sample center is missing; install the whole package"));
    return CLI_NOT_FOUND;
}

static int service_unknown(const struct cli *cli, const struct catalog *catalog, const char *id)
{
    struct cli_suggestion best = {0};

    for (size_t i = 0; i < catalog_service_count(catalog); i++)
        cli_suggest(&best, id, catalog_service_at(catalog, i)->id);
    if (best.word != NULL)
        cli_tell(cli, cli_say(cli, "示例中心没有服务 %s；是否想要 %s？", "the sample center has no service %s; did you mean %s?"), id, best.word);
    else
        cli_tell(cli, cli_say(cli, "示例中心没有服务 %s", "the sample center has no service %s"), id);
    return CLI_NOT_FOUND;
}

/* Each department once. Returns how many. */
static size_t connectors_put(struct base_buffer *config, const struct catalog_service *service)
{
    size_t count = 0;

    base_json_open(config, "connectors", '[');
    for (size_t i = 0; i < service->matter_count; i++) {
        size_t first = 0;

        while (service->matters[first]->department != service->matters[i]->department)
            first++;
        if (first != i)
            continue;
        base_json_open(config, NULL, '{');
        base_json_put_text(config, "id", service->matters[i]->department->id);
        base_json_put_text(config, "module", "sim-1.0.0");
        base_json_close(config, '}');
        count++;
    }
    base_json_close(config, ']');
    return count;
}

static int config_write(const struct cli *cli, struct cli_bench_site *site, const char *sample, const struct catalog_service *service)
{
    struct base_buffer config = {0};
    char path[CLI_PATH_SIZE + 16];

    base_json_open(&config, NULL, '{');
    base_json_put_text(&config, "listen", "127.0.0.1:0");
    base_json_put_text(&config, "data", "data");
    snprintf(path, sizeof(path), "%s/catalog", sample);
    base_json_put_text(&config, "catalog", path);
    snprintf(path, sizeof(path), "%s/../modules", sample);
    base_json_put_text(&config, "modules", path);
    base_json_put_bool(&config, "modules_unsigned", true);
    site->departments = connectors_put(&config, service);
    site->matters = service->matter_count;
    base_json_close(&config, '}');
    FILE *file = config.is_broken ? NULL : fopen(site->config, "w");
    bool is_written = file != NULL && fwrite(config.bytes, 1, config.size, file) == config.size;
    if (file != NULL)
        is_written = fclose(file) == 0 && is_written;
    if (!is_written)
        cli_tell(cli, "%s: %s", site->config, strerror(errno));
    base_buffer_fini(&config);
    return is_written ? CLI_DONE : CLI_FAILED;
}

static int catalog_take(const struct cli *cli, const char *sample, struct catalog **catalog)
{
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    char path[CLI_PATH_SIZE + 16];

    snprintf(path, sizeof(path), "%s/catalog", sample);
    int rc = findings != NULL ? catalog_load(path, catalog, findings) : OD_ENOMEM;
    base_free(findings);
    if (rc == OD_OK)
        return CLI_DONE;
    cli_tell(cli, cli_say(cli, "无法读取目录 %s；onedoor config check %s", "the catalogue %s cannot be read; onedoor config check %s"), path, path);
    return CLI_FAILED;
}

static int folder_make(const struct cli *cli, const char *below, struct cli_bench_site *site)
{
    if (cli_bench_is_in_memory(below)) {
        cli_tell(cli,
                 cli_say(cli, "%s 在内存中；要测得持久保存的数值，请用 --data 指定磁盘上的文件夹",
                         "%s is in memory; a durable figure needs a disk: --data DIR"),
                 below);
        return CLI_REFUSED;
    }
    if (snprintf(site->folder, sizeof(site->folder), "%s/onedoor-bench-XXXXXX", below) >= (int)sizeof(site->folder) ||
        mkdtemp(site->folder) == NULL) {
        int reason = errno;

        site->folder[0] = '\0';
        cli_tell(cli, "%s: %s", below, strerror(reason));
        return reason == ENOENT || reason == ENOTDIR ? CLI_NOT_FOUND : CLI_FAILED;
    }
    snprintf(site->config, sizeof(site->config), "%s/onedoor.json", site->folder);
    snprintf(site->log, sizeof(site->log), "%s/hub.log", site->folder);
    return CLI_DONE;
}

int cli_bench_site_make(const struct cli *cli, const char *below, const char *service_id, struct cli_bench_site *site)
{
    struct catalog *catalog = NULL;
    char sample[CLI_PATH_SIZE];

    int rc = sample_find(cli, sample);
    if (rc == CLI_DONE)
        rc = catalog_take(cli, sample, &catalog);
    const struct catalog_service *service = rc == CLI_DONE ? catalog_service_find(catalog, service_id) : NULL;
    if (rc == CLI_DONE && service == NULL)
        rc = service_unknown(cli, catalog, service_id);
    if (rc == CLI_DONE && service->is_officer_checked) {
        cli_tell(cli, cli_say(cli, "%s 由工作人员核对受理，不会自行作出决定", "%s has an officer's check in front: it is never decided by itself"), service_id);
        rc = CLI_REFUSED;
    }
    if (rc == CLI_DONE)
        rc = folder_make(cli, below, site);
    if (rc == CLI_DONE)
        rc = config_write(cli, site, sample, service);
    if (rc == CLI_DONE && example_take(service, &site->body) != OD_OK) {
        cli_tell(cli, "%s", cli_say(cli, "内存不足", "no memory left"));
        rc = CLI_FAILED;
    }
    catalog_release(catalog);
    return rc;
}

static int on_entry(const char *path, const struct stat *about, int type, struct FTW *place)
{
    (void)about;
    (void)type;
    (void)place;
    return remove(path) != 0 && errno != ENOENT ? -1 : 0;
}

void cli_bench_site_fini(struct cli_bench_site *site)
{
    if (site->folder[0] != '\0')
        (void)nftw(site->folder, on_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    site->folder[0] = '\0';
    base_buffer_fini(&site->body);
}
