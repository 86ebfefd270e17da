/* SPDX-License-Identifier: Apache-2.0 */
#include "store/place.h"
#include "store/sqlite_reader.h"

#include <string.h>

/* Who was accepted as of an earlier day stands before, whenever that was put on record. */
struct rank {
    int64_t day, id;
};
/* Of who has no place: the whole line is before it. */
static const struct rank behind_all = {.day = INT64_MAX, .id = INT64_MAX};

int store_places_write(struct store_connection *connection, const struct store_write *write)
{
    int rc = SQLITE_OK;

    for (uint32_t i = 0; i < write->place_count && rc == SQLITE_OK; i++) {
        const struct store_place *place = &write->places[i];
        sqlite3_stmt *statement = connection->statements[place->is_given_up ? STORE_SQL_PLACE_REMOVE : STORE_SQL_PLACE_PUT];

        if (place->is_given_up) {
            store_bind_number(statement, 1, (int64_t)write->application);
            store_bind_number(statement, 2, place->task);
        } else {
            store_bind_text(statement, 1, place->line, strlen(place->line));
            store_bind_number(statement, 2, (int64_t)write->application);
            store_bind_number(statement, 3, place->task);
            store_bind_number(statement, 4, place->is_granted);
            store_bind_number(statement, 5, place->day);
        }
        sqlite3_step(statement);
        rc = sqlite3_reset(statement);
    }
    return rc;
}

/* Rows of the line before the place `before`, granted or not, at most room; *first is the application of the first of them. */
static int line_count(struct store_reader *reader, const char *line, bool is_granted, struct rank before, uint32_t room,
                      uint32_t *count, uint64_t *first)
{
    sqlite3_stmt *walk = store_reader_statement(reader, STORE_SQL_PLACE_WALK);
    uint32_t found = 0;
    int rc;

    store_bind_text(walk, 1, line, strlen(line));
    store_bind_number(walk, 2, is_granted);
    store_bind_number(walk, 3, before.day);
    store_bind_number(walk, 4, before.id);
    store_bind_number(walk, 5, room);
    while ((rc = store_statement_step(reader, walk)) == OD_OK)
        if (found++ == 0)
            *first = (uint64_t)sqlite3_column_int64(walk, 0);
    sqlite3_reset(walk);
    *count = found;
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

static int place_find(struct store_reader *reader, uint64_t application, uint8_t task, struct rank *rank)
{
    sqlite3_stmt *find = store_reader_statement(reader, STORE_SQL_PLACE_FIND);

    *rank = behind_all;
    store_bind_number(find, 1, (int64_t)application);
    store_bind_number(find, 2, task);
    int rc = store_statement_step(reader, find);
    if (rc == OD_OK)
        *rank = (struct rank){.day = sqlite3_column_int64(find, 0), .id = sqlite3_column_int64(find, 1)};
    sqlite3_reset(find);
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

int store_read_line(struct store_reader *reader, const char *line, uint64_t application, uint8_t task, uint32_t room, struct store_line *out)
{
    struct store_line found = {0};
    uint64_t ignored;
    struct rank place = behind_all;
    int rc = application != 0 ? place_find(reader, application, task, &place) : OD_OK;

    if (rc == OD_OK)
        rc = line_count(reader, line, true, behind_all, room, &found.granted, &ignored);
    if (rc == OD_OK)
        rc = line_count(reader, line, false, place, room, &found.waiting, &found.first);
    if (rc == OD_OK)
        *out = found;
    return rc;
}
