/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as e-mail, through one mail server.
 *
 *   offer -> checked, copied -> (the password is revealed ->) a worker thread: smtp_send -> the end is reported
 *
 * Taken by the server is the last that is known: nobody tells whether it was read, or arrived. So the end is
 * not_applicable, which the hub knows as sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <onedoor/ext/secret.h>
#include <onedoor/plugin.h>

#include "letter.h"
#include "smtp.h"

#define SECRET_PASSWORD "password"
#define FAILURES_DEGRADED 3
#define PATH_SIZE 108

struct email {
    const struct od_host *host;
    const struct od_secret *secrets; /* NULL where nobody logs in */
    struct smtp_server server;
    char socket[PATH_SIZE], name[254], domain[254];
    const char *from, *from_name;
    char *texts; /* owned: what the settings point into */
    struct tls_trust *trust;
    uint32_t failures;
    char failure[100];
};

/* One letter on its way. */
struct job {
    struct email *email;
    od_task task;
    struct smtp_server server; /* with the password */
    struct smtp_letter letter;
    char *to, *bytes, *password; /* owned */
    enum smtp_outcome outcome;
    char said[SMTP_SAID_MAX];
};

static void job_free(struct job *job)
{
    if (job->password != NULL)
        explicit_bzero(job->password, strlen(job->password));
    free(job->password);
    free(job->to);
    free(job->bytes);
    free(job);
}

/* -- Settings -- */

static int refuse(struct email *email, const char *why)
{
    od_log(email->host, OD_LOG_ERROR, 0, why);
    tls_trust_destroy(email->trust);
    free(email->texts);
    free(email);
    return OD_EINVAL;
}

/* "host:port", "[address]:port": the host alone. */
static void host_of(const char *server, char name[254])
{
    size_t size = strcspn(server, ":");

    if (server[0] == '[') {
        server++;
        size = strcspn(server, "]");
    }
    snprintf(name, 254, "%.*s", (int)(size < 253 ? size : 253), server);
}

/* A copy in texts, or fallback. */
static const char *text_of(struct email *email, const char *key, char **at, const char *fallback)
{
    const char *text = fallback;

    if (od_config_text(email->host, key, &text) != OD_OK || text == fallback)
        return fallback;
    size_t size = strlen(text) + 1;
    memcpy(*at, text, size);
    text = *at;
    *at += size;
    return text;
}

static int read_tls(struct email *email, char **at)
{
    const char *tls = text_of(email, "tls", at, "starttls"), *ca = text_of(email, "ca", at, NULL);

    email->server.tls = strcmp(tls, "none") == 0 ? SMTP_TLS_NONE : strcmp(tls, "implicit") == 0 ? SMTP_TLS_IMPLICIT : SMTP_TLS_STARTTLS;
    if (email->server.tls == SMTP_TLS_NONE)
        return OD_OK;
    email->trust = ca != NULL ? tls_trust_create(ca) : NULL;
    email->server.trust = email->trust;
    return email->trust != NULL ? OD_OK : OD_EINVAL;
}

static int read_settings(struct email *email)
{
    char *at = email->texts;
    int64_t timeout_ms = 30000;
    const char *folder = getenv("ONEDOOR_NET"), *server = text_of(email, "server", &at, "");

    if (od_config_i64(email->host, "timeout_ms", &timeout_ms) == OD_OK)
        email->server.timeout_ms = (unsigned)timeout_ms;
    else
        email->server.timeout_ms = 30000;
    snprintf(email->socket, sizeof(email->socket), "%s/smtp", folder != NULL ? folder : "");
    host_of(server, email->name);
    email->from = text_of(email, "from", &at, "");
    email->from_name = text_of(email, "from_name", &at, "");
    if (!letter_is_address(email->from))
        return refuse(email, "configuration: from must be an address, e.g. notices@riverside.gov");
    snprintf(email->domain, sizeof(email->domain), "%s", strrchr(email->from, '@') + 1);
    email->server.socket = email->socket;
    email->server.helo = text_of(email, "helo", &at, email->domain);
    email->server.server_name = text_of(email, "server_name", &at, email->name);
    email->server.user = text_of(email, "user", &at, NULL);
    if (strpbrk(email->server.helo, " \r\n\t") != NULL)
        return refuse(email, "configuration: helo must be a name without spaces");
    if (read_tls(email, &at) != OD_OK)
        return refuse(email, "configuration: ca must hold a certificate (PEM), or tls must be none");
    if (email->server.user != NULL && (email->server.tls == SMTP_TLS_NONE || email->secrets == NULL))
        return refuse(email, "configuration: user needs tls, and a host that has od.secret/1");
    return OD_OK;
}

static int email_open(const struct od_host *host, void **self)
{
    struct email *email = calloc(1, sizeof(*email));

    if (email == NULL)
        return OD_ENOMEM;
    email->host = host;
    email->secrets = od_extension(host, OD_SECRET_1);
    email->texts = malloc(host->config_size + 16);
    if (email->texts == NULL) {
        free(email);
        return OD_ENOMEM;
    }
    int rc = read_settings(email);
    if (rc == OD_OK)
        *self = email;
    return rc;
}

static void email_close(void *self)
{
    struct email *email = self;

    tls_trust_destroy(email->trust);
    free(email->texts);
    free(email);
}

/* -- One letter -- */

static void fail(const struct job *job, enum od_effect effect)
{
    struct email *email = job->email;

    email->failures++;
    /* A server may name the recipient in its answer: people who look at the connector see its code alone. */
    if (strspn(job->said, "0123456789") == 3)
        snprintf(email->failure, sizeof(email->failure), "the server answered %.3s", job->said);
    else
        snprintf(email->failure, sizeof(email->failure), "%.99s", job->said);
    if (od_fail(email->host, job->task, effect, "smtp", job->said) != OD_OK)
        od_log(email->host, OD_LOG_ERROR, job->task, "a failure could not be reported");
}

static void end(const struct job *job, enum od_opinion_value opinion)
{
    job->email->failures = 0;
    if (od_opine(job->email->host, job->task, opinion, job->said) != OD_OK)
        od_log(job->email->host, OD_LOG_ERROR, job->task, "an end could not be reported");
}

/* The task may have moved on meanwhile: then nobody waits for this. */
static void on_sent(void *arg)
{
    struct job *job = arg;

    if (od_task_state_of(job->email->host, job->task) == OD_TASK_OFFERED) {
        switch (job->outcome) {
        case SMTP_TAKEN: end(job, OD_NOT_APPLICABLE); break;
        case SMTP_REFUSED: end(job, OD_REJECT); break;
        case SMTP_UNKNOWN: fail(job, OD_EFFECT_UNKNOWN); break;
        case SMTP_NONE:
        case SMTP_LATER: fail(job, OD_EFFECT_NONE); break;
        }
    }
    job_free(job);
}

static void on_work(void *arg)
{
    struct job *job = arg;

    job->outcome = smtp_send(&job->server, &job->letter, job->said);
}

static void send_or_fail(struct job *job)
{
    if (od_work(job->email->host, on_work, on_sent, job) == OD_OK)
        return;
    if (od_give_back(job->email->host, job->task) != OD_OK)
        od_log(job->email->host, OD_LOG_ERROR, job->task, "could not give it back");
    job_free(job);
}

static void on_password(void *self, int error, const void *value, size_t size, void *arg)
{
    struct job *job = arg;

    (void)self;
    job->password = error == OD_OK ? strndup(value, size) : NULL;
    if (job->password != NULL) {
        job->server.password = job->password;
        send_or_fail(job);
        return;
    }
    snprintf(job->said, sizeof(job->said), "the secret \"" SECRET_PASSWORD "\" is not set up, or cannot be had now");
    if (od_task_state_of(job->email->host, job->task) == OD_TASK_OFFERED)
        fail(job, OD_EFFECT_NONE);
    job_free(job);
}

static const char *form_text(const struct od_offer *offer, const char *key)
{
    const char *text = "";

    return od_form_text(offer, key, &text) == OD_OK ? text : "";
}

static struct job *job_create(struct email *email, const struct od_offer *offer)
{
    struct job *job = calloc(1, sizeof(*job));
    struct letter letter = {.from = email->from, .from_name = email->from_name, .key = offer->idempotency_key, .domain = email->domain,
                            .at_ms = od_now_ms(email->host)};

    if (job == NULL)
        return NULL;
    job->email = email;
    job->task = offer->task;
    job->server = email->server;
    job->to = strdup(form_text(offer, "to"));
    letter.to = job->to;
    char *subject = strdup(form_text(offer, "subject"));
    letter.subject = subject;
    letter.text = form_text(offer, "text");
    if (job->to != NULL && subject != NULL)
        job->bytes = letter_make(&letter, &job->letter.size);
    free(subject);
    job->letter.from = email->from;
    job->letter.to = job->to;
    job->letter.bytes = job->bytes;
    if (job->bytes == NULL) {
        job_free(job);
        return NULL;
    }
    return job;
}

static int email_offer(void *self, const struct od_offer *offer)
{
    struct email *email = self;

    if (!letter_is_address(form_text(offer, "to")))
        return od_reject(email->host, offer->task, "to is no address that a mail server takes");
    struct job *job = job_create(email, offer);
    if (job == NULL)
        return OD_EBUSY;
    if (email->server.user == NULL) {
        send_or_fail(job);
        return OD_OK;
    }
    if (od_secret_reveal(email->secrets, SECRET_PASSWORD, on_password, job) == OD_OK)
        return OD_OK;
    job_free(job);
    return OD_EBUSY;
}

/* The hub knows it as handed over already: nothing more comes. */
static int email_resume(void *self, const struct od_offer *offer)
{
    const struct email *email = self;

    return od_not_applicable(email->host, offer->task, "handed to the mail server before");
}

static void email_health(void *self, struct od_health *health)
{
    const struct email *email = self;

    if (email->failures < FAILURES_DEGRADED)
        return;
    health->status = OD_HEALTH_DEGRADED;
    snprintf(health->note, sizeof(health->note), "%u letters in a row not taken: %.80s", email->failures, email->failure);
}

OD_PLUGIN = {OD_PLUGIN_INIT, .id = "email", .version = "1.0.0", .open = email_open, .close = email_close, .offer = email_offer,
             .resume = email_resume, .health = email_health};
