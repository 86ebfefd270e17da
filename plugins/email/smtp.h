/* SPDX-License-Identifier: Apache-2.0 */
/* One letter to one mail server (RFC 5321), over the socket that the hub made for it. Blocks: for a worker thread. No
 * state, no locks. */
#ifndef EMAIL_SMTP_H
#define EMAIL_SMTP_H

#include <stddef.h>

#include "tls.h"

#define SMTP_SAID_MAX 512 /* bytes of an answer that are kept */

enum smtp_tls { SMTP_TLS_NONE = 0, SMTP_TLS_STARTTLS, SMTP_TLS_IMPLICIT };

struct smtp_server {
    const char *socket;      /* path */
    const char *helo;
    const char *server_name; /* in its certificate */
    const struct tls_trust *trust; /* NULL without TLS */
    enum smtp_tls tls;
    const char *user, *password; /* NULL = no AUTH */
    unsigned timeout_ms;     /* of one answer */
};

struct smtp_letter {
    const char *from, *to; /* letter_is_address */
    const char *bytes;     /* letter_make */
    size_t size;
};

enum smtp_outcome {
    SMTP_NONE = 0,
    SMTP_TAKEN,   /* the server has it, for good */
    SMTP_REFUSED, /* of the recipient or the letter, for good (5xx) */
    SMTP_LATER,   /* not taken, certainly: the server, the way to it, or its settings */
    SMTP_UNKNOWN, /* all was sent, and no answer came */
};

/* said: the server's last words, or what went wrong; one line. */
enum smtp_outcome smtp_send(const struct smtp_server *server, const struct smtp_letter *letter, char said[SMTP_SAID_MAX]);

#endif
