/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include <stdbool.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "wait.h"

struct tls_trust {
    SSL_CTX *context;
};

struct tls {
    SSL *session;
};

/* Every certificate of the text. 0 = none could be read. */
static int certificates_add(X509_STORE *store, BIO *text)
{
    X509 *certificate;
    int count = 0;

    while ((certificate = PEM_read_bio_X509(text, NULL, NULL, NULL)) != NULL) {
        count += X509_STORE_add_cert(store, certificate);
        X509_free(certificate);
    }
    ERR_clear_error(); /* the end of the text is one */
    return count;
}

struct tls_trust *tls_trust_create(const char *ca)
{
    struct tls_trust *trust = calloc(1, sizeof(*trust));
    BIO *text = BIO_new_mem_buf(ca, (int)strlen(ca));

    if (trust != NULL && text != NULL && OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1)
        trust->context = SSL_CTX_new(TLS_client_method());
    bool is_fine = trust != NULL && trust->context != NULL && SSL_CTX_set_min_proto_version(trust->context, TLS1_2_VERSION) == 1 &&
                   certificates_add(SSL_CTX_get_cert_store(trust->context), text) > 0;
    BIO_free(text);
    if (!is_fine) {
        tls_trust_destroy(trust);
        return NULL;
    }
    SSL_CTX_set_verify(trust->context, SSL_VERIFY_PEER, NULL);
    return trust;
}

void tls_trust_destroy(struct tls_trust *trust)
{
    if (trust == NULL)
        return;
    SSL_CTX_free(trust->context);
    free(trust);
}

static void say_why(const SSL *session, char why[128])
{
    long verified = session != NULL ? SSL_get_verify_result(session) : X509_V_OK;
    unsigned long code = ERR_get_error();
    char text[96] = "the connection broke";

    if (verified != X509_V_OK)
        snprintf(text, sizeof(text), "%s", X509_verify_cert_error_string(verified));
    else if (code != 0)
        ERR_error_string_n(code, text, sizeof(text));
    snprintf(why, 128, "no TLS: %s", text);
    ERR_clear_error();
}

/* After a call that did not succeed: is it to be made again, now that the connection is ready for it? */
static bool is_again(const struct tls *tls, int count, int64_t deadline_ms)
{
    int error = SSL_get_error(tls->session, count);

    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        return false;
    return wait_for(SSL_get_fd(tls->session), error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline_ms);
}

/* An address is not asked for by name (RFC 6066), and stands in the certificate as an address. */
static bool name_set(SSL *session, const char *name)
{
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), name) == 1)
        return true;
    ERR_clear_error();
    return SSL_set1_host(session, name) == 1 && SSL_set_tlsext_host_name(session, name) == 1;
}

static bool shake_hands(const struct tls *tls, int64_t deadline_ms)
{
    int rc;

    do {
        ERR_clear_error();
        rc = SSL_connect(tls->session);
    } while (rc != 1 && is_again(tls, rc, deadline_ms));
    return rc == 1;
}

struct tls *tls_start(const struct tls_trust *trust, int fd, const char *name, int64_t deadline_ms, char why[128])
{
    struct tls *tls = calloc(1, sizeof(*tls));

    ERR_clear_error();
    if (tls != NULL)
        tls->session = SSL_new(trust->context);
    if (tls != NULL && tls->session != NULL && name_set(tls->session, name) && SSL_set_fd(tls->session, fd) == 1 &&
        shake_hands(tls, deadline_ms))
        return tls;
    say_why(tls != NULL ? tls->session : NULL, why);
    if (tls != NULL)
        SSL_free(tls->session);
    free(tls);
    return NULL;
}

long tls_read(struct tls *tls, void *bytes, size_t size, int64_t deadline_ms)
{
    int count;

    do {
        ERR_clear_error();
        count = SSL_read(tls->session, bytes, size > INT32_MAX ? INT32_MAX : (int)size);
    } while (count <= 0 && is_again(tls, count, deadline_ms));
    if (count > 0)
        return count;
    return SSL_get_error(tls->session, count) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

long tls_write(struct tls *tls, const void *bytes, size_t size, int64_t deadline_ms)
{
    int count;

    do {
        ERR_clear_error();
        count = SSL_write(tls->session, bytes, size > INT32_MAX ? INT32_MAX : (int)size);
    } while (count <= 0 && is_again(tls, count, deadline_ms));
    return count > 0 ? count : -1;
}

void tls_end(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_shutdown(tls->session);
    SSL_free(tls->session);
    free(tls);
}
