/* SPDX-License-Identifier: Apache-2.0 */
/* TLS over a connection that is there already. The only file that knows OpenSSL. The certificates to trust come as text:
 * a module has no files. */
#ifndef EMAIL_TLS_H
#define EMAIL_TLS_H

#include <stddef.h>
#include <stdint.h>

struct tls_trust; /* what is trusted; made once, read by any thread */
struct tls;       /* one connection */

/* ca: PEM, one certificate at least. NULL: none can be read, or no memory. */
struct tls_trust *tls_trust_create(const char *ca);
void tls_trust_destroy(struct tls_trust *trust); /* accepts NULL */

/* Shake hands on fd, which does not block and stays the caller's: TLS 1.2 or later, the certificate leads to trust and bears
 * name (of a host, or an IP address). deadline_ms: of wait.h's clock, here and below. NULL: it did not come to that; why says
 * so (128 bytes). */
struct tls *tls_start(const struct tls_trust *trust, int fd, const char *name, int64_t deadline_ms, char why[128]);
/* As read(2) and write(2), of the whole for write: what was taken, 0 at the end, -1 on error or too late. */
long tls_read(struct tls *tls, void *bytes, size_t size, int64_t deadline_ms);
long tls_write(struct tls *tls, const void *bytes, size_t size, int64_t deadline_ms);
void tls_end(struct tls *tls); /* says goodbye; accepts NULL */

#endif
