/* SPDX-License-Identifier: Apache-2.0 */
/* A department that delivers every minute for years must not fill the hub's disk with what it has delivered:
 *
 *   add -> too many -> floor kept -> on_floor -> the lowest removed, some at a time -> on_removed -> ...
 *
 * Nothing goes before a file was taken: at the start nobody has looked yet which of them stand in in/.
 *
 * The floor is durable before the first of them goes, so a process that dies anywhere between never takes a file twice: a
 * number that is not kept and lies below the floor is refused. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "spool.h"

#define PREFIX "in."
#define FLOOR "floor"
#define REMOVED_AT_ONCE 32

static void prune(struct spool *spool);

void numbers_key(int64_t number, char key[SPOOL_KEY_SIZE])
{
    snprintf(key, SPOOL_KEY_SIZE, PREFIX "%012" PRId64, number);
}

bool numbers_is_forgotten(const struct spool *spool, int64_t number)
{
    return number <= spool->numbers.floor;
}

/* -- What is known -- */

/* Where it stands, or belongs. */
static size_t place_of(const struct numbers *numbers, int64_t number)
{
    size_t low = 0, high = numbers->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (numbers->all[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int insert(struct numbers *numbers, int64_t number)
{
    size_t place = place_of(numbers, number);

    if (place < numbers->count && numbers->all[place] == number)
        return OD_OK;
    if (numbers->count == numbers->room) {
        size_t room = numbers->room > 0 ? 2 * numbers->room : 256;
        int64_t *all = realloc(numbers->all, room * sizeof(*all));

        if (all == NULL)
            return OD_ENOMEM;
        numbers->all = all;
        numbers->room = room;
    }
    memmove(&numbers->all[place + 1], &numbers->all[place], (numbers->count - place) * sizeof(*numbers->all));
    numbers->all[place] = number;
    numbers->count++;
    return OD_OK;
}

static void list(struct spool *spool, const char *after);

static void on_listed(void *self, int error, const char *const *keys, uint32_t count, void *arg)
{
    struct spool *spool = self;
    int rc = error;

    (void)arg;
    for (uint32_t i = 0; rc == OD_OK && i < count; i++)
        rc = insert(&spool->numbers, strtoll(keys[i] + strlen(PREFIX), NULL, 10));
    if (rc == OD_OK && count == OD_KV_LIST_MAX) {
        list(spool, keys[count - 1]);
        return;
    }
    ledger_go_on(spool, rc == OD_OK);
}

static void list(struct spool *spool, const char *after)
{
    if (od_kv_list(spool->kv, PREFIX, after, on_listed, NULL) != OD_OK)
        ledger_go_on(spool, false);
}

static void on_known_floor(void *self, int error, const void *value, size_t size, void *arg)
{
    struct spool *spool = self;
    char text[32] = "-1";

    (void)arg;
    if (error == OD_OK && size < sizeof(text)) {
        memcpy(text, value, size);
        text[size] = '\0';
    }
    spool->numbers.floor = strtoll(text, NULL, 10);
    if (error == OD_OK || error == OD_ENOTFOUND)
        list(spool, "");
    else
        ledger_go_on(spool, false);
}

void numbers_read(struct spool *spool)
{
    spool->numbers.count = 0;
    if (od_kv_get(spool->kv, FLOOR, on_known_floor, NULL) != OD_OK)
        ledger_go_on(spool, false);
}

/* -- What is forgotten -- */

/* A file that is being taken, or stands in in/ still, is remembered, whatever comes above it meanwhile. */
static int64_t lowest_in_hand(const struct spool *spool)
{
    int64_t lowest = INT64_MAX;

    for (const struct file *file = spool->files; file != NULL; file = file->next) {
        bool is_open = file->state == FILE_READ || file->state == FILE_ASKED || file->state == FILE_OPEN || file->state == FILE_KEPT ||
                       file->state == FILE_DONE;

        if (is_open && !file->is_acks && file->sequence < lowest)
            lowest = file->sequence;
    }
    return lowest;
}

static void on_removed(void *self, int error, const void *value, size_t size, void *arg)
{
    struct spool *spool = self;

    (void)value;
    (void)size;
    (void)arg;
    spool->numbers.is_pruning = false;
    if (error == OD_OK)
        prune(spool);
}

/* Those that could not be removed are found by the next process. */
static void remove_some(struct spool *spool)
{
    struct numbers *numbers = &spool->numbers;
    char key[SPOOL_KEY_SIZE];
    size_t count = place_of(numbers, numbers->floor + 1);
    int rc = OD_OK;

    count = count < REMOVED_AT_ONCE ? count : REMOVED_AT_ONCE;
    for (size_t i = 0; rc == OD_OK && i < count; i++) {
        numbers_key(numbers->all[i], key);
        rc = od_kv_remove(spool->kv, key, i + 1 == count ? on_removed : NULL, NULL);
    }
    numbers->is_pruning = rc == OD_OK && count > 0;
    if (rc == OD_OK) {
        numbers->count -= count;
        memmove(numbers->all, numbers->all + count, numbers->count * sizeof(*numbers->all));
    }
}

static void on_floor(void *self, int error, const void *value, size_t size, void *arg)
{
    struct spool *spool = self;

    (void)value;
    (void)size;
    (void)arg;
    spool->numbers.is_pruning = false;
    if (error != OD_OK)
        return; /* with the next number */
    spool->numbers.floor = spool->numbers.floor_next;
    remove_some(spool);
}

static void prune(struct spool *spool)
{
    struct numbers *numbers = &spool->numbers;
    int64_t lowest = lowest_in_hand(spool), floor;
    char text[32];

    if (numbers->is_pruning)
        return;
    if (numbers->count > 0 && numbers->all[0] <= numbers->floor) {
        remove_some(spool);
        return;
    }
    if (numbers->count < SPOOL_NUMBERS_MAX + SPOOL_NUMBERS_OVER)
        return;
    floor = numbers->all[numbers->count - SPOOL_NUMBERS_MAX - 1];
    if (floor >= lowest)
        floor = lowest - 1;
    if (floor < numbers->all[0])
        return;
    numbers->floor_next = floor;
    snprintf(text, sizeof(text), "%" PRId64, floor);
    numbers->is_pruning = od_kv_put(spool->kv, FLOOR, text, strlen(text), on_floor, NULL) == OD_OK;
}

void numbers_add(struct spool *spool, int64_t number)
{
    if (insert(&spool->numbers, number) != OD_OK)
        od_log(spool->host, OD_LOG_WARNING, 0, "no memory for the number of a file: it is forgotten after a restart at the earliest");
    prune(spool);
}
