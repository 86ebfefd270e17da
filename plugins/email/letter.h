/* SPDX-License-Identifier: Apache-2.0 */
/* A message as a letter (RFC 5322, RFC 2047, RFC 2045). Pure: no I/O, no clock, no locale.
 *
 * Nothing that is put in can become a header or an address of its own: addresses are checked, texts are encoded. */
#ifndef EMAIL_LETTER_H
#define EMAIL_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LETTER_ADDRESS_MAX 254 /* RFC 5321 4.5.3.1.3, less the brackets */
#define LETTER_SIZE_MAX (256 * 1024)

/* An address of visible ASCII that may stand in <> as it is: local@domain. Others (SMTPUTF8, quoted) are not taken. */
bool letter_is_address(const char *text);

struct letter {
    const char *from, *from_name, *to, *subject, *text; /* from_name may be "" */
    const char *key;     /* constant over all attempts: the Message-ID */
    const char *domain;  /* of the Message-ID */
    int64_t at_ms;       /* UTC: the Date */
};

/* The whole letter with CRLF line ends, NUL-terminated, malloc'd: the caller's to free. *size: without the NUL. It has no
 * line that begins with a dot, and none over 998 bytes. NULL: no memory, or larger than LETTER_SIZE_MAX. */
char *letter_make(const struct letter *letter, size_t *size);

#endif
