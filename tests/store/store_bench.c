/* SPDX-License-Identifier: Apache-2.0 */
/* store_bench FOLDER OPEN APPLICATIONS BATCH [PAGE_SIZE [plain]]: how fast the store alone is.
 *
 *   OPEN applications are seeded (intakes only), then APPLICATIONS more intakes are timed,
 *   then APPLICATIONS whole lives: an intake with six owed rows and four transitions, the
 *   owed rows going as the opinions come. Each commit holds BATCH writes of applications
 *   at different stages; while one is synced, the next is filled, as the engine does.
 *   An intake is of a person of its own, asks for a bar and takes its number of acceptance,
 *   and a life has eight counts; "plain" leaves all of that out.
 *   FOLDER must not hold a store yet. One line a phase. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/hash.h"
#include "store/store.h"

#define TASKS 6
#define STAGES 5
#define DEPARTMENTS 12
#define DOCUMENT_SIZE 1000
#define STATE_SIZE 400
#define STATE_GROWTH 60
#define RECORD_SIZE 250
#define COMMITS_MAX 1000000
#define COUNTS_MAX 2 /* of one write */
#define WINDOWS 20

struct slot {
    uint64_t application;
    uint32_t stage; /* 0 = the next write is an intake */
    uint32_t idle;  /* batches to sit out at the start, so that stages mix */
    struct side { /* one for each batch: the store still reads the one while the next is filled */
        struct store_owed owed[TASKS];
        struct store_count counts[COUNTS_MAX];
    } sides[2];
};

struct bench {
    uv_loop_t loop;
    struct store *store;
    struct store_batch *batches[2];
    struct slot slots[STORE_BATCH_WRITES_MAX];
    uint32_t slot_count, stages;
    bool is_plain;
    uint64_t application, ended, wanted, commits, commit_us_before;
    uint32_t *commit_us;
    char bytes[DOCUMENT_SIZE];
};

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_s(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static unsigned rss_mib(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL || fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return (unsigned)(pages * 4096 >> 20);
}

static uint16_t department_of(const struct slot *slot, uint32_t task)
{
    return (uint16_t)(1 + (slot->application * 5 + task * 7u) % DEPARTMENTS);
}

static void intake_fill(struct bench *bench, struct slot *slot, struct side *side, struct store_write *write)
{
    slot->application = bench->application++;
    write->kind = STORE_WRITE_INTAKE;
    write->service = 1 + (uint32_t)(slot->application % 6);
    write->document = bench->bytes;
    write->document_size = DOCUMENT_SIZE;
    write->has_key = true;
    base_hash(&slot->application, sizeof(slot->application), write->key_hash);
    memcpy(write->body_hash, write->key_hash, sizeof(write->body_hash));
    for (uint8_t i = 0; i < TASKS; i++)
        side->owed[i] = (struct store_owed){.task = i, .due_day = 20000 + i, .department = department_of(slot, i)};
    write->owed = side->owed;
    write->owed_count = TASKS;
}

static void person_fill(struct slot *slot, struct store_write *write)
{
    uint64_t person = slot->application ^ UINT64_C(0x5045525300000000);

    write->has_person = write->has_bar_check = write->takes_sequence = true;
    base_hash(&person, sizeof(person), write->person_hash);
    memcpy(write->bar_hash, write->person_hash, sizeof(write->bar_hash));
    write->bar_day = 20000;
}

/* Two with the intake and with the first two transitions, one with the others: of the whole, then of a department. */
static void counts_fill(struct slot *slot, struct side *side, struct store_write *write)
{
    write->counts = side->counts;
    write->count_count = slot->stage <= 2 ? 2 : 1;
    for (uint32_t i = 0; i < write->count_count; i++)
        side->counts[i] = (struct store_count){
            .month = 202611,
            .service = 1 + (uint32_t)(slot->application % 6),
            .department = slot->stage == 0 ? 0 : department_of(slot, slot->stage),
            .window = slot->stage == 0 ? 1 + (uint32_t)(slot->application % WINDOWS) : 0,
            .measure = (uint8_t)(1 + slot->stage * COUNTS_MAX + i),
            .delta = 1 + i};
}

static void transition_fill(struct slot *slot, struct side *side, struct store_write *write)
{
    uint32_t first = slot->stage <= 2 ? (slot->stage - 1) * 2 : slot->stage + 1;
    uint32_t count = slot->stage <= 2 ? 2 : 1;

    write->kind = STORE_WRITE_TRANSITION;
    for (uint32_t i = 0; i < count; i++)
        side->owed[i] = (struct store_owed){
            .is_removed = true, .task = (uint8_t)(first + i), .department = department_of(slot, first + i)};
    write->owed = side->owed;
    write->owed_count = count;
}

static void write_fill(struct bench *bench, struct slot *slot, struct side *side, struct store_write *write)
{
    memset(write, 0, sizeof(*write));
    if (slot->stage == 0)
        intake_fill(bench, slot, side, write);
    else
        transition_fill(slot, side, write);
    if (!bench->is_plain && slot->stage == 0)
        person_fill(slot, write);
    if (!bench->is_plain)
        counts_fill(slot, side, write);
    bool is_last = slot->stage == STAGES - 1;
    write->application = slot->application;
    write->status = is_last ? 3 : 2;
    write->due_day = 20000 + (int32_t)(slot->application / 5000);
    write->wake_minute = is_last ? INT64_MAX : INT64_C(1440) * write->due_day;
    write->state = bench->bytes;
    write->state_size = STATE_SIZE + slot->stage * STATE_GROWTH;
    write->record = bench->bytes;
    write->record_size = RECORD_SIZE;
    write->at_ms = 1700000000000 + (int64_t)slot->application;
    if (++slot->stage == bench->stages) {
        slot->stage = 0;
        bench->ended++;
    }
}

static void batch_fill(struct bench *bench, struct store_batch *batch)
{
    batch->count = 0;
    for (uint32_t i = 0; i < bench->slot_count; i++) {
        if (bench->slots[i].idle > 0)
            bench->slots[i].idle--;
        else
            write_fill(bench, &bench->slots[i], &bench->slots[i].sides[batch == bench->batches[1]],
                       &batch->writes[batch->count++]);
    }
}

static void commit(struct bench *bench, struct store_batch *batch);

static void on_committed(struct store_batch *batch)
{
    struct bench *bench = batch->owner;
    struct store_figures figures;

    if (batch->rc != OD_OK || batch->writes[0].rc != OD_OK)
        exit(3);
    store_figures(bench->store, &figures);
    bench->commit_us[bench->commits++ % COMMITS_MAX] = (uint32_t)(figures.commit_us_sum - bench->commit_us_before);
    bench->commit_us_before = figures.commit_us_sum;
    if (bench->ended >= bench->wanted) {
        uv_stop(&bench->loop);
        return;
    }
    commit(bench, bench->batches[batch == bench->batches[0]]);
    batch_fill(bench, batch);
}

static void commit(struct bench *bench, struct store_batch *batch)
{
    if (store_commit_start(bench->store, batch, on_committed) != OD_OK)
        exit(2);
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

static void phase_run(struct bench *bench, const char *name, uint64_t count, uint32_t batch, uint32_t stages)
{
    struct store_figures figures;

    if (count == 0)
        return;
    memset(bench->slots, 0, sizeof(bench->slots));
    bench->slot_count = batch;
    bench->stages = stages;
    for (uint32_t i = 0; i < batch; i++)
        bench->slots[i].idle = i % stages;
    bench->ended = bench->commits = 0;
    bench->wanted = count;
    double start = now_s(), cpu = cpu_s();
    batch_fill(bench, bench->batches[0]);
    batch_fill(bench, bench->batches[1]);
    commit(bench, bench->batches[0]);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    double wall = now_s() - start;
    cpu = cpu_s() - cpu;
    uint64_t commits = bench->commits < COMMITS_MAX ? bench->commits : COMMITS_MAX;
    qsort(bench->commit_us, commits, sizeof(*bench->commit_us), compare);
    store_figures(bench->store, &figures);
    printf("%-7s batch %4u: %6.0f applications/s, %5.1f us CPU each, commit p50 %5u p99 %5u max %6u us, "
           "log %3llu MiB, RSS %u MiB\n",
           name, batch, (double)bench->ended / wall, cpu * 1e6 / (double)bench->ended, bench->commit_us[commits / 2],
           bench->commit_us[commits * 99 / 100], bench->commit_us[commits - 1],
           (unsigned long long)(figures.wal_bytes >> 20), rss_mib());
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    char text[512] = "";

    if (argc < 5)
        return fprintf(stderr, "usage: store_bench FOLDER OPEN APPLICATIONS BATCH [PAGE_SIZE [plain]]\n"), 64;
    uint64_t open = strtoull(argv[2], NULL, 10), count = strtoull(argv[3], NULL, 10);
    uint32_t batch = (uint32_t)strtoul(argv[4], NULL, 10);
    struct store_options options = {
        .folder = argv[1], .page_size = argc > 5 ? (uint32_t)strtoul(argv[5], NULL, 10) : 0};
    if (batch == 0 || batch > STORE_BATCH_WRITES_MAX)
        return 64;
    bench.is_plain = argc > 6 && strcmp(argv[6], "plain") == 0;
    memset(bench.bytes, 'x', sizeof(bench.bytes));
    bench.commit_us = malloc(COMMITS_MAX * sizeof(*bench.commit_us));
    uv_loop_init(&bench.loop);
    double start = now_s();
    if (bench.commit_us == NULL || store_open(&bench.loop, &options, &bench.store, text) != OD_OK)
        return fprintf(stderr, "%s\n", text), 1;
    printf("opened in %.0f ms\n", (now_s() - start) * 1e3);
    bench.application = store_application_next(bench.store);
    for (unsigned i = 0; i < 2; i++) {
        bench.batches[i] = store_batch_create();
        bench.batches[i]->owner = &bench;
    }
    phase_run(&bench, "seed", open, STORE_BATCH_WRITES_MAX, 1);
    phase_run(&bench, "intake", count, batch, 1);
    phase_run(&bench, "life", count, batch, STAGES);
    store_close(bench.store, NULL, NULL);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    store_batch_destroy(bench.batches[0]);
    store_batch_destroy(bench.batches[1]);
    free(bench.commit_us);
    return uv_loop_close(&bench.loop) == 0 ? 0 : 1;
}
