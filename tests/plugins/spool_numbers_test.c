/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of files that were taken: however many come, so many are kept; whenever the process dies, none is taken twice. */
#include "lib/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "spool.h"

#define KEYS_MAX 25000
#define BOUND (SPOOL_NUMBERS_MAX + SPOOL_NUMBERS_OVER)
#define DEEDS_MAX 256

/* The hub's store: what is durable, and what it will say. */
struct deed {
    enum { DEED_GET, DEED_PUT, DEED_REMOVE, DEED_LIST } kind;
    char key[SPOOL_KEY_SIZE], value[64], after[SPOOL_KEY_SIZE];
    od_kv_cb on_done;
    od_kv_list_cb on_listed;
    void *arg;
};

static struct {
    int64_t keys[KEYS_MAX]; /* of in.<n>, ascending */
    size_t count;
    char floor[64];         /* "" = none */
    struct deed deeds[DEEDS_MAX];
    size_t deed_count;
    int error;              /* of everything, OD_OK */
} store;

static struct spool spool;
static bool is_read;

void ledger_go_on(struct spool *one, bool was_read)
{
    (void)one;
    is_read = was_read;
}

static void on_log(void *context, uint32_t level, od_task task, const char *text)
{
    (void)context, (void)level, (void)task, (void)text;
}

static int64_t number_of(const char *key)
{
    return strtoll(key + strlen("in."), NULL, 10);
}

static size_t place_of(int64_t number)
{
    size_t place = 0;

    for (size_t step = 1 << 14; step > 0; step /= 2)
        place += place + step <= store.count && store.keys[place + step - 1] < number ? step : 0;
    return place;
}

static bool is_kept(int64_t number)
{
    size_t place = place_of(number);

    return place < store.count && store.keys[place] == number;
}

static void keep(int64_t number)
{
    size_t place = place_of(number);

    if (is_kept(number))
        return;
    assert_true(store.count < KEYS_MAX);
    memmove(&store.keys[place + 1], &store.keys[place], (store.count - place) * sizeof(store.keys[0]));
    store.keys[place] = number;
    store.count++;
}

static void drop(int64_t number)
{
    size_t place = place_of(number);

    if (!is_kept(number))
        return;
    store.count--;
    memmove(&store.keys[place], &store.keys[place + 1], (store.count - place) * sizeof(store.keys[0]));
}

static int put_deed(struct deed deed)
{
    if (store.deed_count == DEEDS_MAX)
        return OD_EBUSY;
    store.deeds[store.deed_count++] = deed;
    return OD_OK;
}

static int get(void *context, const char *key, od_kv_cb on_done, void *arg)
{
    struct deed deed = {.kind = DEED_GET, .on_done = on_done, .arg = arg};

    (void)context;
    snprintf(deed.key, sizeof(deed.key), "%s", key);
    return put_deed(deed);
}

static int put(void *context, const char *key, const void *value, size_t size, od_kv_cb on_done, void *arg)
{
    struct deed deed = {.kind = DEED_PUT, .on_done = on_done, .arg = arg};

    (void)context;
    snprintf(deed.key, sizeof(deed.key), "%s", key);
    memcpy(deed.value, value, size);
    return put_deed(deed);
}

static int take_away(void *context, const char *key, od_kv_cb on_done, void *arg)
{
    struct deed deed = {.kind = DEED_REMOVE, .on_done = on_done, .arg = arg};

    (void)context;
    snprintf(deed.key, sizeof(deed.key), "%s", key);
    return put_deed(deed);
}

static int list(void *context, const char *prefix, const char *after, od_kv_list_cb on_listed, void *arg)
{
    struct deed deed = {.kind = DEED_LIST, .on_listed = on_listed, .arg = arg};

    (void)context;
    assert_string_equal("in.", prefix);
    snprintf(deed.after, sizeof(deed.after), "%s", after);
    return put_deed(deed);
}

static void tell_list(const struct deed *deed)
{
    static char texts[OD_KV_LIST_MAX][SPOOL_KEY_SIZE];
    const char *keys[OD_KV_LIST_MAX];
    size_t from = deed->after[0] != '\0' ? place_of(number_of(deed->after) + 1) : 0;
    uint32_t count = 0;

    for (; from < store.count && count < OD_KV_LIST_MAX; from++, count++) {
        numbers_key(store.keys[from], texts[count]);
        keys[count] = texts[count];
    }
    deed->on_listed(&spool, store.error, keys, count, deed->arg);
}

/* The store does the oldest, and says so. */
static void step(void)
{
    struct deed deed = store.deeds[0];
    int error = store.error;
    bool is_floor = strcmp(deed.key, "floor") == 0;

    memmove(&store.deeds[0], &store.deeds[1], --store.deed_count * sizeof(store.deeds[0]));
    if (deed.kind == DEED_LIST) {
        tell_list(&deed);
        return;
    }
    if (error == OD_OK && deed.kind == DEED_GET && (is_floor ? store.floor[0] == '\0' : !is_kept(number_of(deed.key))))
        error = OD_ENOTFOUND;
    else if (error == OD_OK && deed.kind == DEED_PUT && is_floor)
        memcpy(store.floor, deed.value, sizeof(store.floor));
    else if (error == OD_OK && deed.kind == DEED_REMOVE)
        drop(number_of(deed.key));
    if (deed.on_done != NULL)
        deed.on_done(&spool, error, is_floor ? store.floor : NULL, is_floor ? strlen(store.floor) : 0, deed.arg);
}

static void settle(void)
{
    while (store.deed_count > 0)
        step();
}

/* A process of its own, which knows what the store knows. */
static void start(void)
{
    static const struct od_host host = {.size = sizeof(host), .log = on_log};
    static const struct od_kv kv = {.size = sizeof(kv), .get = get, .put = put, .remove = take_away, .list = list};

    free(spool.numbers.all);
    store.deed_count = 0; /* what had not reached the store never does */
    spool = (struct spool){.host = &host, .kv = &kv, .numbers = {.floor = -1}};
    is_read = false;
    numbers_read(&spool);
    while (store.deed_count > 0 && !is_read)
        step();
}

/* A file of that number is taken: kept first, then added, as file.c does. */
static void take(int64_t number)
{
    keep(number);
    numbers_add(&spool, number);
}

static int clear(void **state)
{
    (void)state;
    memset(&store, 0, sizeof(store));
    start();
    settle();
    return 0;
}

static void many_files_are_remembered_in_bounded_room(void **state)
{
    (void)state;
    for (int64_t number = 1; number <= 10500; number++) {
        take(number);
        settle();
        assert_true(store.count <= BOUND);
        assert_true(spool.numbers.count <= BOUND);
        assert_false(numbers_is_forgotten(&spool, number + 1));
    }
    CHECK(numbers_is_forgotten(&spool, 1), "the oldest");
    CHECK(numbers_is_forgotten(&spool, spool.numbers.floor), "the last that went");
    CHECK(!numbers_is_forgotten(&spool, spool.numbers.floor + 1) && is_kept(spool.numbers.floor + 1), "the first that is kept");
    CHECK(store.count >= SPOOL_NUMBERS_MAX, "no fewer than are promised");
}

/* A process dies at each place of what it does; the next one knows every number, or that it may have been taken. */
static void none_is_taken_twice_wherever_a_process_dies(void **state)
{
    int64_t number = 0;

    (void)state;
    while (number < BOUND - 1)
        keep(++number);
    start();
    settle();
    for (int dies_at = 0; dies_at < 60; dies_at++) {
        while (!spool.numbers.is_pruning)
            take(++number);
        for (int i = 0; i < dies_at && store.deed_count > 0; i++)
            step();
        start();
        CHECK(is_read, "the next process knows all");
        for (int64_t known = 1; known <= number; known++)
            assert_true(is_kept(known) || numbers_is_forgotten(&spool, known));
        assert_false(numbers_is_forgotten(&spool, number + 1));
        take(++number);
        settle();
        assert_true(store.count <= BOUND);
    }
}

static void nothing_goes_before_its_floor_is_kept(void **state)
{
    (void)state;
    for (int64_t number = 1; number < BOUND; number++)
        take(number);
    store.error = OD_EIO;
    take(BOUND);
    settle();
    CHECK_I64(BOUND, store.count, "the hub could not store");
    CHECK_I64(-1, spool.numbers.floor, "and none is forgotten");
    store.error = OD_OK;
    take(BOUND + 1);
    settle();
    CHECK_I64(SPOOL_NUMBERS_MAX, store.count, "it can again");
}

static void a_file_in_hand_is_not_forgotten(void **state)
{
    struct file slow = {.state = FILE_OPEN, .sequence = 10}, acknowledgements = {.state = FILE_OPEN, .is_acks = true};

    (void)state;
    slow.next = &acknowledgements;
    spool.files = &slow;
    for (int64_t number = 1; number <= 2 * BOUND; number++) {
        if (number != 10)
            take(number);
        settle();
        assert_false(numbers_is_forgotten(&spool, 10));
    }
    CHECK(numbers_is_forgotten(&spool, 9), "those below it go");
    take(10);
    slow.state = FILE_DONE;
    take(2 * BOUND + 1);
    settle();
    CHECK(is_kept(10) && !numbers_is_forgotten(&spool, 10), "it stands in in/ still");
    spool.files = NULL;
    settle();
    take(3 * BOUND);
    settle();
    CHECK(numbers_is_forgotten(&spool, 10) && store.count <= BOUND, "as any other, once it is kept");
}

static void a_store_of_before_is_made_smaller(void **state)
{
    (void)state;
    for (int64_t number = 5; number < 20005; number++)
        keep(number);
    start();
    CHECK(is_read, "all of it was read");
    settle();
    CHECK(store.count == 20000 && !numbers_is_forgotten(&spool, 5), "nobody has looked yet");
    take(20005);
    settle();
    CHECK_I64(SPOOL_NUMBERS_MAX, store.count, "the newest stay");
    CHECK(is_kept(20005) && !is_kept(5) && numbers_is_forgotten(&spool, 5), "the oldest went");
}

static void numbers_in_any_order(void **state)
{
    (void)state;
    take(INT64_C(999999999999999));
    for (int64_t number = 9000; number > 0; number -= 2) {
        take(number);
        settle();
        assert_true(store.count <= BOUND);
    }
    CHECK(is_kept(INT64_C(999999999999999)), "one that is far ahead takes no other's place");
    CHECK(!numbers_is_forgotten(&spool, 9001), "those beside it are open");
}

static void what_cannot_be_read_is_read_again(void **state)
{
    (void)state;
    keep(7);
    store.error = OD_EIO;
    start();
    settle();
    CHECK(!is_read, "the hub could not say");
    store.error = OD_OK;
    numbers_read(&spool);
    settle();
    CHECK(is_read && spool.numbers.count == 1, "with the next claim");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(many_files_are_remembered_in_bounded_room, clear),
        cmocka_unit_test_setup(none_is_taken_twice_wherever_a_process_dies, clear),
        cmocka_unit_test_setup(nothing_goes_before_its_floor_is_kept, clear),
        cmocka_unit_test_setup(a_file_in_hand_is_not_forgotten, clear),
        cmocka_unit_test_setup(a_store_of_before_is_made_smaller, clear),
        cmocka_unit_test_setup(numbers_in_any_order, clear),
        cmocka_unit_test_setup(what_cannot_be_read_is_read_again, clear),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    free(spool.numbers.all);
    return failed;
}
