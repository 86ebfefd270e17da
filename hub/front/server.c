/* SPDX-License-Identifier: Apache-2.0 */
/* The front's life: open, the end of each loop turn, close.
 *
 *   front_open -> on_connection ... turn_end ... -> front_close -> (connections and requests
 * end)
 *              -> front_close_step -> on_handle_closed -> on_closed
 */
#include "front/server.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/log.h"
#include "base/time.h"
#include "front/connection.h"
#include "front/listen.h"

const char *front_date(struct front *front)
{
    int64_t second = base_wall_ms() / 1000;
    time_t when = (time_t)second;
    struct tm utc;
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

    if (second == front->date_second && front->date[0] != '\0')
        return front->date;
    front->date_second = second;
    gmtime_r(&when, &utc);
    snprintf(front->date, sizeof(front->date), "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
             days[utc.tm_wday], utc.tm_mday % 100, months[utc.tm_mon],
             (utc.tm_year + 1900) % 10000, utc.tm_hour % 100, utc.tm_min % 100,
             utc.tm_sec % 100);
    return front->date;
}

/* -- The end of a turn -- */

static void accept_waiting(struct front *front);

/* Answers of this turn go out. Taking requests that waited may bring more answers, and so on
 * until nothing is left; each round uses up bytes that were received, so it ends. */
static void turn_end(struct front *front)
{
    do {
        if (front->is_turn_open) {
            front->is_turn_open = false;
            if (front->ops->on_turn_end != NULL)
                front->ops->on_turn_end(front->owner);
        }
        while (!base_list_is_empty(&front->dirty)) {
            struct base_list *node = front->dirty.next;

            base_list_remove(node);
            front_connection_flush(BASE_LIST_ENTRY(node, struct front_connection, dirty));
        }
    } while (front->is_turn_open);
    if (front->gateway != NULL)
        front_gateway_flush(front->gateway);
    accept_waiting(front);
    if (front->is_closing)
        front_close_step(front);
}

static void on_prepare(uv_prepare_t *prepare)
{
    turn_end(prepare->data);
}

static void on_check(uv_check_t *check)
{
    turn_end(check->data);
}

/* -- Connections come -- */

static void on_connection(uv_stream_t *stream, int status)
{
    struct front_listener *listener = stream->data;

    if (status < 0)
        base_log(BASE_LOG_WARNING, "connection not accepted error=%s", uv_err_name(status));
    else
        listener->is_waiting = front_connection_open(listener->front, listener) != OD_OK;
}

/* Memory was short when a connection came: libuv holds it until it is asked for again. */
static void accept_waiting(struct front *front)
{
    for (size_t i = 0; i < FRONT_LISTENERS_MAX; i++) {
        struct front_listener *listener = &front->listeners[i];

        if (listener->is_waiting && !front->is_closing)
            listener->is_waiting = front_connection_open(front, listener) != OD_OK;
    }
}

static void on_slow(struct front_deadline *deadline)
{
    struct front_connection *connection =
        BASE_LIST_ENTRY(deadline, struct front_connection, read_deadline);

    connection->front->figures.cut_slow++;
    front_connection_finish(connection);
}

static void on_slow_write(struct front_deadline *deadline)
{
    struct front_connection *connection =
        BASE_LIST_ENTRY(deadline, struct front_connection, write_deadline);

    connection->front->figures.cut_slow++;
    front_connection_finish(connection);
}

/* While a piece of it waits for us, not for the client, the time begins anew. */
static void on_slow_upload(struct front_deadline *deadline)
{
    struct front_connection *connection = BASE_LIST_ENTRY(deadline, struct front_connection, read_deadline);

    connection->upload_step = 0;
    if (connection->is_stalled)
        front_deadline_start(&connection->front->clock, deadline, FRONT_DEADLINE_UPLOAD);
    else
        on_slow(deadline);
}

static void on_silent(struct front_deadline *deadline)
{
    front_connection_finish(BASE_LIST_ENTRY(deadline, struct front_connection, read_deadline));
}

static void on_stream_quiet(struct front_deadline *deadline)
{
    front_stream_quiet(BASE_LIST_ENTRY(deadline, struct front_connection, read_deadline));
}

static void clock_open(struct front *front, const struct front_options *options)
{
    const struct {
        enum front_deadline_kind kind;
        uint32_t wanted_ms, usual_ms;
        front_deadline_cb on_deadline;
    } rows[] = {
        {FRONT_DEADLINE_HEAD, options->head_timeout_ms, BASE_HTTP_HEAD_TIMEOUT_MS, on_slow},
        {FRONT_DEADLINE_BODY, options->body_timeout_ms, BASE_HTTP_BODY_TIMEOUT_MS, on_slow},
        {FRONT_DEADLINE_IDLE, options->idle_timeout_ms, BASE_HTTP_IDLE_TIMEOUT_MS, on_silent},
        {FRONT_DEADLINE_WRITE, options->write_timeout_ms, BASE_HTTP_WRITE_TIMEOUT_MS,
         on_slow_write},
        {FRONT_DEADLINE_UPLOAD, options->upload_timeout_ms, FRONT_UPLOAD_TIMEOUT_MS, on_slow_upload},
        {FRONT_DEADLINE_LINGER, 0, FRONT_LINGER_TIMEOUT_MS, on_silent},
        {FRONT_DEADLINE_STREAM, 0, FRONT_STREAM_QUIET_MS, on_stream_quiet},
    };

    front_clock_init(&front->clock, front->loop);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        front_clock_kind_set(&front->clock, rows[i].kind,
                             rows[i].wanted_ms > 0 ? rows[i].wanted_ms : rows[i].usual_ms,
                             rows[i].on_deadline);
}

/* libuv answers a lack of descriptors by closing silently, so it must not come to that. */
static size_t connections_limit(uint32_t wanted)
{
    struct rlimit limit;
    rlim_t descriptors = BASE_HTTP_CONNECTIONS_MAX + FRONT_DESCRIPTORS_RESERVE;

    if (wanted > 0)
        return wanted;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < descriptors)
        descriptors = limit.rlim_cur;
    if (descriptors < 2 * FRONT_DESCRIPTORS_RESERVE)
        return (size_t)descriptors / 2 + 1;
    return (size_t)descriptors - FRONT_DESCRIPTORS_RESERVE;
}

/* Handles that live as long as the front; initialising them cannot fail. */
static void handles_open(struct front *front)
{
    uv_prepare_init(front->loop, &front->prepare);
    uv_check_init(front->loop, &front->check);
    uv_timer_init(front->loop, &front->grace);
    front->prepare.data = front->check.data = front->grace.data = front;
    uv_prepare_start(&front->prepare, on_prepare);
    uv_check_start(&front->check, on_check);
    uv_unref((uv_handle_t *)&front->prepare);
    uv_unref((uv_handle_t *)&front->check);
    front->handles_open = 4; /* and the clock's timer */
}

static int listeners_open(struct front *front, const struct front_options *options,
                          char text[512])
{
    const char *const places[FRONT_LISTENERS_MAX] = {options->listen, options->listen_unix};
    char second[FRONT_ADDRESS_MAX];
    int rc = OD_OK;

    for (size_t i = 0; i < FRONT_LISTENERS_MAX && rc == OD_OK; i++) {
        if (places[i] == NULL)
            continue;
        rc = front_listener_open(&front->listeners[i], front, places[i], options->key_count > 0,
                                 on_connection,
                                 front->address[0] == '\0' ? front->address : second, text);
        front->handles_open += front->listeners[i].is_open;
    }
    return rc;
}

/* What needs no loop. */
static int contents_open(struct front *front, const struct front_options *options,
                         char text[512])
{
    char fault[FRONT_TEMPLATE_FAULT_SIZE] = "two keys have the same hash, or two users the same name, or there are too many";
    int rc = front_keys_create(options->keys, options->key_count, &front->keys);

    if (rc == OD_OK && options->tag_key != NULL)
        memcpy(front->keys->tag_key, options->tag_key, BASE_HASH_SIZE);
    if (rc == OD_OK)
        rc = front_proxy_create(options->identity, &front->proxy);
    if (rc == OD_OK)
        rc = front_pages_create(&front->pages, fault);
    if (rc != OD_OK)
        snprintf(text, 512, "%.500s", rc == OD_ENOMEM ? "no memory left" : fault);
    return rc;
}

static void front_free(struct front *front)
{
    front_keys_release(front->keys);
    front_proxy_destroy(front->proxy);
    front_pages_destroy(front->pages);
    front_pools_fini(&front->pools);
    base_free(front);
}

static void on_nothing(void *owner)
{
    (void)owner;
}

int front_open(uv_loop_t *loop, const struct front_options *options, struct front **out,
               char text[512])
{
    struct front *front = base_alloc(sizeof(*front));

    assert(options->ops->perform != NULL);
    text[0] = '\0';
    if (front == NULL)
        return OD_ENOMEM;
    front->loop = loop;
    front->ops = options->ops;
    front->owner = options->owner;
    front->is_demo = options->is_demo;
    front->is_development = options->is_development;
    front->is_clock_virtual = options->is_clock_virtual;
    front->connections_max = connections_limit(options->connections_max);
    base_list_init(&front->connections);
    base_list_init(&front->dirty);
    int rc = contents_open(front, options, text);
    if (rc != OD_OK) {
        front_free(front);
        return rc;
    }
    signal(SIGPIPE, SIG_IGN); /* libuv writes without MSG_NOSIGNAL */
    handles_open(front);
    clock_open(front, options);
    rc = listeners_open(front, options, text);
    if (rc != OD_OK) {
        front_close(front, 0, on_nothing, NULL); /* frees it when the loop runs */
        return rc;
    }
    *out = front;
    return OD_OK;
}

const char *front_address(const struct front *front)
{
    return front->address;
}

/* A stream whose key is gone ends; who comes back by Last-Event-ID is asked for a key again. */
void front_streams_check(struct front *front)
{
    for (struct base_list *node = front->connections.next; node != &front->connections;
         node = node->next) {
        struct front_connection *connection =
            BASE_LIST_ENTRY(node, struct front_connection, node);

        if (!front_stream_may_stay(connection))
            front_stream_end(connection->stream);
    }
}

int front_keys_set(struct front *front, const struct front_key *keys, size_t count)
{
    struct front_keys *table;
    int rc = front_keys_create(keys, count, &table);

    if (rc != OD_OK)
        return rc;
    memcpy(table->tag_key, front->keys->tag_key, sizeof(table->tag_key));
    front_keys_learn(table, front->keys);
    front_keys_release(front->keys);
    front->keys = table;
    front_streams_check(front);
    return OD_OK;
}

void front_key_end(struct front *front, const char *id)
{
    for (size_t i = 0; i < front->keys->count; i++)
        if (strcmp(front->keys->rows[i].key.id, id) == 0)
            front->keys->rows[i].is_over = true;
    front_streams_check(front);
}

int front_identity_set(struct front *front, const struct front_identity_rule *rule)
{
    struct front_proxy *proxy;
    int rc = front_proxy_create(rule, &proxy);

    if (rc != OD_OK)
        return rc;
    front_proxy_destroy(front->proxy);
    front->proxy = proxy;
    return OD_OK;
}

/* -- Close -- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct front *front = handle->data;

    assert(front->handles_open > 0);
    if (--front->handles_open > 0)
        return;
    front_closed_cb on_closed = front->on_closed;
    void *owner = front->closed_owner;
    front_free(front);
    on_closed(owner);
}

static void handle_close(struct front *front, uv_handle_t *handle)
{
    handle->data = front;
    uv_close(handle, on_handle_closed);
}

void front_close_step(struct front *front)
{
    if (!base_list_is_empty(&front->connections) || front->calls_open > 0 ||
        front->gateway != NULL || uv_is_closing((uv_handle_t *)&front->prepare))
        return;
    handle_close(front, (uv_handle_t *)&front->prepare);
    handle_close(front, (uv_handle_t *)&front->check);
    handle_close(front, (uv_handle_t *)&front->grace);
    handle_close(front, (uv_handle_t *)&front->clock.timer);
}

static void on_grace_over(uv_timer_t *timer)
{
    struct front *front = timer->data;

    for (struct base_list *node = front->connections.next, *next; node != &front->connections;
         node = next) {
        next = node->next;
        front_connection_finish(BASE_LIST_ENTRY(node, struct front_connection, node));
    }
}

void front_close(struct front *front, uint64_t grace_ms, front_closed_cb on_closed, void *owner)
{
    assert(!front->is_closing);
    assert(on_closed != NULL);
    front->is_closing = true;
    front->on_closed = on_closed;
    front->closed_owner = owner;
    for (size_t i = 0; i < FRONT_LISTENERS_MAX; i++) {
        front->listeners[i].is_waiting = false;
        if (front->listeners[i].is_open)
            handle_close(front, &front->listeners[i].uv.handle);
    }
    for (struct base_list *node = front->connections.next, *next; node != &front->connections;
         node = next) {
        next = node->next;
        front_connection_drain(BASE_LIST_ENTRY(node, struct front_connection, node));
    }
    uv_timer_start(&front->grace, on_grace_over, grace_ms, 0);
    /* From here on the turns have work to do: they must not sleep through the end. */
    uv_ref((uv_handle_t *)&front->check);
    uv_ref((uv_handle_t *)&front->prepare);
}

void front_figures(const struct front *front, struct front_figures *figures)
{
    *figures = front->figures;
    figures->connections_open = front->connection_count;
    figures->streams_open = front->stream_count;
    figures->connections_max = front->connections_max;
}
