/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of onedoor-egress; the hub writes them. Pure. */
#ifndef EGRESS_OPTIONS_H
#define EGRESS_OPTIONS_H

#include <onedoor/error.h>

struct egress_options {
    const char *secrets; /* folder; NULL = none */
    const char *ca;      /* PEM file; NULL = the system's certificates alone */
};

/* text: 256 bytes for an English sentence. Errors: OD_EINVAL (*options unchanged). */
OD_MUST_CHECK int egress_options_read(int count, char *const *arguments, struct egress_options *options, char text[256]);

#endif
