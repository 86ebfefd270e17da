/* SPDX-License-Identifier: Apache-2.0 */
/* One side of config diff: settings, and what is published, of a running hub, a configuration file or a catalogue folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "cli/calendars.h"
#include "cli/config.h"
#include "cli/pages.h"

#define ZERO '0' /* in place of the version that every service tells: another one is no change */

static int short_of_memory(const struct cli *cli)
{
    cli_tell(cli, "%s", cli_say(cli, "内存不足", "no memory left"));
    return CLI_FAILED;
}

/* -- Items -- */

static void version_forget(const struct cli_config_side *side, char *text, size_t size)
{
    size_t version_size = strlen(side->version);

    for (char *at = version_size > 0 ? memmem(text, size, side->version, version_size) : NULL; at != NULL;
         at = memmem(at, size - (size_t)(at - text), side->version, version_size))
        memset(at, ZERO, version_size);
}

/* text is taken over. */
static bool item_add(struct cli_config_side *side, int part, const char *id, struct base_buffer *text)
{
    struct cli_config_items *items = &side->parts[part];
    size_t size = text->size;

    if (items->count == items->room) {
        size_t room = items->room > 0 ? 2 * items->room : 64;
        void *rows = base_realloc(items->rows, room * sizeof(*items->rows));

        if (rows == NULL)
            return false;
        items->rows = rows;
        items->room = room;
    }
    struct cli_config_item *item = &items->rows[items->count];
    base_buffer_text(text);
    *item = (struct cli_config_item){.id = base_copy_text(id, strlen(id)), .text = base_buffer_take(text, &size)};
    items->count++;
    if (item->id == NULL || item->text == NULL)
        return false;
    version_forget(side, item->text, size);
    return true;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct cli_config_item *)a)->id, ((const struct cli_config_item *)b)->id);
}

static void items_sort(struct cli_config_side *side)
{
    for (int i = 0; i < CLI_CONFIG_PARTS; i++)
        if (side->parts[i].count > 1)
            qsort(side->parts[i].rows, side->parts[i].count, sizeof(side->parts[i].rows[0]), by_id);
}

/* -- A folder -- */

static void calendar_put(struct base_buffer *buffer, const char *id, const char *version, const char *until)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "id", id);
    base_json_put_text(buffer, "version", version);
    base_json_put_text(buffer, "published_until", until);
    base_json_close(buffer, '}');
}

static bool calendar_add(struct cli_config_side *side, const struct catalog *catalog, const struct core_calendar *calendar)
{
    const char *label = catalog_calendar_label(catalog, calendar);
    struct base_buffer text = {0};
    char id[256], until[BASE_DATE_SIZE];

    snprintf(id, sizeof(id), "%.*s", (int)strcspn(label, "@"), label);
    base_day_format(calendar->published_until, until);
    calendar_put(&text, id, catalog_calendar_version(catalog, calendar), until);
    return item_add(side, CLI_CONFIG_CALENDARS, id, &text);
}

static bool catalog_take(struct cli_config_side *side, const struct catalog *catalog)
{
    bool is_whole = true;

    snprintf(side->version, sizeof(side->version), "%s", catalog_version(catalog));
    for (size_t i = 0; i < catalog_service_count(catalog) && is_whole; i++) {
        struct base_buffer text = {0};

        catalog_put_service(&text, NULL, catalog_service_at(catalog, i));
        is_whole = item_add(side, CLI_CONFIG_SERVICES, catalog_service_at(catalog, i)->id, &text);
    }
    for (size_t i = 0; i < catalog_matter_count(catalog) && is_whole; i++) {
        struct base_buffer text = {0};

        catalog_put_matter(&text, NULL, catalog_matter_at(catalog, i));
        is_whole = item_add(side, CLI_CONFIG_MATTERS, catalog_matter_at(catalog, i)->id, &text);
    }
    for (size_t i = 0; i < catalog_calendar_count(catalog) && is_whole; i++)
        is_whole = calendar_add(side, catalog, catalog_calendar_at(catalog, i));
    items_sort(side);
    return is_whole;
}

static int folder_take(const struct cli *cli, const char *folder, struct cli_config_side *side)
{
    struct catalog_findings *findings = base_alloc(sizeof(*findings));
    struct catalog *catalog = NULL;
    int rc = findings != NULL ? catalog_load(folder, &catalog, findings) : OD_ENOMEM, end = CLI_DONE;

    if (rc == OD_EINVAL) {
        cli_refused_print(cli, "目录", findings);
        end = CLI_REFUSED;
    } else if (rc != OD_OK) {
        cli_tell(cli, "%s: %s", folder, rc == OD_ENOTFOUND ? cli_say(cli, "没有此目录文件夹", "there is no such catalogue folder")
                                                           : cli_say(cli, "无法读取此目录", "the catalogue cannot be read"));
        end = rc == OD_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED;
    } else if (!catalog_take(side, catalog)) {
        end = short_of_memory(cli);
    }
    catalog_release(catalog);
    base_free(findings);
    return end;
}

static const char *setting_text(const struct base_json *config, const char *key)
{
    for (const struct base_json *item = base_json_first(base_json_member(config, "settings")); item != NULL; item = base_json_next(item)) {
        const char *name = base_json_member_text(item, "key");

        if (name != NULL && strcmp(name, key) == 0)
            return base_json_member_text(item, "value");
    }
    return NULL;
}

int cli_config_side_of_path(const struct cli *cli, const char *path, bool is_demo, struct cli_config_side *side)
{
    struct base_buffer file = {0};
    int rc = CLI_DONE;

    side->name = path;
    bool is_file = cli_config_file_of(path, &file);
    if (is_file)
        rc = cli_config_read(cli, base_buffer_text(&file), is_demo, &side->config);
    const char *folder = is_file ? setting_text(side->config, "catalog") : path;
    if (rc == CLI_DONE)
        rc = folder_take(cli, folder != NULL ? folder : "", side);
    base_buffer_fini(&file);
    return rc;
}

/* -- The running hub -- */

struct walk {
    const struct cli *cli;
    struct cli_config_side *side;
    int part;
    int end;
};

/* What a list tells of a service is its head alone. */
static bool service_fetch(struct walk *walk, const char *id)
{
    struct base_buffer path = {0}, text = {0};
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    cli_api_path(&path, "services", id, "");
    walk->end = cli_api_get(walk->cli, base_buffer_text(&path), &answer, &json);
    if (walk->end == CLI_DONE) {
        base_json_put(&text, NULL, json);
        if (!item_add(walk->side, walk->part, id, &text))
            walk->end = short_of_memory(walk->cli);
    }
    base_buffer_fini(&text);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
    return walk->end == CLI_DONE;
}

static bool listed_add(struct walk *walk, const struct base_json *item, const char *id)
{
    struct base_buffer text = {0};

    if (walk->part == CLI_CONFIG_CALENDARS)
        calendar_put(&text, id, base_json_member_text(item, "version"), base_json_member_text(item, "published_until"));
    else
        base_json_put(&text, NULL, item);
    if (!item_add(walk->side, walk->part, id, &text))
        walk->end = short_of_memory(walk->cli);
    base_buffer_fini(&text);
    return walk->end == CLI_DONE;
}

static bool on_page(void *owner, const struct cli_http_answer *answer, const struct base_json *json)
{
    struct walk *walk = owner;
    const char *version = base_json_member_text(json, "catalog_version");

    (void)answer;
    if (version != NULL && walk->side->version[0] == '\0')
        snprintf(walk->side->version, sizeof(walk->side->version), "%s", version);
    for (const struct base_json *item = base_json_first(base_json_member(json, "items")); item != NULL; item = base_json_next(item)) {
        const char *id = base_json_member_text(item, "id");

        if (id == NULL || !(walk->part == CLI_CONFIG_SERVICES ? service_fetch(walk, id) : listed_add(walk, item, id)))
            return false;
    }
    return true;
}

int cli_config_side_of_hub(const struct cli *cli, struct cli_config_side *side)
{
    static const char *const lists[CLI_CONFIG_PARTS] = {
        [CLI_CONFIG_SERVICES] = "/v1/services?limit=100", [CLI_CONFIG_MATTERS] = "/v1/matters?limit=50", [CLI_CONFIG_CALENDARS] = "/v1/calendars"};
    struct cli_http_answer answer = {0};

    side->name = cli->url;
    side->is_hub = true;
    int rc = cli_api_get(cli, "/v1/config", &answer, &side->config);
    cli_http_answer_fini(&answer);
    for (int i = 0; i < CLI_CONFIG_PARTS && rc == CLI_DONE; i++) {
        struct walk walk = {.cli = cli, .side = side, .part = i, .end = CLI_DONE};

        rc = cli_pages_walk(cli, lists[i], true, on_page, &walk);
        if (rc == CLI_DONE)
            rc = walk.end;
    }
    items_sort(side);
    return rc;
}

void cli_config_side_fini(struct cli_config_side *side)
{
    base_json_destroy(side->config);
    for (int i = 0; i < CLI_CONFIG_PARTS; i++) {
        for (size_t k = 0; k < side->parts[i].count; k++) {
            base_free(side->parts[i].rows[k].id);
            base_free(side->parts[i].rows[k].text);
        }
        base_free(side->parts[i].rows);
    }
    *side = (struct cli_config_side){.is_hub = false};
}
