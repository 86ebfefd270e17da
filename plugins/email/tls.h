/* SPDX-License-Identifier: Apache-2.0 */
/* TLS over a connection that is there already. The only file that knows OpenSSL. The certificates to trust come as text:
 * a module has no files. */
#ifndef EMAIL_TLS_H
#define EMAIL_TLS_H

#include <stddef.h>

struct tls_trust; /* what is trusted; made once, read by any thread */
struct tls;       /* one connection */

/* ca: PEM, one certificate at least. NULL: none can be read, or no memory. */
struct tls_trust *tls_trust_create(const char *ca);
void tls_trust_destroy(struct tls_trust *trust); /* accepts NULL */

/* Shake hands on fd, which stays the caller's: TLS 1.2 or later, the certificate leads to trust and bears name. It blocks as
 * fd does. NULL: it did not come to that; why says so (128 bytes). */
struct tls *tls_start(const struct tls_trust *trust, int fd, const char *name, char why[128]);
/* As read(2) and write(2), of the whole for write: what was taken, 0 at the end, -1 on error. */
long tls_read(struct tls *tls, void *bytes, size_t size);
long tls_write(struct tls *tls, const void *bytes, size_t size);
void tls_end(struct tls *tls); /* says goodbye; accepts NULL */

#endif
