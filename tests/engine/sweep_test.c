/* SPDX-License-Identifier: Apache-2.0 */
/* Files that no record names go in their time, and no other ones: docs/rules/retention.md, R-8. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "catalog/fixture.h"
#include "engine/document.h"
#include "engine/material.h"
#include "lib/check.h"
#include "store/crash_vfs.h"

#define AGE_MS (ENGINE_SWEEP_AGE_DAYS * DAY_MS)
#define NAMES_MAX 64

DIR *__real_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_fsync(int fd);
int __wrap_fsync(int fd);

static int open_errno, unlink_errno, sync_errno; /* of folders 00 to ff, of documents, of folders; 0 = it works */
static unsigned folders_opened, removed;

/* The first is the whole. */
DIR *__wrap_fdopendir(int fd)
{
    if (folders_opened++ > 0 && open_errno != 0) {
        errno = open_errno;
        return NULL;
    }
    return __real_fdopendir(fd);
}

int __wrap_unlink(const char *path)
{
    bool is_document = strstr(path, "/materials/") != NULL && strstr(path, "/.part/") == NULL;

    if (unlink_errno != 0 && is_document) {
        errno = unlink_errno;
        return -1;
    }
    removed += is_document;
    return __real_unlink(path);
}

int __wrap_fsync(int fd)
{
    struct stat about;

    if (sync_errno != 0 && fstat(fd, &about) == 0 && S_ISDIR(about.st_mode)) {
        errno = sync_errno;
        return -1;
    }
    return __real_fsync(fd);
}

/* -- The scene -- */

static int set_up(void **state)
{
    open_errno = unlink_errno = sync_errno = 0;
    return desk_open(state);
}

static const struct engine_sweeping *sweeping(void)
{
    return &stage.engine->materials->sweeping;
}

static const char *path_of(const char *name)
{
    static char path[2048];

    snprintf(path, sizeof(path), "%s/materials/%s", stage.folder, name);
    return path;
}

static void write_at(const char *path, const char *text, int64_t ms)
{
    const struct timespec times[2] = {{.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}};
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CHECK(fd >= 0, path);
    CHECK_I64((int64_t)strlen(text), write(fd, text, strlen(text)), path);
    CHECK_I64(0, futimens(fd, times), path);
    close(fd);
}

/* A file as an upload leaves it that nobody recorded, written at that time of the hub. */
static void plant(const char *text, int64_t ms)
{
    char folder[3];

    snprintf(folder, sizeof(folder), "%.2s", document_digits(text));
    (void)mkdir(path_of(""), 0700);
    (void)mkdir(path_of(folder), 0700);
    write_at(document_path(text), text, ms);
}

/* As if it had been there all the time: the stage's time is not the disk's. */
static void age(const char *text, int64_t ms)
{
    const struct timespec times[2] = {{.tv_sec = ms / 1000}, {.tv_sec = ms / 1000}};

    CHECK_I64(0, utimensat(AT_FDCWD, document_path(text), times, 0), text);
}

static void turn_on(void)
{
    stage.monotonic_ms += ENGINE_SWEEP_PAUSE_MS;
    stage_tick();
}

/* A day passes, and the walk that is due then comes to its end. */
static void sweep_in(int64_t ms)
{
    folders_opened = removed = 0;
    stage_wait(ms);
    turn_on();
    CHECK(sweeping()->is_running, "it is due");
    for (unsigned i = 0; i < 10000 && sweeping()->is_running; i++) {
        stage_drain();
        turn_on();
    }
    stage_drain();
    CHECK(!sweeping()->is_running, "it comes to its end");
}

static void check_counts(uint64_t unnamed, uint64_t foreign, uint64_t unreadable, uint64_t failed, const char *why)
{
    CHECK_I64((int64_t)unnamed, (int64_t)sweeping()->last.unnamed, why);
    CHECK_I64((int64_t)foreign, (int64_t)sweeping()->last.foreign, why);
    CHECK_I64((int64_t)unreadable, (int64_t)sweeping()->last.unreadable, why);
    CHECK_I64((int64_t)failed, (int64_t)sweeping()->last.failed, why);
}

/* -- In its time -- */

static void test_a_file_without_a_record_goes_in_its_time(void **state)
{
    int64_t written = stage.wall_ms + DAY_MS;

    (void)state;
    document_upload("recorded", 201);
    age("recorded", written);
    plant("nobody's", written);
    plant("newer", written + 1);
    stage.wall_ms = written;
    sweep_in(AGE_MS);
    check_counts(2, 0, 0, 0, "not older than the age");
    CHECK(document_is_there("nobody's"), "on the last moment");
    stage_restart(false);
    CHECK(!sweeping()->is_running, "not with the start");
    sweep_in(1 + ENGINE_SWEEP_FIRST_MS);
    CHECK(!document_is_there("nobody's") && !document_is_there("newer"), "a minute after it");
    CHECK(document_is_there("recorded"), "the other one has its record");
    CHECK_I64(2, (int64_t)sweeping()->swept, "counted");
    CHECK_I64((int64_t)strlen("nobody'snewer"), (int64_t)sweeping()->bytes, "with their bytes");
    plant("again", written);
    stage_wait(DAY_MS - 1 - ENGINE_SWEEP_PAUSE_MS);
    turn_on();
    CHECK(!sweeping()->is_running, "once a day");
    sweep_in(ENGINE_SWEEP_PAUSE_MS + 1);
    CHECK(!document_is_there("again") && document_is_there("recorded"), "a day later");
    check_counts(0, 0, 0, 0, "nothing to tell");
}

static void test_a_hub_without_documents_finds_nothing(void **state)
{
    (void)state;
    sweep_in(DAY_MS);
    check_counts(0, 0, 0, 0, "there is no folder");
    CHECK_I64(0, (int64_t)folders_opened, "and none is opened");
}

/* What lay there before the store began is somebody else's; of a store that does not know when it began everything is its own. */
static void test_what_is_older_than_the_store_is_left_alone(void **state)
{
    char path[1100];
    sqlite3 *db = NULL;
    int64_t began = stage.wall_ms;

    (void)state;
    document_upload("recorded", 201);
    plant("older", began - 1);
    plant("with it", began);
    stage_restart(false);
    sweep_in(AGE_MS + DAY_MS);
    CHECK(document_is_there("older") && !document_is_there("with it"), "by when it was written");
    check_counts(0, 1, 0, 0, "told");
    stage_stop();
    snprintf(path, sizeof(path), "%s/hub.db", stage.folder);
    CHECK_I64(SQLITE_OK, sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, CRASH_VFS), "the file");
    CHECK_I64(SQLITE_OK, sqlite3_exec(db, "DELETE FROM setting WHERE name = '" ENGINE_SWEEP_SETTING "'", NULL, NULL, NULL), "a store of before");
    CHECK_I64(SQLITE_OK, sqlite3_close(db), "closed");
    stage_start();
    sweep_in(DAY_MS);
    CHECK(!document_is_there("older"), "it has had documents, so it is of it");
}

/* -- Killed -- */

/* The process dies after so many steps of the upload, before a batch is written; what it did to the disk stays. */
static void die_at(unsigned steps)
{
    int status = 0;
    pid_t pid = fork();

    CHECK(pid >= 0, "fork");
    if (pid == 0) {
        stage_upload(&desk_front, FRONT_MATERIAL_UPLOAD, NULL, "name=a.txt", "one");
        for (unsigned i = 0; i < steps; i++) {
            stage_turn();
            (void)stage_job();
        }
        kill(getpid(), SIGKILL);
    }
    CHECK_I64(pid, waitpid(pid, &status, 0), "it is over");
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "killed");
}

static unsigned parts(void)
{
    unsigned count = 0;
    DIR *folder = opendir(path_of(".part"));

    for (const struct dirent *item; folder != NULL && (item = readdir(folder)) != NULL;)
        count += item->d_name[0] != '.';
    if (folder != NULL)
        closedir(folder);
    return count;
}

static void test_a_hub_that_is_killed_before_the_record_leaves_nothing_for_long(void **state)
{
    unsigned in_part = 0, in_place = 0;

    for (unsigned steps = 0; steps < 8; steps++) {
        set_up(state);
        die_at(steps);
        in_part += parts();
        stage_restart(false);
        CHECK_I64(0, parts(), "what was coming in goes with the start");
        CHECK_I64(0, document_state("one"), "no record");
        if (document_is_there("one")) {
            in_place++;
            age("one", stage.wall_ms);
            sweep_in(AGE_MS);
            CHECK(document_is_there("one"), "for a while it may be looked into");
            sweep_in(DAY_MS);
        }
        CHECK(!document_is_there("one"), "gone");
        document_upload("one", 201);
        CHECK(document_is_there("one"), "it can come again");
        stage_close();
    }
    CHECK(in_part > 0 && in_place > 0, "at either moment");
    set_up(state);
}

static void test_who_hands_it_in_again_keeps_it(void **state)
{
    set_up(state);
    die_at(8);
    CHECK(document_is_there("one"), "left by a death");
    age("one", stage.wall_ms);
    stage_restart(false);
    document_upload("one", 201);
    sweep_in(AGE_MS + DAY_MS);
    CHECK(document_is_there("one"), "it has its record now");
    CHECK_I64(ENGINE_MATERIAL_LOOSE, document_state("one"), "as any other");
}

/* -- Uploads that meet it -- */

static void steps_take(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!stage_step())
            turn_on();
}

/* Of the same content, one or two, at any step and in any order, and the disk may find no room for a record. */
static void test_uploads_that_meet_it_keep_their_file(void **state)
{
    unsigned kept = 0, refused = 0, swept = 0, held = 0;

    for (unsigned seed = 1; seed <= 160; seed++) {
        set_up(state);
        stage.dice = seed;
        plant("one", stage.wall_ms);
        plant("other", stage.wall_ms);
        stage_wait(AGE_MS + 1);
        steps_take(stage_roll(12));
        struct stage_request *first = stage_upload(&desk_front, FRONT_MATERIAL_UPLOAD, NULL, "name=a.txt", "one");
        steps_take(stage_roll(8));
        struct stage_request *second = stage_upload(&desk_front, FRONT_MATERIAL_UPLOAD, NULL, "name=b.txt", seed % 2 == 0 ? "one" : "third");
        bool has_lost = seed % 3 != 0;
        for (unsigned i = 0; i < 400 && !(first->is_answered && second->is_answered); i++) {
            held += engine_sweeping_has(stage.engine, document_digits("one"));
            if (!has_lost && stage.batch != NULL)
                has_lost = stage_commit(true);
            else
                steps_take(1);
        }
        stage_drain();
        CHECK(first->is_answered && second->is_answered, "nobody waits for ever");
        bool is_taken = first->status == 201 || (seed % 2 == 0 && second->status == 201);
        CHECK(!is_taken || document_is_there("one"), "who was told that it is here has it");
        sweep_in(DAY_MS);
        CHECK_I64(is_taken, document_is_there("one"), "nobody else's stays");
        CHECK_I64(is_taken ? ENGINE_MATERIAL_LOOSE : 0, document_state("one"), "with its record");
        CHECK_I64(seed % 2 == 1 && second->status == 201, document_is_there("third"), "likewise");
        CHECK(!document_is_there("other"), "the other one goes whatever comes");
        kept += is_taken;
        refused += first->status != 201;
        swept += sweeping()->swept > 1;
        stage_close();
    }
    CHECK(kept > 60 && refused > 10 && swept > 25 && held > 10, "in every order");
    set_up(state);
}

/* The name is not durable though the file stands there: nobody was told, so it goes at once, unless it is another one's. */
static void test_a_folder_that_is_not_synced_leaves_no_file(void **state)
{
    unsigned both = 0, none = 0;

    for (unsigned seed = 1; seed <= 60; seed++) {
        set_up(state);
        stage.dice = seed;
        struct stage_request *first = stage_upload(&desk_front, FRONT_MATERIAL_UPLOAD, NULL, "name=a.txt", "one");
        struct stage_request *second = stage_upload(&desk_front, FRONT_MATERIAL_UPLOAD, NULL, "name=b.txt", "one");
        for (unsigned i = 0; i < 400 && !(first->is_answered && second->is_answered); i++) {
            sync_errno = seed % 4 == 0 || stage_roll(2) == 0 ? ENOSPC : 0;
            steps_take(1);
        }
        sync_errno = 0;
        bool is_taken = first->status == 201 || second->status == 201;
        CHECK(first->is_answered && second->is_answered, "both are told");
        CHECK(seed % 4 != 0 || !is_taken, "not even of the file that the other one left there");
        CHECK_I64(is_taken, document_is_there("one"), "who was told that it is here has it, and nobody else");
        CHECK_I64(is_taken, document_state("one") != 0, "with its record");
        CHECK_I64(0, parts(), "nothing of it is left");
        both += first->status == 201 && second->status == 201;
        none += !is_taken;
        stage_close();
    }
    CHECK(both > 5 && none > 5, "either");
    set_up(state);
}

/* One document more than may wait for an application; the pool may have no room for what takes the file away. */
static void test_a_refusal_leaves_no_file(void **state)
{
    unsigned placing = 0;

    for (int is_full = 0; is_full < 2; is_full++) {
        set_up(state);
        size_t loose = stage.engine->materials->loose_count;
        stage.engine->materials->loose_count = ENGINE_LOOSE_MAX;
        struct stage_request *asked = stage_upload(&desk_front, FRONT_MATERIAL_UPLOAD, NULL, "name=a.txt", "one");
        for (unsigned job = 0; job < 20 && !document_is_there("one"); job++) {
            stage_turn();
            stage.engine->jobs_open += is_full == 1 && job == placing ? ENGINE_LOADS_MAX : 0; /* by the time that it is in its place */
            (void)stage_job();
            placing = is_full == 0 ? job : placing;
        }
        CHECK(document_is_there("one"), "placed");
        if (is_full == 1) {
            stage_drain();
            CHECK(!asked->is_answered, "it waits for room");
            stage.engine->jobs_open -= ENGINE_LOADS_MAX;
            stage_tick();
        }
        stage_drain();
        CHECK_I64(503, asked->status, "refused");
        CHECK(!document_is_there("one"), "and gone at once");
        stage.engine->materials->loose_count = loose;
        document_upload("one", 201);
        stage_close();
    }
    set_up(state);
}

/* -- What is not the hub's -- */

static void test_other_names_are_left_alone_and_told(void **state)
{
    static const char *const files[] = {"readme.txt", ".hidden", "0g", "ab", "00/x", "00/.nfs00", "cd/00CD"};
    char name[ENGINE_DIGITS_SIZE + 16], digits[ENGINE_DIGITS_SIZE];

    (void)state;
    document_upload("recorded", 201);
    for (size_t i = 0; i < 3; i++)
        CHECK(mkdir(path_of((const char *[]){"00", "cd", "abc"}[i]), 0700) == 0 || errno == EEXIST, "a folder");
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        write_at(path_of(files[i]), "theirs", stage.wall_ms);
    memset(digits, '0', sizeof(digits) - 1);
    digits[sizeof(digits) - 1] = '\0';
    snprintf(name, sizeof(name), "cd/%s", digits);
    write_at(path_of(name), "in another's folder", stage.wall_ms);
    digits[63] = 'A';
    snprintf(name, sizeof(name), "00/%s", digits);
    write_at(path_of(name), "upper case", stage.wall_ms);
    digits[63] = '1';
    snprintf(name, sizeof(name), "00/%s", digits);
    CHECK_I64(0, symlink("../readme.txt", path_of(name)), "a link");
    digits[63] = '2';
    snprintf(name, sizeof(name), "00/%s", digits);
    CHECK_I64(0, mkdir(path_of(name), 0700), "a folder of that name");
    CHECK_I64(0, symlink("cd", path_of("ef")), "a link to a folder");
    digits[63] = '3';
    snprintf(name, sizeof(name), "00/%s", digits);
    write_at(path_of(name), "nobody's", stage.wall_ms);
    sweep_in(AGE_MS + DAY_MS);
    CHECK(access(path_of(name), F_OK) != 0, "what is named as a document went");
    CHECK_I64(1, (int64_t)sweeping()->swept, "and nothing else");
    check_counts(0, 13, 0, 0, "seven files, a folder, and one each: of another folder, upper case, link, folder, link to a folder");
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        CHECK_I64(0, access(path_of(files[i]), F_OK), files[i]);
    CHECK(document_is_there("recorded"), "as it was");
}

static void test_what_the_disk_does_not_show_or_remove_is_told(void **state)
{
    (void)state;
    document_upload("recorded", 201);
    plant("one", stage.wall_ms);
    plant("other", stage.wall_ms);
    open_errno = EACCES;
    sweep_in(AGE_MS + DAY_MS);
    check_counts(0, 0, 3, 0, "three folders");
    CHECK(document_is_there("one") && document_is_there("other"), "not seen");
    open_errno = 0;
    unlink_errno = EIO;
    sweep_in(DAY_MS);
    check_counts(0, 0, 0, 2, "seen, and not removed");
    CHECK(document_is_there("one") && document_is_there("other") && sweeping()->swept == 0, "they stay");
    unlink_errno = 0;
    sweep_in(DAY_MS);
    check_counts(0, 0, 0, 0, "put right");
    CHECK(!document_is_there("one") && !document_is_there("other") && document_is_there("recorded"), "the day after");
}

/* -- Limits -- */

/* Whatever else the days bring is done, and the sweep's next job is due. */
static void only_the_sweep(int64_t ms)
{
    stage_wait(ms);
    for (unsigned i = 0; i < 20; i++) {
        stage.engine->materials->sweeping.next_ms = INT64_MAX;
        turn_on();
        stage_drain();
    }
    stage.engine->materials->sweeping.next_ms = 0;
    turn_on();
}

static unsigned plant_many(unsigned count)
{
    char name[ENGINE_DIGITS_SIZE + 3];

    (void)mkdir(path_of(""), 0700);
    (void)mkdir(path_of("00"), 0700);
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "00/%064x", i);
        write_at(path_of(name), "x", stage.wall_ms);
    }
    return count;
}

/* A job looks at so many names and removes so many files, then there is a pause; one at a time. */
static void test_it_works_in_small_windows(void **state)
{
    static const unsigned counts[] = {ENGINE_SWEEP_WINDOW, ENGINE_SWEEP_WINDOW + 1, 3 * ENGINE_SWEEP_LOOKS};

    for (size_t i = 0; i < 3; i++) {
        unsigned jobs = 0, count;

        set_up(state);
        count = plant_many(counts[i]);
        only_the_sweep(AGE_MS + 1);
        removed = 0;
        CHECK_I64(1, (int64_t)stage.job_count, "one at a time");
        for (unsigned turn = 0; turn < 400 && sweeping()->is_running; turn++) {
            unsigned before = removed;

            stage_drain();
            CHECK(removed - before <= ENGINE_SWEEP_WINDOW, "a window");
            stage_tick();
            CHECK_I64(0, (int64_t)stage.job_count, "then a pause");
            turn_on();
            jobs++;
        }
        CHECK_I64(count, removed, "all of them");
        CHECK_I64(count, (int64_t)sweeping()->swept, "counted");
        CHECK(jobs >= count / ENGINE_SWEEP_WINDOW, "one after the other");
        stage_close();
    }
    set_up(state);
}

static void test_a_full_pool_puts_it_off(void **state)
{
    (void)state;
    plant("one", stage.wall_ms);
    plant("other", stage.wall_ms);
    stage_wait(AGE_MS + 1);
    uint32_t open = stage.engine->jobs_open;
    stage.engine->jobs_open = ENGINE_LOADS_MAX;
    turn_on();
    CHECK_I64(0, (int64_t)stage.job_count, "no room to look");
    CHECK(sweeping()->is_running && !sweeping()->is_working, "so it waits");
    stage.engine->jobs_open = open;
    only_the_sweep(0);
    for (unsigned i = 0; i < 100 && !sweeping()->is_over && stage.job_count == 1; i++) {
        stage.engine->jobs_open = ENGINE_LOADS_MAX + 1; /* by the time that it is found, too */
        CHECK(stage_job(), "it looks");
        stage.engine->jobs_open = 0;
        if (sweeping()->count == 0)
            turn_on();
    }
    CHECK(sweeping()->count > 0, "found");
    const char *found = strcmp(sweeping()->items[0].digits, document_digits("one")) == 0 ? "one" : "other";
    CHECK(document_is_there(found) && !sweeping()->is_removing, "no room to remove it");
    CHECK(!engine_sweeping_has(stage.engine, document_digits(found)), "and nobody waits for that");
    document_upload(found, 201);
    for (unsigned i = 0; i < 1000 && sweeping()->is_running; i++) {
        turn_on();
        stage_drain();
    }
    CHECK(document_is_there(found) && document_state(found) != 0, "it has its record by now");
    CHECK_I64(1, document_is_there("one") + document_is_there("other"), "the other one went after the pause");
}

/* A stop while it goes, at any step. */
static void test_a_stop_ends_it(void **state)
{
    for (unsigned steps = 0; steps < 10; steps++) {
        set_up(state);
        plant_many(ENGINE_SWEEP_WINDOW + 1);
        stage_wait(AGE_MS + 1);
        steps_take(steps);
        stage_stop();
        stage_start();
        stage_drain();
        sweep_in(DAY_MS);
        CHECK_I64(0, (int64_t)sweeping()->last.unnamed, "begun anew");
        CHECK(access(path_of("00/0000000000000000000000000000000000000000000000000000000000000000"), F_OK) != 0, "gone");
        stage_close();
    }
    set_up(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_file_without_a_record_goes_in_its_time, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_a_hub_without_documents_finds_nothing, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_what_is_older_than_the_store_is_left_alone, set_up, desk_close),
        cmocka_unit_test_teardown(test_a_hub_that_is_killed_before_the_record_leaves_nothing_for_long, desk_close),
        cmocka_unit_test_teardown(test_who_hands_it_in_again_keeps_it, desk_close),
        cmocka_unit_test_teardown(test_uploads_that_meet_it_keep_their_file, desk_close),
        cmocka_unit_test_teardown(test_a_folder_that_is_not_synced_leaves_no_file, desk_close),
        cmocka_unit_test_teardown(test_a_refusal_leaves_no_file, desk_close),
        cmocka_unit_test_setup_teardown(test_other_names_are_left_alone_and_told, set_up, desk_close),
        cmocka_unit_test_setup_teardown(test_what_the_disk_does_not_show_or_remove_is_told, set_up, desk_close),
        cmocka_unit_test_teardown(test_it_works_in_small_windows, desk_close),
        cmocka_unit_test_setup_teardown(test_a_full_pool_puts_it_off, set_up, desk_close),
        cmocka_unit_test_teardown(test_a_stop_ends_it, desk_close),
    };

    return desk_read() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
