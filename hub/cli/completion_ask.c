/* SPDX-License-Identifier: Apache-2.0 */
/* Values that only a hub knows. */
#include <string.h>

#include "cli/api.h"
#include "cli/completion.h"
#include "cli/words.h"

/* Where the candidates of a source stand. */
static const struct source_row {
    const char *path; /* %s: the application of the first operand */
    const char *list, *id;
    const char *help; /* a text, a text in two languages, or a word that has a translation */
} rows[CLI_SOURCES] = {
    [CLI_SOURCE_SERVICES] = {"/v1/services?limit=200", "items", "id", "name"},
    [CLI_SOURCE_DEPARTMENTS] = {"/v1/departments?limit=200", "items", "id", "name"},
    [CLI_SOURCE_MATTERS] = {"/v1/matters?limit=200", "items", "id", "name"},
    [CLI_SOURCE_CALENDARS] = {"/v1/calendars", "items", "id", "name"},
    [CLI_SOURCE_NUMBERS] = {"/v1/applications?limit=200", "items", "number", "service_name"},
    [CLI_SOURCE_TASKS] = {"/v1/tasks?limit=200", "items", "id", "matter_name"},
    [CLI_SOURCE_MESSAGES] = {"/v1/messages?limit=200", "items", "id", "state"},
    [CLI_SOURCE_INQUIRIES] = {"/v1/inquiries?limit=200", "items", "id", "text"},
    [CLI_SOURCE_COMPLAINTS] = {"/v1/complaints?limit=200", "items", "id", "text"},
    [CLI_SOURCE_EVALUATIONS] = {"/v1/evaluations?limit=200", "items", "id", "state"},
    [CLI_SOURCE_GRIEVANCES] = {"/v1/grievances?limit=200", "items", "id", "text"},
    [CLI_SOURCE_CONNECTORS] = {"/v1/connectors", "items", "id", "state"},
    [CLI_SOURCE_MODULES] = {"/v1/modules", "items", "module", "fault"},
    [CLI_SOURCE_KEYS] = {"/v1/keys?limit=200", "items", "id", "note"},
    [CLI_SOURCE_CHECKPOINTS] = {"/v1/checkpoints?limit=200", "items", "number", "at"},
    [CLI_SOURCE_FEES] = {"/v1/applications/%s/fees", "lines", "fee", "name"},
    [CLI_SOURCE_MATERIALS] = {"/v1/applications/%s/materials", "items", "material", "name"},
    [CLI_SOURCE_DOCUMENTS] = {"/v1/applications/%s/materials", "items", "id", "name"},
};

/* False: the row is about an application, and none is named yet. */
static bool put_path(struct base_buffer *path, const struct cli_completion *completion, const struct source_row *row)
{
    const char *mark = strstr(row->path, "%s");
    char number[64];

    if (mark == NULL) {
        base_buffer_put_text(path, row->path);
        return true;
    }
    size_t at = completion->verb_words;
    size_t size = at < completion->word_count ? strcspn(completion->words[at], ".") : 0; /* of a task, its application */
    if (size == 0 || size >= sizeof(number))
        return false;
    memcpy(number, completion->words[at], size);
    number[size] = '\0';
    base_buffer_put(path, row->path, (size_t)(mark - row->path));
    cli_http_put_encoded(path, number);
    base_buffer_put_text(path, mark + 2);
    return true;
}

static void item_offer(struct cli_completion *completion, const struct source_row *row, const struct base_json *item)
{
    const struct base_json *id = base_json_member(item, row->id);
    char number[24];

    if (base_json_type(id) == BASE_JSON_NUMBER)
        snprintf(number, sizeof(number), "%.0f", base_json_number(id));
    const char *word = base_json_type(id) == BASE_JSON_NUMBER ? number : base_json_text(id);
    if (word != NULL)
        cli_completion_offer(completion, word, cli_word(completion->cli, cli_member_text_of(completion->cli, item, row->help)));
}

static void row_ask(struct cli_completion *completion, const struct source_row *row)
{
    struct cli_http_answer answer = {0};
    struct base_buffer path = {0};
    struct base_json *json = NULL;

    if (put_path(&path, completion, row) &&
        cli_api_call(completion->cli,
                     &(struct cli_call){.method = "GET", .path = base_buffer_text(&path), .untold = CLI_UNTOLD_ALL,
                                        .timeout_ms = CLI_COMPLETION_TIMEOUT_MS},
                     &answer, &json) == CLI_DONE) {
        for (const struct base_json *item = base_json_first(base_json_member(json, row->list)); item != NULL; item = base_json_next(item))
            item_offer(completion, row, item);
    }
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    base_buffer_fini(&path);
}

void cli_completion_ask(struct cli_completion *completion, uint32_t sources)
{
    for (unsigned source = CLI_SOURCE_SERVICES; source < CLI_SOURCES; source++)
        if ((sources & 1u << source) != 0)
            row_ask(completion, &rows[source]);
}
