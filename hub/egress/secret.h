/* SPDX-License-Identifier: Apache-2.0 */
/* Secret values: files <folder>/<connector>/<name>, read anew at each use, so that a changed one counts at
 * once and none stays in memory. A value is never logged. */
#ifndef EGRESS_SECRET_H
#define EGRESS_SECRET_H

#include "egress/url.h"

struct egress_secret {
    size_t size;
    char bytes[EGRESS_SECRET_MAX + 1]; /* NUL behind them */
};

/* One line end after the value is not part of it. connector and name: ids that were checked. folder NULL:
 * the hub was given none. Wipe it afterwards.
 *
 * Errors (*secret is wiped, why names the file's fault, never its content): OD_ENOTFOUND no such file;
 * OD_EDENIED it is no plain file of ours, or others may read it; OD_ELIMIT empty, or larger than
 * EGRESS_SECRET_MAX; OD_EIO. */
OD_MUST_CHECK int egress_secret_read(const char *folder, const char *connector, const char *name, struct egress_secret *secret,
                                     char why[EGRESS_WHY_SIZE]);
void egress_secret_wipe(struct egress_secret *secret);

/* May it stand in a header field? Visible ASCII, spaces and tabs. RFC 9110 section 5.5. */
bool egress_secret_is_header(const struct egress_secret *secret);

#endif
