/* SPDX-License-Identifier: Apache-2.0 */
/* Power cuts, full disks and broken disks, on a file system in memory. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/crash_vfs.h"
#include "store/store_fixture.h"

#if defined(__SANITIZE_THREAD__)
#define SEEDS 20 /* it is ten times slower, and looks for other things */
#else
#define SEEDS 120 /* histories; each is cut several times and each cut is torn by two seeds */
#endif
#define BATCHES 24
#define WRITES_MAX 12
#define APPLICATIONS_MAX 512
#define DEPARTMENTS 4
#define PERSONS 7u
#define BAR_DAY 20000

/* What a batch left: copied when it is acknowledged, so that a cut can be compared. */
struct model {
    uint64_t applications;       /* ids 1..applications were written */
    uint64_t journal;
    uint64_t alerts, accepted, counted;
    uint8_t status[APPLICATIONS_MAX];    /* by id; the person is the id modulo PERSONS */
    bool is_barred[PERSONS];
    uint32_t version[APPLICATIONS_MAX];  /* of the state, by id */
    uint64_t sequence[APPLICATIONS_MAX]; /* of acceptance, by id */
};

struct run {
    struct fixture fixture;
    struct model now;            /* with the batch in hand */
    struct model after[BATCHES + 1]; /* [n]: after n batches */
    uint64_t acknowledged;       /* batches; written by the loop, read by the threads of the store */
    uint64_t random;
};

static struct run run;

static uint64_t random_next(void)
{
    run.random ^= run.random << 13;
    run.random ^= run.random >> 7;
    run.random ^= run.random << 17;
    return run.random;
}

static uint64_t on_cut(void *owner)
{
    (void)owner;
    return __atomic_load_n(&run.acknowledged, __ATOMIC_ACQUIRE);
}

/* What comes with a write: an alert with every third, one count, a number when it is accepted. */
static void extras_add(struct store_write *write, bool is_accepted)
{
    static const struct store_alert alert = {.roles = 1, .kind = 1, .department = 2, .body = "{}", .body_size = 2};
    static const struct store_count count = {.month = 202611, .service = 1, .measure = 1, .delta = 1};

    write->service = 1;
    write->counts = &count;
    write->count_count = 1;
    run.now.counted++;
    if (random_next() % 3 == 0) {
        write->alerts = &alert;
        write->alert_count = 1;
        run.now.alerts++;
    }
    write->takes_sequence = is_accepted;
    if (is_accepted)
        run.now.sequence[write->application] = ++run.now.accepted;
}

static void person_add(struct store_write *write, uint32_t person)
{
    write->has_person = true;
    fixture_key(100000 + person, write->person_hash);
    write->has_bar_check = true;
    fixture_key(200000 + person, write->bar_hash);
    write->bar_day = BAR_DAY;
}

/* A bar that none of the later applications of this history runs into: they ask for a day after it. */
static void bar_add(struct store_write *write)
{
    static struct store_bar bars[PERSONS];
    uint32_t person = (uint32_t)(write->application % PERSONS);

    bars[person].until_day = BAR_DAY - 1;
    fixture_key(200000 + person, bars[person].person_hash);
    write->bar = &bars[person];
    run.now.is_barred[person] = true;
}

static void intake_add(void)
{
    static struct store_owed owed[DEPARTMENTS];
    uint64_t id = ++run.now.applications;
    struct store_write *write = fixture_intake(&run.fixture, id, (uint32_t)id);

    for (uint8_t i = 0; i < DEPARTMENTS; i++)
        owed[i] = (struct store_owed){.department = (uint16_t)(1 + i), .task = i, .due_day = 7};
    write->owed = owed;
    write->owed_count = DEPARTMENTS;
    write->wake_minute = (int64_t)id;
    write->state = fixture_text(&run.fixture, "0");
    write->state_size = 1;
    extras_add(write, random_next() % 2 == 0);
    person_add(write, (uint32_t)(id % PERSONS));
    run.now.version[id] = 0;
    run.now.status[id] = 2;
    run.now.journal++;
}

static void transition_add(void)
{
    char state[16];
    uint64_t id = 1 + random_next() % run.now.applications;

    snprintf(state, sizeof(state), "%u", ++run.now.version[id]);
    struct store_write *write = fixture_transition(&run.fixture, id, state);
    write->status = run.now.status[id] = (uint8_t)(2 + random_next() % 2);
    if (random_next() % 8 == 0)
        bar_add(write);
    write->wake_minute = random_next() % 2 == 0 ? (int64_t)id : INT64_MAX;
    extras_add(write, run.now.sequence[id] == 0);
    run.now.journal++;
}

static void batch_add(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if (run.now.applications < 2 || random_next() % 2 == 0)
            intake_add();
        else
            transition_add();
    }
}

static void start(uint64_t seed)
{
    memset(&run, 0, sizeof(run));
    run.random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    run.fixture.vfs = CRASH_VFS;
    crash_vfs_reset();
    fixture_init(&run.fixture);
}

static void acknowledge(void)
{
    assert_int_equal(run.fixture.batch->rc, OD_OK);
    run.after[run.acknowledged + 1] = run.now;
    __atomic_store_n(&run.acknowledged, run.acknowledged + 1, __ATOMIC_RELEASE);
}

static void integrity_check(const char *folder)
{
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;

    snprintf(path, sizeof(path), "%s/hub.db", folder);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, CRASH_VFS), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void application_check(struct store_reader *reader, const struct model *model, uint64_t id)
{
    struct store_row row = {0};
    char state[16];
    uint8_t key[32], body[32];
    uint64_t holder = 0;
    struct store_record *records = NULL;
    size_t count = 0;

    assert_int_equal(store_read_application(reader, id, &run.fixture.arena, &row), OD_OK);
    snprintf(state, sizeof(state), "%u", model->version[id]);
    assert_string_equal((const char *)row.state, state);
    assert_int_equal(row.sequence, model->sequence[id]);
    fixture_key((uint32_t)id, key);
    assert_int_equal(store_read_key(reader, key, &holder, body), OD_OK);
    assert_int_equal(holder, id);
    assert_int_equal(store_read_history(reader, id, 0, &run.fixture.arena, &records, &count), OD_OK);
    assert_int_equal(count, model->version[id] + 1);
}

static int on_count(void *owner, const struct store_count *count)
{
    *(uint64_t *)owner += (uint64_t)count->delta;
    return OD_OK;
}

static void extras_check(struct store_reader *reader, const struct model *model)
{
    static struct store_alert_row rows[2 * APPLICATIONS_MAX];
    const struct store_alert_filter any = {.department = 2, .before = UINT64_MAX};
    uint64_t counted = 0, next = 99;
    size_t count = 99;

    assert_int_equal(store_read_counts(reader, 0, INT32_MAX, on_count, &counted), OD_OK);
    assert_int_equal(counted, model->counted);
    assert_int_equal(store_read_alerts(reader, &any, &run.fixture.arena, rows, 2 * APPLICATIONS_MAX, &count, &next), OD_OK);
    assert_int_equal(count, model->alerts);
    assert_int_equal(next, 0);
    if (count > 0)
        assert_int_equal(rows[0].seq, count); /* without gaps */
}

/* The store holds exactly what some whole number of batches left, no less than was acknowledged. */
static const struct model *survivors_check(uint64_t acknowledged)
{
    struct store_reader *reader = store_reader_take(run.fixture.store);
    uint64_t last = store_journal_last(run.fixture.store), bad = 99, n = acknowledged;
    struct store_owed_key keys[APPLICATIONS_MAX];
    size_t owed = 0;

    while (n <= BATCHES && run.after[n].journal != last)
        n++;
    assert_true(n <= acknowledged + 1);
    const struct model *model = &run.after[n];
    assert_int_equal(store_application_next(run.fixture.store), model->applications + 1);
    for (uint64_t id = 1; id <= model->applications; id++)
        application_check(reader, model, id);
    assert_int_equal(store_read_owed(reader, 1, NULL, keys, APPLICATIONS_MAX, &owed), OD_OK);
    assert_int_equal(owed, model->applications);
    extras_check(reader, model);
    assert_int_equal(store_verify(reader, &bad), OD_OK);
    assert_int_equal(bad, 0);
    store_reader_give(run.fixture.store, reader);
    return model;
}

static uint64_t newest_open(const struct model *model, uint64_t person)
{
    uint64_t id = model->applications;

    while (id > 0 && (id % PERSONS != person || model->status[id] > 2))
        id--;
    return id;
}

/* It goes on: every person applies once more, and is met as the survivors say. */
static void persons_check(const struct model *model)
{
    const struct store_write *asked[PERSONS], *applied[PERSONS];
    uint64_t id = store_application_next(run.fixture.store);

    for (uint32_t person = 0; person < PERSONS; person++) {
        struct store_write *write = fixture_intake(&run.fixture, id++, 0);
        person_add(write, person);
        write->bar_day = BAR_DAY - 1;
        asked[person] = write;
        write = fixture_intake(&run.fixture, id++, 0);
        person_add(write, person);
        applied[person] = write;
    }
    fixture_commit(&run.fixture);
    for (uint32_t person = 0; person < PERSONS; person++) {
        uint64_t before = newest_open(model, person);
        assert_int_equal(asked[person]->rc, model->is_barred[person] ? OD_EDENIED : OD_OK);
        assert_int_equal(asked[person]->duplicate, model->is_barred[person] ? 0 : before);
        assert_int_equal(applied[person]->rc, OD_OK);
        assert_int_equal(applied[person]->duplicate, model->is_barred[person] ? before : asked[person]->application);
    }
}

static void cut_check(size_t index, uint64_t seed)
{
    uint64_t acknowledged = crash_vfs_restore(index, seed);

    fixture_open(&run.fixture);
    const struct model *model = survivors_check(acknowledged);
    intake_add(); /* with the first key that it cannot know */
    run.fixture.batch->writes[0].application = store_application_next(run.fixture.store);
    run.fixture.batch->writes[0].has_person = false;
    fixture_commit(&run.fixture);
    assert_int_equal(run.fixture.batch->rc, OD_OK);
    persons_check(model);
    fixture_close(&run.fixture);
    integrity_check(run.fixture.folder);
    base_arena_fini(&run.fixture.arena);
}

static void whole_batches_survive_a_power_cut(void **state)
{
    uint64_t cuts = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        start(seed);
        crash_vfs_cut_every(1 + seed % 41, on_cut, NULL);
        for (unsigned i = 0; i < BATCHES; i++) {
            batch_add(1 + random_next() % WRITES_MAX);
            fixture_commit(&run.fixture);
            acknowledge();
        }
        fixture_close(&run.fixture);
        size_t count = crash_vfs_cut_count(), step = 1 + count / 3;
        assert_true(count > 0);
        for (size_t i = seed % step; i < count; i += step, cuts += 2) {
            cut_check(i, seed);
            cut_check(i, seed + 1000);
        }
        fixture_fini(&run.fixture);
    }
    assert_true(cuts > 3 * SEEDS);
}

/* At every budget of bytes: the batch is refused whole and the store works again afterwards. */
static void a_full_disk_refuses_the_whole_batch(void **state)
{
    (void)state;
    start(7);
    uint64_t refused = 0;
    for (size_t room = 0; room < 40000; room += 977) {
        struct model before = run.now;
        uint16_t number = 0;
        char id[16];
        snprintf(id, sizeof(id), "d%zu", room);
        assert_int_equal(store_department(run.fixture.store, id, &number), OD_OK);
        crash_vfs_fill(crash_vfs_used() + room % 30000);
        batch_add(8);
        fixture_commit(&run.fixture);
        if (run.fixture.batch->rc == OD_OK)
            continue;
        refused++;
        assert_int_equal(run.fixture.batch->rc, OD_EFULL);
        for (uint32_t i = 0; i < run.fixture.batch->count; i++) {
            assert_int_equal(run.fixture.batch->writes[i].rc, OD_EFULL);
            assert_int_equal(run.fixture.batch->writes[i].journal_seq, 0);
            assert_int_equal(run.fixture.batch->writes[i].alert_seq, 0);
            assert_int_equal(run.fixture.batch->writes[i].sequence, 0);
        }
        run.now = before;
        assert_int_equal(store_journal_last(run.fixture.store), before.journal);
        assert_int_equal(store_application_next(run.fixture.store), before.applications + 1);
        crash_vfs_fill(SIZE_MAX);
        batch_add(3);
        fixture_commit(&run.fixture);
        assert_int_equal(run.fixture.batch->rc, OD_OK);
        assert_int_equal(store_journal_last(run.fixture.store), run.now.journal);
    }
    assert_true(refused > 5);
    crash_vfs_fill(SIZE_MAX);
    run.after[0] = run.now;
    (void)survivors_check(0);
    fixture_reopen(&run.fixture);
    persons_check(survivors_check(0));
    assert_string_equal(store_department_name(run.fixture.store, 1), "d0");
    fixture_close(&run.fixture);
    integrity_check(run.fixture.folder);
    fixture_fini(&run.fixture);
}

/* In a child: the count-th operation from a commit on fails. Exit 0 = the commit was acknowledged. */
static void child_commit(uint64_t count)
{
    struct rlimit none = {0};

    setrlimit(RLIMIT_CORE, &none);
    start(5);
    batch_add(10);
    fixture_commit(&run.fixture);
    crash_vfs_fail_at(count);
    batch_add(10);
    fixture_commit(&run.fixture);
    int rc = run.fixture.batch->rc;
    fixture_fini(&run.fixture);
    _exit(rc == OD_OK ? 0 : 1);
}

static int child_run(uint64_t count)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        child_commit(count);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_broken_disk_stops_the_process(void **state)
{
    uint64_t count = 1;
    int status;

    (void)state;
    for (; WIFSIGNALED(status = child_run(count)); count++)
        assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_int_equal(WEXITSTATUS(status), 0); /* the next operation came after the commit */
    assert_true(count > 3);                    /* frames, and the sync */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_disk_stops_the_process), /* first: it forks, so no thread may be there */
        cmocka_unit_test(whole_batches_survive_a_power_cut),
        cmocka_unit_test(a_full_disk_refuses_the_whole_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
