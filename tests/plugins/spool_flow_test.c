/* SPDX-License-Identifier: Apache-2.0 */
/* The connector spool between a scripted hub and a department whose files the test writes. Time is the hub's: it stands
 * still until the test moves it. */
#include "lib/check.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/base64.h"
#include "sdk/fake_hub.h"

#define NOW_MS INT64_C(1774738800000) /* 2026-03-29T00:00:00+01:00 in Berlin: the clock goes ahead that night */
#define SPOOL fake_build_path("modules/spool-1.0.0")
#define LOOK_MS 60000
#define USER 65534 /* of the folder, under root */
#define KEPT_MAX 256

#define IN ",\"in\":{\"prefix\":\"water\",\"columns\":{\"key\":\"KEY\",\"opinion\":\"RESULT\"},\"values\":{\"granted\":\"approve\",\"open\":\"pending\"}}}"
#define SOON "{\"out\":{\"prefix\":\"onedoor\",\"every_ms\":1000,\"columns\":{}}" IN
#define NIGHTLY "{\"out\":{\"prefix\":\"onedoor\",\"at\":\"02:30\",\"columns\":{}}" IN

static char place[] = "/tmp/od-spool-XXXXXX";
static int64_t now_ms;
static size_t answered;

/* The hub's store of this connector. */
static struct {
    char key[64], value[256]; /* as base64 */
} kept[KEPT_MAX];
static size_t kept_count;

/* -- The store -- */

static void member(const char *json, const char *key, char *out, size_t size)
{
    char name[32];

    snprintf(name, sizeof(name), "\"%s\":\"", key);
    const char *at = strstr(json, name);
    out[0] = '\0';
    if (at != NULL)
        snprintf(out, size, "%.*s", (int)strcspn(at + strlen(name), "\""), at + strlen(name));
}

static size_t find(const char *key)
{
    for (size_t i = 0; i < kept_count; i++)
        if (strcmp(kept[i].key, key) == 0)
            return i;
    return kept_count;
}

static void keep(const char *key, const char *value)
{
    size_t at = find(key);

    assert_true(at < KEPT_MAX);
    kept_count += at == kept_count;
    snprintf(kept[at].key, sizeof(kept[at].key), "%s", key);
    snprintf(kept[at].value, sizeof(kept[at].value), "%s", value);
}

static void keep_text(const char *key, const char *text)
{
    char encoded[128];

    host_base64_encode(text, strlen(text), encoded);
    encoded[HOST_BASE64_SIZE(strlen(text))] = '\0';
    keep(key, encoded);
}

static void put_keys(const char *prefix, char *text, size_t room)
{
    size_t size = (size_t)snprintf(text, room, "{\"keys\":[");

    for (size_t i = 0, count = 0; i < kept_count; i++)
        if (strncmp(kept[i].key, prefix, strlen(prefix)) == 0)
            size += (size_t)snprintf(text + size, room - size, "%s\"%s\"", count++ > 0 ? "," : "", kept[i].key);
    snprintf(text + size, room - size, "]}");
}

static void answer_one(struct fake_hub *hub)
{
    const char *asked = hub->services[answered].payload;
    char op[16], key[64], value[256], text[8192];

    member(asked, "op", op, sizeof(op));
    member(asked, strcmp(op, "list") == 0 ? "prefix" : "key", key, sizeof(key));
    member(asked, "value", value, sizeof(value));
    size_t at = find(key);
    snprintf(text, sizeof(text), "{}");
    if (strcmp(op, "list") == 0)
        put_keys(key, text, sizeof(text));
    else if (strcmp(op, "put") == 0)
        keep(key, value);
    else if (strcmp(op, "get") == 0 && at < kept_count)
        snprintf(text, sizeof(text), "{\"value\":\"%s\"}", kept[at].value);
    else if (strcmp(op, "get") == 0)
        snprintf(text, sizeof(text), "{\"error\":{\"code\":\"not_found\",\"detail\":\"\"}}");
    else if (at < kept_count)
        kept[at] = kept[--kept_count];
    fake_hub_answer(hub, answered++, text);
}

/* -- The hub -- */

/* Whatever the connector asks of its store is answered, until the condition holds. */
#define UNTIL(hub, condition)                                                                                                          \
    while (!(condition)) {                                                                                                             \
        if (answered < (hub)->service_count)                                                                                           \
            answer_one(hub);                                                                                                           \
        else                                                                                                                           \
            fake_hub_step(hub);                                                                                                        \
    }

static bool is_there(const char *name);

static void pass_time(struct fake_hub *hub, int64_t ms)
{
    char text[64];

    now_ms += ms;
    snprintf(text, sizeof(text), "{\"now_ms\":%lld}", (long long)now_ms);
    UNTIL(hub, hub->poll_id != 0);
    fake_hub_item(hub, BASE_ITEM_TIME, 0, text);
    fake_hub_send(hub);
    UNTIL(hub, hub->poll_id != 0);
}

/* A pass over the folder is over when what it was to do is seen: files are not told of by frames. */
static void look_until(struct fake_hub *hub, const char *name)
{
    for (int i = 0; i < 200 && !is_there(name); i++)
        pass_time(hub, LOOK_MS);
    CHECK(is_there(name), name);
}

static void open_hub(struct fake_hub *hub, const char *config)
{
    now_ms = NOW_MS;
    answered = 0;
    fake_hub_start(hub, SPOOL);
    fake_hub_hello(hub, config, true, NOW_MS);
    UNTIL(hub, hub->poll_id != 0);
}

static void stop(struct fake_hub *hub)
{
    fake_hub_item(hub, BASE_ITEM_STOP, 0, "{\"grace_ms\":10000}");
    fake_hub_send(hub);
    UNTIL(hub, hub->is_bye);
    fake_hub_reap_with(hub, 0);
    fake_hub_fini(hub);
}

static void offer(struct fake_hub *hub, uint64_t task)
{
    UNTIL(hub, hub->poll_id != 0);
    fake_hub_offer(hub, task, 1, "{}");
    fake_hub_send(hub);
    UNTIL(hub, hub->poll_id != 0);
}

static void accepted(struct fake_hub *hub, uint64_t task)
{
    offer(hub, task);
    for (int i = 0; i < 200 && fake_hub_find(hub, BASE_ITEM_ACCEPT, task) == NULL; i++)
        pass_time(hub, LOOK_MS);
    CHECK(fake_hub_find(hub, BASE_ITEM_ACCEPT, task) != NULL, "in a batch");
}

/* -- The folder -- */

static const char *path_of(const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", place, name);
    return path;
}

static bool is_there(const char *name)
{
    struct stat about;

    return lstat(path_of(name), &about) == 0;
}

static void folder(const char *name)
{
    assert_true(mkdir(path_of(name), 0700) == 0 || is_there(name));
    if (geteuid() == 0)
        assert_int_equal(0, chown(path_of(name), USER, USER));
}

static void write_file(const char *name, const char *text)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal((int)strlen(text), write(fd, text, strlen(text)));
    if (geteuid() == 0)
        assert_int_equal(0, fchown(fd, USER, USER));
    close(fd);
}

/* A whole file with one row. */
static void write_answer(const char *name, int number, const char *key, const char *word)
{
    char text[256];

    snprintf(text, sizeof(text), "H,water,%d\nC,KEY,RESULT\nD,%s,%s\nT,1\n", number, key, word);
    write_file(name, text);
}

static const char *text_of(const char *name)
{
    static char text[4096];
    int fd = open(path_of(name), O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

static int make_place(void **state)
{
    static const char *const folders[] = {".", "in", "out", "sent", "done", "refused"};

    (void)state;
    snprintf(place, sizeof(place), "/tmp/od-spool-XXXXXX");
    assert_non_null(mkdtemp(place));
    for (size_t i = 0; i < COUNT(folders); i++)
        folder(folders[i]);
    assert_int_equal(0, setenv("ONEDOOR_FOLDER", place, 1));
    kept_count = 0;
    return 0;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

static int remove_place(void **state)
{
    (void)state;
    unsetenv("ONEDOOR_FOLDER");
    unsetenv("TZ");
    return nftw(place, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* -- Tests -- */

/* One file that the transfer's user keeps for itself: all others, and the batches, go on. */
static void a_file_that_cannot_be_read_stands_in_nobodys_way(void **state)
{
    struct fake_hub hub;

    (void)state;
    write_answer("in/a.csv", 1, "k-1", "granted");
    assert_int_equal(0, chmod(path_of("in/a.csv"), 0));
    open_hub(&hub, SOON);
    accepted(&hub, 2);
    write_answer("in/b.csv", 2, "k-2", "granted");
    look_until(&hub, "done/b.csv");
    CHECK(fake_hub_find(&hub, BASE_ITEM_OPINION, 2) != NULL, "the other was taken");
    CHECK(fake_hub_has_log(&hub, "a.csv cannot be read: Permission denied"), "it is named");
    CHECK(is_there("in/a.csv"), "and left alone");
    stop(&hub);
}

/* Links, folders and half-written files, more than there is room for, before the whole one. */
static void what_is_not_whole_takes_no_room(void **state)
{
    struct fake_hub hub;
    char name[64];

    (void)state;
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "in/a%02d.csv", i);
        if (i % 2 == 0)
            assert_int_equal(0, symlink("/etc/passwd", path_of(name)));
        else
            write_file(name, "H,water,1\nC,KEY,RESULT\n");
    }
    write_answer("in/z.csv", 7, "\"k-9: taken\nline 9: k-1\"", "granted");
    open_hub(&hub, SOON);
    look_until(&hub, "done/z.csv");
    CHECK(is_there("in/a00.csv") && is_there("in/a01.csv"), "they stay");
    CHECK_TEXT("line 3: k-9: taken line 9: k-1: no such task is open here\n", text_of("done/z.csv.report.txt"), "one row, one line of the report");
    stop(&hub);
}

/* A link in place of a folder leads out of it. */
static void a_folder_that_is_a_link_is_refused(void **state)
{
    struct fake_hub hub;

    (void)state;
    folder("elsewhere");
    assert_int_equal(0, rmdir(path_of("done")));
    assert_int_equal(0, symlink(path_of("elsewhere"), path_of("done")));
    write_answer("in/a.csv", 1, "k-1", "granted");
    open_hub(&hub, SOON);
    for (int i = 0; i < 200 && !fake_hub_has_log(&hub, "is no folder (a link is none): done"); i++)
        pass_time(&hub, LOOK_MS);
    CHECK(fake_hub_has_log(&hub, "is no folder (a link is none): done"), "said");
    CHECK(is_there("in/a.csv") && !is_there("elsewhere/a.csv"), "nothing went there");
    stop(&hub);
}

/* A department that writes each file under the same name: the second comes while the first waits for its task. */
static void a_file_that_takes_another_s_place_is_read_too(void **state)
{
    struct fake_hub hub;

    (void)state;
    write_answer("in/answers.csv", 1, "k-1", "granted");
    open_hub(&hub, "{\"wait_ms\":600000,\"out\":{\"prefix\":\"onedoor\",\"every_ms\":1000,\"columns\":{}}" IN);
    pass_time(&hub, LOOK_MS); /* read: its task is not here, so it waits ten minutes */
    accepted(&hub, 2);
    write_answer("in/new.csv", 2, "k-2", "granted");
    assert_int_equal(0, rename(path_of("in/new.csv"), path_of("in/answers.csv")));
    for (int i = 0; i < 200 && fake_hub_find(&hub, BASE_ITEM_OPINION, 2) == NULL; i++)
        pass_time(&hub, LOOK_MS);
    CHECK(fake_hub_find(&hub, BASE_ITEM_OPINION, 2) != NULL, "the second was taken");
    look_until(&hub, "done/answers.csv");
    CHECK(strstr(text_of("done/answers.csv"), "k-2") != NULL, "and put away");
    stop(&hub);
}

static void two_files_of_one_number_are_not_both_taken(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, SOON);
    accepted(&hub, 1);
    accepted(&hub, 2);
    write_answer("in/y.csv", 5, "k-1", "granted");
    write_answer("in/x.csv", 5, "k-2", "granted");
    for (int i = 0; i < 200 && !is_there("refused/x.csv") && !is_there("refused/y.csv"); i++)
        pass_time(&hub, LOOK_MS);
    CHECK(is_there("refused/x.csv") != is_there("refused/y.csv"), "one of them is refused");
    CHECK_I64(1, fake_hub_count(&hub, BASE_ITEM_OPINION), "the other is taken");
    stop(&hub);
}

/* What was forgotten is not taken once more: nobody knows. */
static void a_number_that_was_forgotten_is_refused(void **state)
{
    struct fake_hub hub;

    (void)state;
    keep_text("floor", "40");
    keep_text("in.000000000041", "0123456789abcdef 50");
    open_hub(&hub, SOON);
    accepted(&hub, 1);
    write_answer("in/old.csv", 40, "k-1", "granted");
    write_answer("in/new.csv", 42, "k-1", "open");
    look_until(&hub, "refused/old.csv");
    CHECK(strstr(text_of("refused/old.csv.report.txt"), "its number is lower than all that are remembered") != NULL, "the report says why");
    CHECK_I64(0, fake_hub_count(&hub, BASE_ITEM_OPINION), "nothing of it was taken");
    look_until(&hub, "done/new.csv");
    stop(&hub);
}

/* Copies are the center's to remove: the department asks for one that is gone. */
static void a_batch_without_a_copy_is_not_asked_for_without_end(void **state)
{
    struct fake_hub hub;
    size_t warnings = 0;

    (void)state;
    open_hub(&hub, "{\"out\":{\"prefix\":\"onedoor\",\"every_ms\":1000,\"columns\":{},\"ack_ms\":86400000}" IN);
    accepted(&hub, 1);
    CHECK(is_there("sent/onedoor-000001.csv"), "a copy");
    assert_int_equal(0, unlink(path_of("sent/onedoor-000001.csv")));
    write_file("in/ack.csv", "H,onedoor,ack\nA,1,0,0,again\nT,1\n");
    look_until(&hub, "done/ack.csv");
    accepted(&hub, 2);
    for (int i = 0; i < 10; i++)
        pass_time(&hub, LOOK_MS);
    for (size_t i = 0; i < hub.report_count; i++)
        warnings += hub.reports[i].kind == BASE_ITEM_LOG && strstr(hub.reports[i].payload, "no copy of") != NULL;
    CHECK_I64(1, warnings, "said once");
    stop(&hub);
}

/* A fault of the disk, or a mode somebody sets: the copy is there, and goes out when it can be read. */
static void a_copy_that_cannot_be_read_now_goes_out_later(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, "{\"out\":{\"prefix\":\"onedoor\",\"every_ms\":1000,\"columns\":{},\"ack_ms\":86400000}" IN);
    accepted(&hub, 1);
    assert_int_equal(0, chmod(path_of("sent/onedoor-000001.csv"), 0));
    assert_int_equal(0, unlink(path_of("out/onedoor-000001.csv")));
    write_file("in/ack.csv", "H,onedoor,ack\nA,1,0,0,again\nT,1\n");
    for (int i = 0; i < 200 && !fake_hub_has_log(&hub, "cannot be read: onedoor-000001.csv"); i++)
        pass_time(&hub, LOOK_MS);
    CHECK(fake_hub_has_log(&hub, "cannot be read: onedoor-000001.csv: Permission denied"), "said");
    CHECK(!fake_hub_has_log(&hub, "no copy of"), "it is not given up");
    assert_int_equal(0, chmod(path_of("sent/onedoor-000001.csv"), 0600));
    look_until(&hub, "out/onedoor-000001.csv");
    stop(&hub);
}

/* scp -p and others set the time of a file when its bytes are there already. */
static void a_file_whose_time_was_set_is_the_same(void **state)
{
    static const struct timespec times[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};
    struct fake_hub hub;

    (void)state;
    write_answer("in/a.csv", 1, "k-1", "granted");
    open_hub(&hub, "{\"wait_ms\":600000,\"out\":{\"prefix\":\"onedoor\",\"every_ms\":1000,\"columns\":{}}" IN);
    accepted(&hub, 2); /* meanwhile it was read: its task is not here, so it waits ten minutes */
    pass_time(&hub, LOOK_MS);
    assert_int_equal(0, utimensat(AT_FDCWD, path_of("in/a.csv"), times, 0));
    look_until(&hub, "done/a.csv");
    CHECK_TEXT("line 3: k-1: no such task is open here\n", text_of("done/a.csv.report.txt"), "what became of its row");
    CHECK(!is_there("done/a.csv.report.txt.1"), "it was read once");
    stop(&hub);
}

/* The department names every file alike. */
static void a_report_overwrites_no_other(void **state)
{
    struct fake_hub hub;

    (void)state;
    open_hub(&hub, SOON);
    write_answer("in/a.csv", 1, "k-1", "perhaps");
    look_until(&hub, "refused/a.csv");
    write_answer("in/a.csv", 2, "k-2", "perhaps not");
    look_until(&hub, "refused/a.csv.1");
    CHECK(strstr(text_of("refused/a.csv.report.txt"), "perhaps not") == NULL, "that of the first");
    CHECK(is_there("refused/a.csv.report.txt.1"), "and of the second");
    stop(&hub);
}

#define TASKS 1000
#define ROWS 20000 /* as many as a file may have */

/* Each of the hub's words on a row is no reason to go through all rows and tasks anew. */
static void a_large_file_is_taken_in_time(void **state)
{
    struct fake_hub hub;
    struct timespec start, end;
    char *text = malloc(ROWS * 24 + 64);
    int size = sprintf(text, "H,water,1\nC,KEY,RESULT\n");

    (void)state;
    for (int i = 1; i <= ROWS; i++)
        size += sprintf(text + size, "D,k-%d,granted\n", i);
    sprintf(text + size, "T,%d\n", ROWS);
    open_hub(&hub, "{\"wait_ms\":1000,\"out\":{\"prefix\":\"onedoor\",\"every_ms\":1000,\"columns\":{}}" IN);
    for (uint64_t task = 1; task < TASKS; task++) {
        fake_hub_offer(&hub, task, 1, "{}");
        if (task % 100 == 0)
            fake_hub_send(&hub);
    }
    accepted(&hub, TASKS);
    UNTIL(&hub, fake_hub_count(&hub, BASE_ITEM_ACCEPT) == TASKS);
    write_file("in/large.csv", text);
    clock_gettime(CLOCK_MONOTONIC, &start);
    look_until(&hub, "done/large.csv");
    clock_gettime(CLOCK_MONOTONIC, &end);
    CHECK_I64(TASKS, fake_hub_count(&hub, BASE_ITEM_OPINION), "every task has its answer");
    CHECK(end.tv_sec - start.tv_sec < 8, "once through for many, not for each");
    stop(&hub);
    free(text);
}

/* A batch a night at half past two, through both changes of the clock, though no task comes but before the first. */
static void the_hour_follows_the_clock_on_the_wall(void **state)
{
    static const struct {
        int64_t before_ms, at_ms;
        const char *why;
    } nights[] = {
        {INT64_C(1774747799000), INT64_C(1774747801000), "2026-03-29: 02:30 is left out, 03:30 is 01:30Z"},
        {INT64_C(1774830599000), INT64_C(1774830601000), "2026-03-30: 00:30Z"},
        {INT64_C(1792888199000), INT64_C(1792888201000), "2026-10-25: 02:30 comes twice, the first is 00:30Z"},
        {INT64_C(1792978199000), INT64_C(1792978201000), "2026-10-26: 01:30Z"},
    };
    struct fake_hub hub;
    char name[64];

    (void)state;
    assert_int_equal(0, setenv("TZ", "Europe/Berlin", 1));
    open_hub(&hub, NIGHTLY);
    for (size_t i = 0; i < COUNT(nights); i++) {
        pass_time(&hub, nights[i].before_ms - 3600000 - now_ms); /* an hour before, so that nothing is overdue */
        offer(&hub, i + 1);
        snprintf(name, sizeof(name), "out/onedoor-%06zu.csv", i + 1);
        pass_time(&hub, nights[i].before_ms - now_ms);
        CHECK(!is_there(name), nights[i].why);
        pass_time(&hub, nights[i].at_ms - now_ms);
        UNTIL(&hub, fake_hub_find(&hub, BASE_ITEM_ACCEPT, i + 1) != NULL);
        CHECK(is_there(name), nights[i].why);
    }
    stop(&hub);
}

/* A full disk at half past two: the batch leaves when there is room again, not a night later. */
static void a_batch_that_did_not_get_out_leaves_with_the_next_look(void **state)
{
    struct fake_hub hub;

    (void)state;
    assert_int_equal(0, setenv("TZ", "UTC", 1));
    open_hub(&hub, NIGHTLY); /* 23:00 */
    offer(&hub, 1);
    assert_int_equal(0, chmod(path_of("out"), 0500));
    pass_time(&hub, INT64_C(3) * 3600000 + 31 * 60000);
    for (int i = 0; i < 20 && !fake_hub_has_log(&hub, "cannot be written: onedoor-000001.csv"); i++)
        pass_time(&hub, LOOK_MS);
    CHECK(fake_hub_has_log(&hub, "cannot be written: onedoor-000001.csv"), "said");
    assert_int_equal(0, chmod(path_of("out"), 0700));
    for (int i = 0; i < 20 && fake_hub_find(&hub, BASE_ITEM_ACCEPT, 1) == NULL; i++)
        pass_time(&hub, LOOK_MS);
    CHECK(fake_hub_find(&hub, BASE_ITEM_ACCEPT, 1) != NULL, "within minutes");
    stop(&hub);
}

/* The hour passes before the hub has said what is known: nothing waited for it, so what comes then leaves in the next night. */
static void an_hour_that_passes_at_the_start_is_no_batch(void **state)
{
    struct fake_hub hub;
    char text[64];

    (void)state;
    assert_int_equal(0, setenv("TZ", "UTC", 1));
    now_ms = NOW_MS; /* 23:00 */
    answered = 0;
    fake_hub_start(&hub, SPOOL);
    fake_hub_hello(&hub, NIGHTLY, true, now_ms);
    fake_hub_wait_poll(&hub); /* the store is not answered */
    now_ms += INT64_C(5) * 3600000;
    snprintf(text, sizeof(text), "{\"now_ms\":%lld}", (long long)now_ms);
    fake_hub_item(&hub, BASE_ITEM_TIME, 0, text);
    fake_hub_send(&hub);
    fake_hub_wait_poll(&hub);
    fake_hub_offer(&hub, 1, 1, "{}");
    fake_hub_send(&hub);
    fake_hub_wait_poll(&hub);
    for (int i = 0; i < 20; i++)
        pass_time(&hub, LOOK_MS);
    CHECK(!is_there("out/onedoor-000001.csv"), "at 04:20");
    pass_time(&hub, NOW_MS + (INT64_C(27) * 3600000 + 31 * 60000) - now_ms);
    UNTIL(&hub, fake_hub_find(&hub, BASE_ITEM_ACCEPT, 1) != NULL);
    CHECK(is_there("out/onedoor-000001.csv"), "at 02:31 of the next night");
    stop(&hub);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        TEST(a_file_that_cannot_be_read_stands_in_nobodys_way),
        TEST(what_is_not_whole_takes_no_room),
        TEST(a_folder_that_is_a_link_is_refused),
        TEST(a_file_that_takes_another_s_place_is_read_too),
        TEST(two_files_of_one_number_are_not_both_taken),
        TEST(a_number_that_was_forgotten_is_refused),
        TEST(a_batch_without_a_copy_is_not_asked_for_without_end),
        TEST(a_copy_that_cannot_be_read_now_goes_out_later),
        TEST(a_file_whose_time_was_set_is_the_same),
        TEST(a_report_overwrites_no_other),
        TEST(a_large_file_is_taken_in_time),
        TEST(the_hour_follows_the_clock_on_the_wall),
        TEST(a_batch_that_did_not_get_out_leaves_with_the_next_look),
        TEST(an_hour_that_passes_at_the_start_is_no_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
