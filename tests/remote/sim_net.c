/* SPDX-License-Identifier: Apache-2.0 */
/* Each message there and each answer back is dropped, doubled or delayed, each copy for itself, so
 * that later ones overtake earlier ones; some stay away for longer than a lease. */
#include "remote/sim.h"

#include <stdio.h>
#include <stdlib.h>

/* A request on its way, with the hub, or answered and on its way back. */
struct passage {
    struct passage *next; /* of those with the hub */
    struct sim_address from;
    char request[8];
    uint64_t id;
    char *text;
    bool is_with_hub, is_hung_up, is_lost; /* lost: the hub died with it */
};

#define ANSWERS_MAX 8192 /* of one process */

/* The first answer to a request id. */
struct first {
    unsigned generation;
    uint64_t id, hash;
};

uint64_t sim_messages, sim_dropped, sim_doubled;
static struct passage *with_hub;
static struct first firsts[SIM_CLIENTS][ANSWERS_MAX];

void sim_net_reset(void)
{
    with_hub = NULL;
    memset(firsts, 0, sizeof(firsts));
    sim_messages = sim_dropped = sim_doubled = 0;
}

void sim_net_fini(void)
{
    CHECK(with_hub == NULL, "every request that the hub took was answered");
}

static void passage_free(void *data)
{
    struct passage *passage = data;

    free(passage->text);
    free(passage);
}

static void on_back(void *data)
{
    struct passage *passage = data;

    if (!passage->is_hung_up)
        sim_client_answer(passage->from, passage->request, passage->id, passage->text);
    passage_free(passage);
}

static uint64_t delay_ms(void)
{
    if (!sim_is_trouble())
        return 1 + sim_roll(3);
    if (sim_chance(3))
        return 20000 + sim_roll(60000); /* longer than a lease */
    return 1 + sim_roll(sim_chance(30) ? 3000 : 50);
}

/* How often it arrives. */
static unsigned copies(void)
{
    unsigned count = 1;

    sim_messages++;
    if (!sim_is_trouble())
        return 1;
    if (sim_chance(20)) {
        sim_dropped++;
        return 0;
    }
    while (count < 4 && sim_chance(25)) {
        sim_doubled++;
        count++;
    }
    return count;
}

static struct passage *passage_make(struct sim_address from, const char *request, uint64_t id, const char *text)
{
    struct passage *passage = calloc(1, sizeof(*passage));

    assert_non_null(passage);
    passage->from = from;
    snprintf(passage->request, sizeof(passage->request), "%s", request);
    passage->id = id;
    passage->text = text != NULL ? strdup(text) : NULL;
    return passage;
}

static void back(const struct passage *asked, const char *text)
{
    for (unsigned count = copies(); count > 0; count--) {
        struct passage *passage = passage_make(asked->from, asked->request, asked->id, text);
        passage->is_hung_up = asked->is_hung_up;
        sim_at(delay_ms(), on_back, passage);
    }
}

static void on_there(void *data)
{
    struct passage *passage = data;
    struct connect *connect = sim_connect();
    int rc = OD_ESTATE;

    if (connect != NULL)
        rc = connect_remote_request(connect, "water", passage->request, passage->text, strlen(passage->text), passage);
    if (rc != OD_OK) { /* the door refuses it, or nobody listens */
        back(passage, NULL);
        passage_free(passage);
        return;
    }
    passage->is_with_hub = true;
    passage->next = with_hub;
    with_hub = passage;
}

void sim_net_request(struct sim_address from, const char *request, uint64_t id, const char *text)
{
    for (unsigned count = copies(); count > 0; count--)
        sim_at(delay_ms(), on_there, passage_make(from, request, id, text));
}

/* The same id gets the same answer, or is told that it is too old; a hello's has the time in it. */
static void check_same(const struct passage *passage, const char *text)
{
    struct first *first = &firsts[passage->from.client][passage->id % ANSWERS_MAX];
    uint64_t hash = UINT64_C(14695981039346656037);

    if (strcmp(passage->request, "hello") == 0 || strstr(text, "{\"error\":") != NULL)
        return;
    for (const char *at = text; *at != '\0'; at++)
        hash = (hash ^ (uint8_t)*at) * UINT64_C(1099511628211);
    if (first->generation == passage->from.generation && first->id == passage->id)
        CHECK(first->hash == hash, "the same id gets the same answer");
    *first = (struct first){.generation = passage->from.generation, .id = passage->id, .hash = hash};
}

void sim_net_answered(void *asker, const char *text)
{
    struct passage **at = &with_hub;

    while (*at != NULL && *at != asker)
        at = &(*at)->next;
    struct passage *passage = *at;
    CHECK(passage != NULL, "a request is answered once");
    *at = passage->next;
    check_same(passage, text);
    if (!passage->is_lost)
        back(passage, text);
    passage_free(passage);
}

void sim_net_hang_up(struct sim_address from, uint64_t id)
{
    for (struct passage *passage = with_hub; passage != NULL; passage = passage->next) {
        if (passage->from.client != from.client || passage->from.generation != from.generation || passage->id != id)
            continue;
        passage->is_hung_up = true;
        if (sim_connect() != NULL)
            connect_remote_gone(sim_connect(), passage);
    }
}

void sim_net_hub_died(void)
{
    for (struct passage *passage = with_hub; passage != NULL; passage = passage->next)
        passage->is_lost = true;
}
