/* SPDX-License-Identifier: Apache-2.0 */
#include "front/auth_proxy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "front/connection.h"

struct front_proxy {
    struct front_identity_rule rule; /* what it points to is in arena */
    struct base_arena arena;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct front_identity_user *)a)->name, ((const struct front_identity_user *)b)->name);
}

static const char *keep(struct front_proxy *proxy, const char *text, int *rc)
{
    const char *copy = text != NULL ? base_arena_text(&proxy->arena, text, strlen(text)) : NULL;

    if (text != NULL && copy == NULL)
        *rc = OD_ENOMEM;
    return copy;
}

static int users_copy(struct front_proxy *proxy, const struct front_identity_rule *rule)
{
    struct front_identity_user *users = base_arena_take(&proxy->arena, (rule->user_count + 1) * sizeof(*users));
    int rc = users != NULL ? OD_OK : OD_ENOMEM;

    for (size_t i = 0; rc == OD_OK && i < rule->user_count; i++)
        users[i] = (struct front_identity_user){.name = keep(proxy, rule->users[i].name, &rc), .key = keep(proxy, rule->users[i].key, &rc)};
    if (rc != OD_OK)
        return rc;
    qsort(users, rule->user_count, sizeof(*users), by_name);
    for (size_t i = 1; i < rule->user_count; i++)
        if (by_name(&users[i - 1], &users[i]) == 0)
            return OD_EINVAL;
    proxy->rule.users = users;
    return OD_OK;
}

int front_proxy_create(const struct front_identity_rule *rule, struct front_proxy **out)
{
    struct front_proxy *proxy;
    int rc = OD_OK;

    if (rule == NULL) {
        *out = NULL;
        return OD_OK;
    }
    proxy = base_alloc(sizeof(*proxy));
    if (proxy == NULL)
        return OD_ENOMEM;
    proxy->rule = *rule;
    proxy->rule.header = keep(proxy, rule->header, &rc);
    proxy->rule.secret_header = keep(proxy, rule->secret_header, &rc);
    if (rc == OD_OK)
        rc = users_copy(proxy, rule);
    if (rc == OD_OK)
        *out = proxy;
    else
        front_proxy_destroy(proxy);
    return rc;
}

void front_proxy_destroy(struct front_proxy *proxy)
{
    if (proxy == NULL)
        return;
    base_arena_fini(&proxy->arena);
    base_free(proxy);
}

/* -- Is it believed? -- */

static bool has_secret(const struct front_identity_rule *rule, struct front_request *request)
{
    const char *secret = front_header(request, rule->secret_header);
    uint8_t hash[BASE_HASH_SIZE];

    if (secret == NULL)
        return false;
    base_hash(secret, strlen(secret), hash);
    return base_hash_equal(hash, rule->secret_hash);
}

static bool is_listed(const struct front_identity_rule *rule, struct front_request *request)
{
    struct sockaddr_storage peer = {0};
    int size = sizeof(peer);
    char text[64] = "";

    if (uv_tcp_getpeername(&request->connection->uv.tcp, (struct sockaddr *)&peer, &size) != 0 ||
        uv_ip_name((struct sockaddr *)&peer, text, sizeof(text)) != 0)
        return false;
    return (rule->takes_ipv4_loopback && strcmp(text, "127.0.0.1") == 0) || (rule->takes_ipv6_loopback && strcmp(text, "::1") == 0);
}

bool front_proxy_is_believed(const struct front_proxy *proxy, struct front_request *request)
{
    if (request->answerer != &front_http_answerer || request->connection == NULL)
        return false;
    bool is_unix = request->connection->uv.handle.type == UV_NAMED_PIPE;
    if (proxy == NULL)
        return is_unix;
    if (!is_unix && (proxy->rule.secret_header == NULL || !is_listed(&proxy->rule, request)))
        return false;
    return proxy->rule.secret_header == NULL || has_secret(&proxy->rule, request);
}

/* -- Whom it names -- */

/* How often the header stands there. The client's own would be one too many. */
static size_t header_count(struct front_request *request, const char *name)
{
    const struct front_http_call *call = (const struct front_http_call *)request;
    const char *at = call->head_text, *end = at + call->head_size;
    size_t size = strlen(name), count = 0;

    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL && ++at < end)
        count += (size_t)(end - at) > size && at[size] == ':' && strncasecmp(at, name, size) == 0;
    return count;
}

/* What names a certificate counts only where the proxy found it good. */
static bool is_verified(const struct front_identity_rule *rule, struct front_request *request)
{
    const char *verdict = front_header(request, "X-Client-Verify");

    return strncasecmp(rule->header, "X-Client-", 9) != 0 || (verdict != NULL && strcmp(verdict, "SUCCESS") == 0);
}

enum front_proxy_verdict front_proxy_ask(const struct front_proxy *proxy, struct front_request *request, const char **key_id)
{
    const char *name = proxy != NULL ? front_header(request, proxy->rule.header) : NULL;

    if (name == NULL || name[0] == '\0' || !front_proxy_is_believed(proxy, request) || !is_verified(&proxy->rule, request))
        return FRONT_PROXY_SILENT;
    if (header_count(request, proxy->rule.header) > 1)
        return FRONT_PROXY_TWICE;
    struct front_identity_user wanted = {.name = name};
    const struct front_identity_user *found =
        bsearch(&wanted, proxy->rule.users, proxy->rule.user_count, sizeof(wanted), by_name);
    if (found == NULL)
        return FRONT_PROXY_STRANGER;
    *key_id = found->key;
    return FRONT_PROXY_NAMED;
}
