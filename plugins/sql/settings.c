/* SPDX-License-Identifier: Apache-2.0 */
/* settings_read -> connection | inbox | outbox -> statements */
#include "settings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

/* Names of the tables, beside what settings keeps. */
struct names {
    char inbox[SQL_NAME_MAX + 1], outbox[SQL_NAME_MAX + 1];
    char withdrawn[SQL_NAME_MAX + 1], answer[SQL_NAME_MAX + 1], taken[SQL_NAME_MAX + 1], note[SQL_NAME_MAX + 1];
};

/* -- What may stand there -- */

/* "host:port", "[IPv6]:port": what egress reads. */
static bool is_server(const char *text)
{
    const char *colon = strrchr(text, ':');
    size_t digits = colon != NULL ? strlen(colon + 1) : 0;

    return colon != NULL && colon > text && digits > 0 && digits <= 5 && strspn(colon + 1, "0123456789") == digits &&
           strchr(text, '/') == NULL && strtol(colon + 1, NULL, 10) > 0 && strtol(colon + 1, NULL, 10) <= 65535;
}

/* A name in the folder itself: no path leads out of it, and none into what begins with a dot. */
static bool is_file(const char *text)
{
    return text[0] != '\0' && text[0] != '.' && strchr(text, '/') == NULL;
}

static bool is_table(const char *text)
{
    char first[SQL_NAME_MAX + 1];
    const char *dot = strchr(text, '.');

    if (dot == NULL)
        return setting_is_identifier(text);
    snprintf(first, sizeof(first), "%.*s", (int)(dot - text), text);
    return setting_is_identifier(first) && setting_is_identifier(dot + 1);
}

/* -- Reading -- */

static int read_postgresql(const struct setting *whole, struct settings *out)
{
    int rc = setting_text(whole, "server", out->server, sizeof(out->server));

    if (rc == OD_OK)
        rc = setting_text(whole, "name", out->database, sizeof(out->database));
    if (rc == OD_OK)
        rc = setting_text(whole, "user", out->user, sizeof(out->user));
    if (rc == OD_OK && !is_server(out->server))
        rc = setting_fault(whole, "server", "must be host:port, for example \"db.example:5432\"");
    if (rc == OD_OK && out->database[0] == '\0')
        rc = setting_fault(whole, "name", "must name the database");
    if (rc == OD_OK && out->user[0] == '\0')
        rc = setting_fault(whole, "user", "must name who logs in");
    return rc;
}

static int read_sqlite(const struct setting *whole, struct settings *out)
{
    int rc = setting_text(whole, "file", out->file, sizeof(out->file));

    if (rc == OD_OK && !is_file(out->file))
        rc = setting_fault(whole, "file", "must name a file of the connector's folder, without a slash");
    return rc;
}

static int read_connection(const struct setting *whole, struct settings *out)
{
    static const char *const kinds[] = {"", "postgresql", "sqlite", NULL};
    int kind = SQL_NONE, rc = setting_word(whole, "database", kinds, &kind);

    out->kind = (enum sql_kind)kind;
    if (rc == OD_OK && out->kind == SQL_NONE)
        rc = setting_fault(whole, "database", "must be postgresql or sqlite");
    if (rc == OD_OK)
        rc = setting_number(whole, "timeout_ms", 100, 600000, &out->timeout_ms);
    if (rc == OD_OK)
        rc = setting_number(whole, "poll_ms", 100, DAY_MS, &out->poll_ms);
    if (rc == OD_OK)
        rc = setting_number(whole, "poll_max_ms", 100, DAY_MS, &out->poll_max_ms);
    if (out->poll_max_ms < out->poll_ms)
        out->poll_max_ms = out->poll_ms;
    if (rc == OD_OK)
        rc = out->kind == SQL_POSTGRESQL ? read_postgresql(whole, out) : read_sqlite(whole, out);
    return rc;
}

static int read_table(const struct setting *part, char out[SQL_NAME_MAX + 1])
{
    int rc = setting_text(part, "table", out, SQL_NAME_MAX + 1);

    if (rc == OD_OK && !is_table(out))
        rc = setting_fault(part, "table", "must be a table, or schema.table, of letters, digits and _");
    return rc;
}

static int read_name(const struct setting *part, const char *key, bool is_needed, char out[SQL_NAME_MAX + 1])
{
    int rc = setting_text(part, key, out, SQL_NAME_MAX + 1);

    if (rc == OD_OK && (is_needed || out[0] != '\0') && !setting_is_identifier(out))
        rc = setting_fault(part, key, "must be a column, of letters, digits and _");
    return rc;
}

/* The key's column is the first; it bears the task's constant key. */
static int read_inbox(const struct setting *whole, struct settings *out, struct names *names)
{
    struct setting part, list;
    struct columns more;
    struct column key = {.source = COLUMN_KEY};
    int rc = setting_part(whole, "inbox", "inbox.", &part);

    if (rc == OD_OK)
        rc = read_table(&part, names->inbox);
    if (rc == OD_OK)
        rc = read_name(&part, "key", true, key.name);
    if (rc == OD_OK)
        rc = read_name(&part, "withdrawn", false, names->withdrawn);
    if (rc == OD_OK)
        rc = read_name(&part, "answer", false, names->answer);
    if (rc == OD_OK)
        rc = setting_part(&part, "columns", "inbox.columns.", &list);
    if (rc == OD_OK)
        rc = columns_read(&list, true, &more);
    if (rc != OD_OK)
        return rc;
    if (more.count == COLUMNS_MAX)
        return setting_fault(&list, "", "names more than 63 columns beside the key");
    out->columns.items[0] = key;
    memcpy(&out->columns.items[1], more.items, more.count * sizeof(more.items[0]));
    out->columns.count = more.count + 1;
    return OD_OK;
}

static int read_outbox(const struct setting *whole, struct settings *out, struct names *names)
{
    static const struct {
        const char *key;
        enum sql_cell cell;
        bool is_needed;
    } cells[] = {
        {"id", SQL_ID, true},         {"key", SQL_KEY, true},           {"opinion", SQL_WORD, true},
        {"reasons", SQL_REASONS, false}, {"conditions", SQL_CONDITIONS, false}, {"document_no", SQL_DOCUMENT_NO, false},
        {"fields", SQL_FIELDS, false}, {"question", SQL_QUESTION, false}, {"progress", SQL_PROGRESS, false},
        {"percent", SQL_PERCENT, false},
    };
    struct setting part, values;
    int rc = setting_part(whole, "outbox", "outbox.", &part);

    if (rc == OD_OK)
        rc = read_table(&part, names->outbox);
    for (size_t i = 0; rc == OD_OK && i < sizeof(cells) / sizeof(cells[0]); i++)
        rc = read_name(&part, cells[i].key, cells[i].is_needed, out->cells[cells[i].cell]);
    if (rc == OD_OK)
        rc = read_name(&part, "taken", true, names->taken);
    if (rc == OD_OK)
        rc = read_name(&part, "note", false, names->note);
    if (rc == OD_OK)
        rc = setting_part(&part, "values", "outbox.values.", &values);
    if (rc == OD_OK)
        rc = answer_words_read(&values, &out->words);
    if (rc == OD_OK)
        rc = setting_text(&part, "pause_kind", out->pause_kind, sizeof(out->pause_kind));
    return rc;
}

/* -- Statements -- */

struct statement {
    char *text;
    size_t size, room;
    char mark; /* of a parameter: $1 or ?1 */
};

static struct statement statement_begin(const struct settings *settings, char *text, size_t room)
{
    text[0] = '\0';
    return (struct statement){.text = text, .room = room, .mark = settings->kind == SQL_POSTGRESQL ? '$' : '?'};
}

/* Whatever the limits of names allow fits: the settings are checked for it below. */
__attribute__((format(printf, 2, 3))) static void put(struct statement *statement, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int size = vsnprintf(statement->text + statement->size, statement->room - statement->size, format, arguments);
    va_end(arguments);
    statement->size += size > 0 && (size_t)size < statement->room - statement->size ? (size_t)size : 0;
}

/* "schema"."table": no character of an identifier needs more. */
static void put_name(struct statement *statement, const char *name)
{
    const char *dot = strchr(name, '.');

    if (dot != NULL)
        put(statement, "\"%.*s\".\"%s\"", (int)(dot - name), name, dot + 1);
    else
        put(statement, "\"%s\"", name);
}

static void put_insert(struct settings *settings, const struct names *names)
{
    struct statement out = statement_begin(settings, settings->insert, sizeof(settings->insert));
    const struct columns *columns = &settings->columns;

    put(&out, "INSERT INTO ");
    put_name(&out, names->inbox);
    for (size_t i = 0; i < columns->count; i++)
        put(&out, "%s\"%s\"", i == 0 ? " (" : ", ", columns->items[i].name);
    for (size_t i = 0; i < columns->count; i++)
        put(&out, "%s%c%zu", i == 0 ? ") VALUES (" : ", ", out.mark, i + 1);
    put(&out, ") ON CONFLICT (\"%s\") DO NOTHING", columns->items[0].name);
}

/* UPDATE table SET column = 2nd[, note = 3rd] WHERE key = 1st */
static void put_update(struct settings *settings, char *text, const char *table, const char *column, const char *note,
                       const char *key)
{
    struct statement out = statement_begin(settings, text, 1024);

    if (column[0] == '\0')
        return;
    put(&out, "UPDATE ");
    put_name(&out, table);
    put(&out, " SET \"%s\" = %c2", column, out.mark);
    if (note[0] != '\0')
        put(&out, ", \"%s\" = %c3", note, out.mark);
    put(&out, " WHERE \"%s\" = %c1", key, out.mark);
}

static void put_look(struct settings *settings, const struct names *names)
{
    struct statement out = statement_begin(settings, settings->look, sizeof(settings->look));
    const char *key = settings->cells[SQL_KEY], *id = settings->cells[SQL_ID];

    for (size_t i = 0; i < SQL_CELLS; i++) {
        put(&out, i == 0 ? "SELECT " : ", ");
        if (settings->cells[i][0] != '\0')
            put(&out, "\"%s\"", settings->cells[i]);
        else
            put(&out, "NULL");
    }
    put(&out, " FROM ");
    put_name(&out, names->outbox);
    put(&out, " WHERE \"%s\" IS NULL AND \"%s\" IS NOT NULL AND \"%s\" IS NOT NULL AND \"%s\" ", names->taken, id, settings->cells[SQL_WORD], key);
    put(&out, settings->kind == SQL_POSTGRESQL ? "= ANY ($1)" : "IN (SELECT value FROM json_each(?1))");
    put(&out, " ORDER BY \"%s\" LIMIT %d", id, SQL_ROWS_MAX);
}

int settings_read(const struct od_host *host, struct settings *out, char why[SETTING_WHY_SIZE])
{
    struct setting whole = setting_whole(host, why);
    struct names names = {.inbox = ""};

    *out = (struct settings){.timeout_ms = 15000, .poll_ms = 60000, .poll_max_ms = 300000, .pause_kind = "inspection"};
    int rc = read_connection(&whole, out);
    if (rc == OD_OK)
        rc = read_inbox(&whole, out, &names);
    if (rc == OD_OK)
        rc = read_outbox(&whole, out, &names);
    if (rc != OD_OK)
        return rc;
    put_insert(out, &names);
    put_update(out, out->withdraw, names.inbox, names.withdrawn, "", out->columns.items[0].name);
    put_update(out, out->answer, names.inbox, names.answer, "", out->columns.items[0].name);
    put_update(out, out->mark, names.outbox, names.taken, names.note, out->cells[SQL_ID]);
    put_look(out, &names);
    out->has_note = names.note[0] != '\0';
    return OD_OK;
}
