/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface on libuv's loop, one multi handle for each connector: connections, sessions of
 * TLS and looked-up names are shared within a connector and with nobody else.
 *
 *   add -> on_timer_wanted -> on_timer -> [on_socket_wanted -> on_socket]... -> done_take -> egress_call_on_done */
#include "egress/egress.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

/* A socket that libcurl wants watched. */
struct watched {
    uv_poll_t poll;
    struct egress_client *client;
};

void egress_client_handle_ended(struct egress_client *client)
{
    struct egress *egress = client->egress;

    if (--client->handles_open > 0)
        return;
    base_list_remove(&client->node);
    egress->client_count--;
    egress_profile_fini(&client->profile);
    base_free(client);
}

static void done_take(struct egress_client *client)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        struct egress_call *call = NULL;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        egress_call_on_done(call, (int)code); /* may start another transfer, and removes this one */
    }
}

static void on_watched_closed(uv_handle_t *handle)
{
    struct watched *watched = handle->data;
    struct egress_client *client = watched->client;

    base_free(watched);
    egress_client_handle_ended(client);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct watched *watched = poll->data;
    struct egress_client *client = watched->client;
    int action = status < 0 ? CURL_CSELECT_ERR : 0, running;
    uv_os_fd_t fd;

    if ((events & UV_READABLE) != 0)
        action |= CURL_CSELECT_IN;
    if ((events & UV_WRITABLE) != 0)
        action |= CURL_CSELECT_OUT;
    if (uv_fileno((uv_handle_t *)poll, &fd) != 0)
        return;
    curl_multi_socket_action(client->multi, fd, action, &running);
    done_take(client);
}

static struct watched *watch(struct egress_client *client, curl_socket_t fd)
{
    struct watched *watched = base_alloc(sizeof(*watched));

    if (watched == NULL)
        return NULL;
    watched->client = client;
    if (uv_poll_init_socket(client->egress->loop, &watched->poll, fd) != 0) {
        base_free(watched);
        return NULL;
    }
    watched->poll.data = watched;
    client->handles_open++;
    curl_multi_assign(client->multi, fd, watched);
    return watched;
}

/* A socket that could not be watched makes its request run into its deadline. */
static int on_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *owner, void *data)
{
    struct watched *watched = data;
    int events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watched != NULL)
            uv_close((uv_handle_t *)&watched->poll, on_watched_closed);
        curl_multi_assign(((struct egress_client *)owner)->multi, fd, NULL);
        return 0;
    }
    if (watched == NULL && (watched = watch(owner, fd)) == NULL)
        return 0;
    if (what != CURL_POLL_OUT)
        events |= UV_READABLE;
    if (what != CURL_POLL_IN)
        events |= UV_WRITABLE;
    uv_poll_start(&watched->poll, events, on_socket);
    return 0;
}

static void on_timer(uv_timer_t *timer)
{
    struct egress_client *client = timer->data;
    int running;

    curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    done_take(client);
}

static int on_timer_wanted(CURLM *multi, long timeout_ms, void *owner)
{
    struct egress_client *client = owner;

    (void)multi;
    if (timeout_ms < 0)
        uv_timer_stop(&client->timer);
    else if (!client->is_closing)
        uv_timer_start(&client->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

int egress_client_create(struct egress *egress, uint64_t number, struct egress_profile *profile)
{
    struct egress_client *client = base_alloc(sizeof(*client));

    if (client != NULL)
        client->multi = curl_multi_init();
    if (client == NULL || client->multi == NULL) {
        base_free(client);
        return OD_ENOMEM;
    }
    client->egress = egress;
    client->number = number;
    client->profile = *profile;
    uv_timer_init(egress->loop, &client->timer);
    client->timer.data = client;
    client->handles_open = 1;
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wanted);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)EGRESS_IDLE_MAX);
    base_list_append(&egress->clients, &client->node);
    egress->client_count++;
    egress_net_open(client);
    return OD_OK;
}

struct egress_client *egress_client_find(struct egress *egress, uint64_t number)
{
    for (struct base_list *node = egress->clients.next; node != &egress->clients; node = node->next) {
        struct egress_client *client = BASE_LIST_ENTRY(node, struct egress_client, node);

        if (client->number == number && !client->is_gone)
            return client;
    }
    return NULL;
}

void egress_client_leave(struct egress_client *client)
{
    client->is_gone = true;
    egress_net_close(client);
}

static void on_timer_closed(uv_handle_t *handle)
{
    egress_client_handle_ended(handle->data);
}

static void close_client(struct egress_client *client)
{
    client->is_closing = true;
    curl_multi_cleanup(client->multi); /* closes its idle connections, whose watches end with them */
    uv_close((uv_handle_t *)&client->timer, on_timer_closed);
}

void egress_clients_sweep(struct egress *egress)
{
    for (struct base_list *node = egress->clients.next, *next; node != &egress->clients; node = next) {
        struct egress_client *client = BASE_LIST_ENTRY(node, struct egress_client, node);

        next = node->next;
        egress_net_check(client, uv_hrtime() / 1000000);
        if (client->is_gone && client->call_count == 0 && !client->is_closing)
            close_client(client);
    }
}

int egress_client_add(struct egress_client *client, void *easy)
{
    return curl_multi_add_handle(client->multi, easy) == CURLM_OK ? OD_OK : OD_ENOMEM;
}

void egress_client_remove(struct egress_client *client, void *easy)
{
    curl_multi_remove_handle(client->multi, easy);
}
