/* SPDX-License-Identifier: Apache-2.0 */
/* start -> [pool: argon2id] -> on_done: the row has seen its secret -> callbacks of all that it settles
 *       -> the next one that is still open */
#include <assert.h>
#include <string.h>

#include "front/server.h"

static void on_work(uv_work_t *work)
{
    struct front_checks *checks = work->data;
    const struct front_check *check = checks->first; /* nobody takes it away while it is here */

    checks->is_right = base_password_is(check->row->key.password, check->secret, strlen(check->secret));
}

/* The hash that front_keys_meet compares with; in the running table, too, which may be another by now. */
static void note_seen(struct front_checks *checks, const struct front_check *check)
{
    struct front_keys *running = checks->front->keys;

    base_hash_keyed(check->keys->tag_key, check->secret, strlen(check->secret), check->row->seen);
    check->row->is_seen = true;
    if (running != check->keys)
        front_keys_learn(running, check->keys);
}

static void finish(struct front_checks *checks, bool is_right)
{
    struct front_check *check = checks->first;

    checks->first = check->next;
    if (checks->first == NULL)
        checks->last = NULL;
    checks->count--;
    check->on_checked(check->owner, check->keys, is_right ? check->row : NULL);
    front_keys_release(check->keys);
    base_wipe(check->secret, sizeof(check->secret));
    base_free(check);
}

static void on_done(uv_work_t *work, int status);

static void work_start(struct front_checks *checks)
{
    assert(!checks->is_running);
    checks->work.data = checks;
    checks->is_running = uv_queue_work(checks->front->loop, &checks->work, on_work, on_done) == 0;
    assert(checks->is_running); /* it has a work callback, which is all that it asks for */
}

/* What was settled meanwhile needs no work; the next one that does goes to the pool. */
static void run(struct front_checks *checks)
{
    while (!checks->is_running && checks->first != NULL) {
        struct front_check *check = checks->first;
        struct front_key_row *row;
        enum front_key_verdict verdict = front_keys_meet(check->keys, check->secret, strlen(check->secret), &row);

        if (verdict == FRONT_KEY_UNSEEN)
            work_start(checks);
        else
            finish(checks, verdict == FRONT_KEY_KNOWN);
    }
}

static void on_done(uv_work_t *work, int status)
{
    struct front_checks *checks = work->data;

    (void)status; /* it is never cancelled: somebody waits */
    checks->is_running = false;
    if (checks->is_right)
        note_seen(checks, checks->first);
    finish(checks, checks->is_right);
    run(checks);
}

int front_check_start(struct front *front, struct front_keys *keys, struct front_key_row *row, const char *secret,
                      front_checked_cb on_checked, void *owner)
{
    struct front_checks *checks = &front->checks;
    struct front_check *check;

    if (checks->count >= FRONT_CHECKS_MAX)
        return OD_EBUSY;
    check = base_alloc(sizeof(*check));
    if (check == NULL)
        return OD_ENOMEM;
    *check = (struct front_check){.keys = front_keys_share(keys), .row = row, .on_checked = on_checked, .owner = owner};
    memcpy(check->secret, secret, sizeof(check->secret) - 1);
    checks->front = front;
    if (checks->last != NULL)
        checks->last->next = check;
    else
        checks->first = check;
    checks->last = check;
    if (checks->count++ == 0 && !checks->is_running)
        work_start(checks);
    return OD_OK;
}
