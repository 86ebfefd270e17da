/* SPDX-License-Identifier: Apache-2.0 */
/* onedoor-floor RECORDED FOLDER BATCH SECONDS: the same rows and commits, and nothing else.
 *
 * Lives recorded by a hub in RECORDED/hub.db are put through SQLite once more, with the
 * product's own schema, statements and settings: one writer, BATCH applications a
 * transaction, each at a stage of its life, synced; the log copied home by a second
 * thread as the product does. Each application is of a person of its own, asks for a bar and
 * takes its number of acceptance; two counts come with it and one with each opinion, added up
 * for the transaction. No JSON, no hashing, no network: what is left is the least that these
 * rows can cost. */
#include "bench/floor_life.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "store/schema.h"
#include "store/sqlite_sql.h"

#define BATCH_MAX 4096
#define RUN 32768                        /* keys sorted at once into the prefix tree */
#define LOG_PAGES 4096                   /* 32 MiB of 8 KiB pages: then they are copied home */
#define OPEN_STATUS 2
#define FIRST_DEPARTMENT 1
#define SERVICES_MAX 256
#define MONTH 202611
#define DAY 20000
#define WHOLE_MEASURES 2                 /* of an application; a department has one */
#define MEASURES (WHOLE_MEASURES + LIFE_TASKS_MAX)

struct slot {
    int64_t application;
    int life, stage, idle;
};

/* Hashes by their first 64 bits, on their way into a tree. */
struct queue {
    enum store_sql add;
    int64_t seq;
    int64_t fresh[RUN], merging[RUN];
    int fresh_count, merging_count, merged;
};

/* What a transaction writes once for each service. */
struct service {
    int64_t sequence, counts[MEASURES];
    bool is_changed;
};

struct floor {
    sqlite3 *db, *copier;
    sqlite3_stmt *statements[STORE_SQL_COUNT];
    struct life lives[LIVES_MAX];
    int life_count, batch;
    struct slot slots[BATCH_MAX];
    int64_t application, journal_seq;
    struct queue keys, persons;
    struct service services[SERVICES_MAX];
    uint64_t ended, writes, commits;
    atomic_int log_pages;
    atomic_bool is_over;
};

static void check(struct floor *floor, int rc)
{
    if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
        return;
    fprintf(stderr, "onedoor-floor: %s\n", sqlite3_errmsg(floor->db));
    exit(1);
}

static sqlite3_stmt *take(struct floor *floor, enum store_sql name)
{
    return floor->statements[name];
}

static void run(struct floor *floor, sqlite3_stmt *statement)
{
    sqlite3_step(statement);
    check(floor, sqlite3_reset(statement));
}

static void bind_bytes(sqlite3_stmt *statement, int at, const struct life_bytes *bytes, int size)
{
    sqlite3_bind_blob(statement, at, bytes->bytes, size, SQLITE_STATIC);
}

static int64_t prefix_of(int64_t number)
{
    return (int64_t)((uint64_t)number * UINT64_C(0x9e3779b97f4a7c15)); /* spread as a hash is */
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

/* Two of the last run go into the tree for each that comes, as in the product. */
static void queue_merge(struct floor *floor, struct queue *queue, int64_t prefix)
{
    sqlite3_stmt *add = take(floor, queue->add);

    queue->fresh[queue->fresh_count++] = prefix;
    for (int i = 0; i < 2 && queue->merged < queue->merging_count; i++) {
        sqlite3_bind_int64(add, 1, queue->merging[queue->merged++]);
        sqlite3_bind_int64(add, 2, queue->seq);
        run(floor, add);
    }
    if (queue->fresh_count < RUN)
        return;
    memcpy(queue->merging, queue->fresh, sizeof(queue->fresh));
    qsort(queue->merging, RUN, sizeof(*queue->merging), compare);
    queue->merging_count = RUN;
    queue->merged = queue->fresh_count = 0;
}

static void key_write(struct floor *floor, const struct life *life, int64_t application)
{
    sqlite3_stmt *find = take(floor, STORE_SQL_KEY_FIND), *add = take(floor, STORE_SQL_KEY_ADD);
    int64_t prefix = prefix_of(application);

    sqlite3_bind_int64(find, 1, prefix);
    bind_bytes(find, 2, &life->hash, 32);
    run(floor, find);
    sqlite3_bind_int64(add, 1, ++floor->keys.seq);
    sqlite3_bind_int64(add, 2, application);
    bind_bytes(add, 3, &life->hash, 32);
    bind_bytes(add, 4, &life->hash, 32);
    run(floor, add);
    queue_merge(floor, &floor->keys, prefix);
}

static void person_write(struct floor *floor, const struct life *life, int64_t application)
{
    sqlite3_stmt *bar = take(floor, STORE_SQL_BAR_FIND), *newest = take(floor, STORE_SQL_PERSON_NEWEST);
    sqlite3_stmt *add = take(floor, STORE_SQL_PERSON_ADD);
    int64_t prefix = prefix_of(~application);

    bind_bytes(bar, 1, &life->hash, 32);
    sqlite3_bind_int(bar, 2, DAY);
    run(floor, bar);
    sqlite3_bind_int64(newest, 1, prefix);
    sqlite3_bind_int64(newest, 2, ++floor->persons.seq);
    sqlite3_bind_int(newest, 3, 1);
    run(floor, newest);
    sqlite3_bind_int64(add, 1, floor->persons.seq);
    sqlite3_bind_int64(add, 2, application);
    bind_bytes(add, 3, &life->hash, 32);
    run(floor, add);
    queue_merge(floor, &floor->persons, prefix);
}

static struct service *service_of(struct floor *floor, const struct life *life)
{
    struct service *service = &floor->services[life->service % SERVICES_MAX];

    service->is_changed = true;
    return service;
}

static void record_write(struct floor *floor, enum store_sql add, const struct life *life, const struct slot *slot)
{
    sqlite3_stmt *statement = take(floor, add);
    const struct life_bytes *record = &life->stages[slot->stage].record;

    sqlite3_bind_int64(statement, 1, ++floor->journal_seq);
    sqlite3_bind_int64(statement, 2, slot->application);
    sqlite3_bind_int64(statement, 3, 1764000000000 + floor->journal_seq);
    sqlite3_bind_text(statement, 4, record->bytes, record->size, SQLITE_STATIC);
    bind_bytes(statement, 5, &life->hash, 32);
    run(floor, statement);
}

static void application_bind(struct floor *floor, sqlite3_stmt *statement, const struct life *life, const struct slot *slot)
{
    bool is_last = slot->stage == life->stage_count - 1;

    sqlite3_bind_int64(statement, 1, slot->application);
    sqlite3_bind_int(statement, 3, is_last ? life->status : OPEN_STATUS);
    sqlite3_bind_int(statement, 4, 0);
    sqlite3_bind_int64(statement, 5, life->due_day);
    if (is_last)
        sqlite3_bind_null(statement, 6);
    else
        sqlite3_bind_int64(statement, 6, life->wake);
    sqlite3_bind_int64(statement, 7, floor->journal_seq);
    bind_bytes(statement, 8, &life->state, life->stages[slot->stage].state_size);
}

static void owed_put(struct floor *floor, const struct life *life, const struct slot *slot)
{
    sqlite3_stmt *put = take(floor, STORE_SQL_OWED_PUT);

    for (int task = 0; task < life->task_count; task++) {
        sqlite3_bind_int(put, 1, FIRST_DEPARTMENT + task);
        sqlite3_bind_int64(put, 2, slot->application);
        sqlite3_bind_int(put, 3, task);
        sqlite3_bind_int(put, 4, 0);
        sqlite3_bind_int64(put, 5, life->due_day);
        run(floor, put);
    }
}

static void owed_remove(struct floor *floor, uint64_t tasks, const struct slot *slot)
{
    sqlite3_stmt *remove = take(floor, STORE_SQL_OWED_REMOVE);

    for (int task = 0; tasks >> task != 0; task++) {
        if (!(tasks >> task & 1))
            continue;
        sqlite3_bind_int(remove, 1, FIRST_DEPARTMENT + task);
        sqlite3_bind_int64(remove, 2, slot->application);
        sqlite3_bind_int(remove, 3, task);
        run(floor, remove);
    }
}

static void intake_write(struct floor *floor, const struct life *life, struct slot *slot)
{
    sqlite3_stmt *add = take(floor, STORE_SQL_APPLICATION_ADD), *document = take(floor, STORE_SQL_DOCUMENT_ADD);

    struct service *service = service_of(floor, life);

    slot->application = ++floor->application;
    key_write(floor, life, slot->application);
    person_write(floor, life, slot->application);
    record_write(floor, STORE_SQL_JOURNAL_ADD, life, slot);
    application_bind(floor, add, life, slot);
    sqlite3_bind_int(add, 2, life->service);
    sqlite3_bind_int64(add, 9, ++service->sequence);
    run(floor, add);
    for (int i = 0; i < WHOLE_MEASURES; i++)
        service->counts[i]++;
    sqlite3_bind_int64(document, 1, slot->application);
    bind_bytes(document, 2, &life->hash, life->hash.size);
    bind_bytes(document, 3, &life->salt, life->salt.size);
    bind_bytes(document, 4, &life->document, life->document.size);
    run(floor, document);
    owed_put(floor, life, slot);
}

static void transition_write(struct floor *floor, const struct life *life, const struct slot *slot)
{
    sqlite3_stmt *stay = take(floor, STORE_SQL_APPLICATION_STAY), *move = take(floor, STORE_SQL_APPLICATION_MOVE);

    record_write(floor, STORE_SQL_JOURNAL_ADD_NEXT, life, slot);
    application_bind(floor, stay, life, slot);
    run(floor, stay);
    if (sqlite3_changes(floor->db) == 0) {
        application_bind(floor, move, life, slot);
        run(floor, move);
    }
    owed_remove(floor, life->stages[slot->stage].opined, slot);
    for (int task = 0; task < life->task_count; task++) {
        if (life->stages[slot->stage].opined >> task & 1)
            service_of(floor, life)->counts[WHOLE_MEASURES + task]++;
    }
}

static void slot_write(struct floor *floor, struct slot *slot)
{
    const struct life *life = &floor->lives[slot->life];

    if (slot->stage == 0)
        intake_write(floor, life, slot);
    else
        transition_write(floor, life, slot);
    floor->writes++;
    if (++slot->stage < life->stage_count)
        return;
    floor->ended++;
    slot->stage = 0;
    slot->life = (slot->life + floor->batch) % floor->life_count;
}

static void count_write(struct floor *floor, int number, int measure, int64_t delta)
{
    sqlite3_stmt *add = take(floor, STORE_SQL_COUNT_ADD);

    sqlite3_bind_int(add, 1, MONTH);
    sqlite3_bind_int(add, 2, number);
    sqlite3_bind_int(add, 3, measure < WHOLE_MEASURES ? 0 : FIRST_DEPARTMENT + measure - WHOLE_MEASURES);
    sqlite3_bind_int(add, 4, 0);
    sqlite3_bind_int(add, 5, measure < WHOLE_MEASURES ? 1 + measure : 1);
    sqlite3_bind_int64(add, 6, delta);
    run(floor, add);
}

/* The number last given, and the sums. */
static void service_write(struct floor *floor, int number)
{
    struct service *service = &floor->services[number];
    sqlite3_stmt *put = take(floor, STORE_SQL_SEQUENCE_PUT);

    if (!service->is_changed)
        return;
    sqlite3_bind_int(put, 1, number);
    sqlite3_bind_int64(put, 2, service->sequence);
    run(floor, put);
    for (int i = 0; i < MEASURES; i++) {
        if (service->counts[i] != 0)
            count_write(floor, number, i, service->counts[i]);
        service->counts[i] = 0;
    }
    service->is_changed = false;
}

static void transaction(struct floor *floor)
{
    run(floor, take(floor, STORE_SQL_BEGIN));
    for (int i = 0; i < floor->batch; i++) {
        if (floor->slots[i].idle > 0)
            floor->slots[i].idle--;
        else
            slot_write(floor, &floor->slots[i]);
    }
    for (int i = 0; i < SERVICES_MAX; i++)
        service_write(floor, i);
    run(floor, take(floor, STORE_SQL_COMMIT));
    floor->commits++;
}

static int on_log(void *owner, sqlite3 *db, const char *name, int pages)
{
    struct floor *floor = owner;

    (void)db;
    (void)name;
    atomic_store(&floor->log_pages, pages);
    return SQLITE_OK;
}

static void *copy_home(void *owner)
{
    struct floor *floor = owner;
    const struct timespec pause = {.tv_nsec = 5000000};

    while (!atomic_load(&floor->is_over)) {
        if (atomic_load(&floor->log_pages) >= LOG_PAGES)
            sqlite3_wal_checkpoint_v2(floor->copier, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static sqlite3 *open_file(const char *folder, const char *pragmas)
{
    char path[4096];
    sqlite3 *db = NULL;

    snprintf(path, sizeof(path), "%s/hub.db", folder);
    if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, pragmas, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "onedoor-floor: %s: %s\n", path, sqlite3_errmsg(db));
        exit(1);
    }
    return db;
}

static void statements_prepare(struct floor *floor)
{
#define PREPARE(name, text)                                                                           \
    check(floor, sqlite3_prepare_v3(floor->db, text, -1, SQLITE_PREPARE_PERSISTENT,                   \
                                    &floor->statements[STORE_SQL_##name], NULL));
    STORE_SQL_OF_WRITER(PREPARE)
#undef PREPARE
}

static void store_make(struct floor *floor, const char *folder)
{
    mkdir(folder, 0700);
    floor->db = open_file(folder, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                  "PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -32768; PRAGMA secure_delete = FAST");
    for (unsigned i = 0; i < store_schema_version; i++)
        check(floor, sqlite3_exec(floor->db, store_schema_migrations[i], NULL, NULL, NULL));
    floor->copier = open_file(folder, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
    statements_prepare(floor);
    sqlite3_wal_hook(floor->db, on_log, floor);
}

static void store_end(struct floor *floor)
{
    for (int i = 0; i < STORE_SQL_COUNT; i++)
        sqlite3_finalize(floor->statements[i]);
    sqlite3_close(floor->copier);
    sqlite3_close(floor->db);
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void measure(struct floor *floor, double seconds)
{
    double start = seconds_now(), cpu = cpu_seconds(), now = start;

    for (int i = 0; i < floor->batch; i++) {
        floor->slots[i].life = i % floor->life_count;
        floor->slots[i].idle = i % floor->lives[i % floor->life_count].stage_count;
    }
    while (now < start + seconds) {
        transaction(floor);
        now = seconds_now();
    }
    cpu = cpu_seconds() - cpu;
    double ended = floor->ended > 0 ? (double)floor->ended : 1;
    printf("{\"batch\": %d, \"seconds\": %.2f, \"applications_per_s\": %.1f, \"cpu_us_per_application\": %.1f, "
           "\"writes_per_application\": %.2f, \"commits_per_s\": %.1f}\n",
           floor->batch, now - start, (double)floor->ended / (now - start), cpu * 1e6 / ended, (double)floor->writes / ended,
           (double)floor->commits / (now - start));
}

int main(int argc, char **argv)
{
    static struct floor floor;
    pthread_t copier;

    if (argc != 5 || atoi(argv[3]) < 1 || atoi(argv[3]) > BATCH_MAX) {
        fprintf(stderr, "Usage: onedoor-floor RECORDED FOLDER BATCH SECONDS\n");
        return 2;
    }
    floor.batch = atoi(argv[3]);
    floor.keys.add = STORE_SQL_PREFIX_ADD;
    floor.persons.add = STORE_SQL_PERSON_PREFIX_ADD;
    sqlite3 *recorded = open_file(argv[1], "PRAGMA query_only = ON");
    floor.life_count = lives_read(recorded, floor.lives);
    sqlite3_close(recorded);
    if (floor.life_count == 0) {
        fprintf(stderr, "onedoor-floor: no decided application in %s\n", argv[1]);
        return 1;
    }
    store_make(&floor, argv[2]);
    if (pthread_create(&copier, NULL, copy_home, &floor) != 0)
        return 1;
    measure(&floor, atof(argv[4]));
    atomic_store(&floor.is_over, true);
    pthread_join(copier, NULL);
    store_end(&floor);
    lives_free(floor.lives, floor.life_count);
    return 0;
}
